// One unknown target fails the call.

import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { requireStarted, requireTargets } from './started-targets.ts';
import { eventOrder, targetInfo } from './target-info.ts';

export const batchGetDeploymentTargets: Handler<typeof registry.batchGetDeploymentTargets> = async ({ store }, input) => {
  await requireStarted(store.db, input.deploymentId);
  const targets = await requireTargets(store.db, input.deploymentId, [...new Set(input.targetIds)]);
  const order = await eventOrder(store.db, input.deploymentId);
  return { deploymentTargets: targets.map((row) => targetInfo(row, order)) };
};
