import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { requireStarted, requireTargets } from './started-targets.ts';
import { eventOrder, targetInfo } from './target-info.ts';

export const getDeploymentTarget: Handler<typeof registry.getDeploymentTarget> = async ({ store }, { deploymentId, targetId }) => {
  await requireStarted(store.db, deploymentId);
  const [target] = await requireTargets(store.db, deploymentId, [targetId]);
  return { deploymentTarget: targetInfo(target!, await eventOrder(store.db, deploymentId)) };
};
