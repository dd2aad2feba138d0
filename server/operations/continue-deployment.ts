// Ends a wait of a blue/green deployment: the one before traffic moves, or the one in which the originals are kept.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses, replaceDocument } from '../store/deployments.ts';
import { DeploymentDocument, readDocument, writeDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { isBlueGreen } from './deployment-style.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const continueDeployment: Handler<typeof registry.continueDeployment> = async ({ store, wake }, { deploymentId, deploymentWaitType = 'READY_WAIT' }, { now }) => {
  await store.transaction(async (tx) => {
    const deployment = await requireDeployment(tx, deploymentId);
    if (!isBlueGreen(deployment)) {
      throw new Failure('UnsupportedActionForDeploymentTypeException', `The deployment ${deploymentId} is in place: it has no wait that could be ended.`, 'deploymentId');
    }
    if (finalStatuses.includes(deployment.status)) {
      throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${deployment.status}.`, 'deploymentId');
    }
    if (deploymentWaitType === 'READY_WAIT') await endReadyWait(tx, deployment, now);
    else if (!(await endTerminationWait(tx, deployment, now))) {
      throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} is ${deployment.status}; it is not waiting to end its original instances.`, 'deploymentId');
    }
  });
  wake(deploymentId);
  return null;
};

async function endReadyWait(tx: Database, deployment: DeploymentsTable, now: number): Promise<void> {
  if (deployment.status !== 'Ready' || deployment.stop_requested_at !== null) {
    const state = deployment.stop_requested_at === null ? deployment.status : 'stopping';
    throw new Failure('DeploymentIsNotInReadyStateException', `The deployment ${deployment.deployment_id} is ${state}, not Ready.`, 'deploymentId');
  }
  await note(tx, deployment, ({ continuedAt }) => ({ continuedAt: continuedAt ?? now }));
}

/** False when it is not in that wait. The first word counts. */
export async function endTerminationWait(tx: Database, deployment: DeploymentsTable, now: number): Promise<boolean> {
  const { blueGreen } = readDocument(DeploymentDocument, deployment.document, `deployment ${deployment.deployment_id}`);
  if (blueGreen?.movedAt === undefined || deployment.stop_requested_at !== null) return false;
  await note(tx, deployment, ({ terminationSkippedAt }) => ({ terminationSkippedAt: terminationSkippedAt ?? now }));
  return true;
}

type BlueGreen = NonNullable<DeploymentDocument['blueGreen']>;

async function note(tx: Database, { deployment_id: deploymentId, document }: DeploymentsTable, change: (blueGreen: BlueGreen) => Partial<BlueGreen>): Promise<void> {
  const where = `deployment ${deploymentId}`;
  const before = readDocument(DeploymentDocument, document, where);
  if (before.blueGreen === undefined) throw new Error(`${where} goes from no fleet to another.`);
  await replaceDocument(tx, deploymentId, writeDocument(DeploymentDocument, { ...before, blueGreen: { ...before.blueGreen, ...change(before.blueGreen) } }, where));
}
