// One unknown target fails the call.

import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { requireStarted, requireTargets } from './started-targets.ts';
import { targetInfo } from './target-info.ts';

export const batchGetDeploymentTargets: Handler<typeof registry.batchGetDeploymentTargets> = async ({ store }, input) => {
  await requireStarted(store.db, input.deploymentId);
  const targets = await requireTargets(store.db, input.deploymentId, [...new Set(input.targetIds)]);
  return { deploymentTargets: targets.map(targetInfo) };
};
