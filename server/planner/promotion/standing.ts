// Small questions about a promotion and its deployments that several files ask.

import type { GroupState, PromotedDeployment, PromotionState } from './snapshot.ts';

export function promotionHasEnded({ status }: PromotionState): boolean {
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped';
}

export function isUnstarted({ status }: PromotionState): boolean {
  return status === 'Created' || status === 'Queued';
}

/** Ended well or badly, or gone with its application. */
function hasEnded({ status }: PromotedDeployment): boolean {
  return status === null || status === 'Succeeded' || status === 'Failed' || status === 'Stopped';
}

export function isRunning(deployment: PromotedDeployment): boolean {
  return !hasEnded(deployment);
}

export function hasSucceeded({ deployment }: GroupState): boolean {
  return deployment?.status === 'Succeeded';
}

export function hasFailed({ deployment }: GroupState): boolean {
  return deployment !== null && hasEnded(deployment) && deployment.status !== 'Succeeded';
}
