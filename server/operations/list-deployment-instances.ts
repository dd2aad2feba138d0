// Deprecated: ListDeploymentTargets with filters of their own names. The list holds short ids.

import type { registry } from '../../protocol/operations/registry.ts';
import { listTargetIds } from '../store/targets.ts';
import { checkLabels } from './instance-labels.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';
import { requireStarted } from './started-targets.ts';

export const listDeploymentInstances: Handler<typeof registry.listDeploymentInstances> = async ({ store }, input) => {
  const { deploymentId, instanceStatusFilter = [], instanceTypeFilter = [] } = input;
  const deployment = await requireStarted(store.db, deploymentId);
  const labels = checkLabels(deployment, instanceTypeFilter, 'instanceTypeFilter');
  const statuses = [...new Set(instanceStatusFilter)].sort();
  const question = ['ListDeploymentInstances', deploymentId, statuses, ...labels];
  const after = readNamePlace(question, input.nextToken);
  const { rows, ...next } = toPage(question, await listTargetIds(store.db, deploymentId, { statuses, labels }, after, pageSize + 1), (id) => [id]);
  return { instancesList: [...rows], ...next };
};
