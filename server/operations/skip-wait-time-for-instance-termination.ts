// Deprecated: ContinueDeployment TERMINATION_WAIT, with the refusals of its own declaration.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses } from '../store/deployments.ts';
import { endTerminationWait } from './continue-deployment.ts';
import { isBlueGreen } from './deployment-style.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const skipWaitTimeForInstanceTermination: Handler<typeof registry.skipWaitTimeForInstanceTermination> = async ({ store, wake }, { deploymentId }, { now }) => {
  await store.transaction(async (tx) => {
    const deployment = await requireDeployment(tx, deploymentId);
    if (!isBlueGreen(deployment)) {
      throw new Failure('UnsupportedActionForDeploymentTypeException', `The deployment ${deploymentId} is in place: it ends no instances.`, 'deploymentId');
    }
    if (finalStatuses.includes(deployment.status)) {
      throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${deployment.status}.`, 'deploymentId');
    }
    if (!(await endTerminationWait(tx, deployment, now))) {
      throw new Failure('DeploymentNotStartedException', `The deployment ${deploymentId} is ${deployment.status}; its wait before ending the original instances has not begun.`, 'deploymentId');
    }
  });
  wake(deploymentId);
  return null;
};
