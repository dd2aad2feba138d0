// What is said to a deployment before it starts (approval, rejection, an override): looked up, changed and woken the same
// way, and refused once it has started.

import { Failure } from '../../protocol/errors.ts';
import { finalStatuses, replaceDocument } from '../store/deployments.ts';
import { DeploymentDocument, readDocument, writeDocument } from '../store/documents.ts';
import { requireDeployment } from './lookup.ts';
import type { Services } from './services.ts';

/** Writes what `change` makes of the document, and wakes the deployment. `change` may throw Failure. */
export async function changeUnstarted({ store, wake }: Services, deploymentId: string, change: (document: DeploymentDocument) => DeploymentDocument): Promise<void> {
  await store.transaction(async (tx) => {
    const row = await requireDeployment(tx, deploymentId);
    if (finalStatuses.includes(row.status)) {
      throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${row.status}.`, 'deploymentId');
    }
    if (row.started_at !== null) throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} has started already. To end it, stop it.`, 'deploymentId');
    const where = `deployment ${deploymentId}`;
    const document = change(readDocument(DeploymentDocument, row.document, where));
    await replaceDocument(tx, deploymentId, writeDocument(DeploymentDocument, document, where));
  });
  wake(deploymentId);
}
