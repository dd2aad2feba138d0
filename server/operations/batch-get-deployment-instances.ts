// Deprecated: BatchGetDeploymentTargets in the older shape. Unknown instances are left out and named in errorMessage.

import type { registry } from '../../protocol/operations/registry.ts';
import { checkInstanceId, instanceSummary } from './instance-summaries.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';
import { targetsByName } from './started-targets.ts';
import { eventOrder } from './target-info.ts';

export const batchGetDeploymentInstances: Handler<typeof registry.batchGetDeploymentInstances> = async ({ store }, { deploymentId, instanceIds }) => {
  for (const instanceId of instanceIds) checkInstanceId(instanceId, 'instanceIds');
  await requireDeployment(store.db, deploymentId);
  const byName = await targetsByName(store.db, deploymentId);
  const unknown = instanceIds.filter((instanceId) => !byName.has(instanceId));
  const found = new Set(instanceIds.flatMap((instanceId) => byName.get(instanceId) ?? []));
  const order = await eventOrder(store.db, deploymentId);
  return {
    instancesSummary: [...found].map((target) => instanceSummary(target, order)),
    ...(unknown.length === 0 ? {} : { errorMessage: `No instances of deployment ${deploymentId}: ${unknown.join(', ')}` }),
  };
};
