// Writes the request down and wakes the deployment; the planner does the rest. Pending as long as an event runs on a
// host: it is let finish.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses, requestStop } from '../store/deployments.ts';
import { countTargets } from '../store/targets.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const stopDeployment: Handler<typeof registry.stopDeployment> = async ({ store, wake }, input, { now }) => {
  const { deploymentId, autoRollbackEnabled = null } = input;
  const running = await store.transaction(async (tx) => {
    const { status } = await requireDeployment(tx, deploymentId);
    if (finalStatuses.includes(status)) {
      throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${status}.`, 'deploymentId');
    }
    await requestStop(tx, deploymentId, now, autoRollbackEnabled);
    return (await countTargets(tx, [deploymentId])).get(deploymentId)?.get('InProgress') ?? 0;
  });
  wake(deploymentId);
  return {
    status: running > 0 ? 'Pending' : 'Succeeded',
    statusMessage: 'No more commands will be scheduled for execution in the deployment instances',
  };
};
