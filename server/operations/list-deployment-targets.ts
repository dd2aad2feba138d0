// Filters: TargetStatus narrows; ServerInstanceLabel (Blue, Green) is for blue/green deployments only.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { listTargetIds, type TargetChoice } from '../store/targets.ts';
import { checkLabels } from './instance-labels.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';
import { requireStarted } from './started-targets.ts';

const statusWords: readonly string[] = ['Failed', 'InProgress', 'Pending', 'Ready', 'Skipped', 'Succeeded', 'Unknown'];

export const listDeploymentTargets: Handler<typeof registry.listDeploymentTargets> = async ({ store }, input) => {
  const { deploymentId, targetFilters = {} } = input;
  const deployment = await requireStarted(store.db, deploymentId);
  const { statuses, labels } = checkFilters(deployment, targetFilters);
  const question = ['ListDeploymentTargets', deploymentId, statuses, ...labels];
  const after = readNamePlace(question, input.nextToken);
  const { rows, ...next } = toPage(question, await listTargetIds(store.db, deploymentId, { statuses, labels }, after, pageSize + 1), (id) => [id]);
  return { targetIds: [...rows], ...next };
};

/** The statuses and labels asked for, in order; empty for all. */
function checkFilters(deployment: DeploymentsTable, filters: Readonly<Record<string, readonly string[]>>): TargetChoice {
  const unknown = Object.keys(filters).find((name) => name !== 'TargetStatus' && name !== 'ServerInstanceLabel');
  if (unknown !== undefined) {
    throw new Failure('InvalidTargetFilterNameException', `There is no target filter ${unknown}; there are TargetStatus and ServerInstanceLabel.`, 'targetFilters');
  }
  const statuses = filters['TargetStatus'] ?? [];
  const strange = statuses.find((status) => !statusWords.includes(status));
  if (strange !== undefined) {
    throw new Failure('InvalidInstanceStatusException', `${strange} is no target status; those are ${statusWords.join(', ')}.`, 'targetFilters');
  }
  return { statuses: [...new Set(statuses)].sort(), labels: checkLabels(deployment, filters['ServerInstanceLabel'] ?? [], 'targetFilters') };
}
