// Ends a wait of a blue/green deployment. No deployment waits yet, so every call ends in the refusal that fits.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses } from '../store/deployments.ts';
import { isBlueGreen } from './deployment-style.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const continueDeployment: Handler<typeof registry.continueDeployment> = async ({ store }, { deploymentId, deploymentWaitType = 'READY_WAIT' }) => {
  const deployment = await requireDeployment(store.db, deploymentId);
  const { status } = deployment;
  if (!isBlueGreen(deployment)) {
    throw new Failure('UnsupportedActionForDeploymentTypeException', `The deployment ${deploymentId} is in place: it has no wait that could be ended.`, 'deploymentId');
  }
  if (finalStatuses.includes(status)) {
    throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${status}.`, 'deploymentId');
  }
  if (deploymentWaitType === 'READY_WAIT') {
    throw new Failure('DeploymentIsNotInReadyStateException', `The deployment ${deploymentId} is ${status}, not Ready.`, 'deploymentId');
  }
  throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} is ${status}; it is not waiting to end its original instances.`, 'deploymentId');
};
