// The word that a deployment waits for, either way. It is given once: a second, different one is refused.

import { Failure } from '../../protocol/errors.ts';
import type { RequestContext } from './handler.ts';
import type { Services } from './services.ts';
import { changeUnstarted } from './unstarted-deployment.ts';

export async function decideApproval(
  services: Services,
  { deploymentId, comment }: { readonly deploymentId: string; readonly comment?: string | undefined },
  decision: 'APPROVED' | 'REJECTED',
  { accessKeyId, now }: RequestContext,
): Promise<void> {
  await changeUnstarted(services, deploymentId, (document) => {
    const { approval } = document;
    if (approval === undefined) throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} does not wait for approval: its group asks for none.`, 'deploymentId');
    if (approval.decision === decision) return document;
    if (approval.decision !== undefined) {
      throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} was ${approval.decision.toLowerCase()} by ${approval.decidedBy ?? 'somebody'} already.`, 'deploymentId');
    }
    if (now >= approval.expiresAt) throw new Failure('InvalidDeploymentStatusException', `The time to approve the deployment ${deploymentId} is over. Deploy again.`, 'deploymentId');
    if (decision === 'APPROVED' && !approval.allowSelfApproval && approval.requestedBy === accessKeyId) {
      throw new Failure('AccessDeniedException', `The deployment ${deploymentId} was created with this very access key, and its group wants another one to approve it.`, 'deploymentId');
    }
    return { ...document, approval: { ...approval, decision, decidedAt: now, decidedBy: accessKeyId, ...(comment === undefined ? {} : { comment }) } };
  });
}
