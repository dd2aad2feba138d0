// Every sentence a person reads because of a decision about a promotion.

import type { ApprovalState } from '../snapshot.ts';
import type { GroupState, StopState, WaveState } from './snapshot.ts';

export function waveFailed({ name }: WaveState, failed: readonly GroupState[]): string {
  return `Wave ${name} failed. ${failed.map(howItEnded).join(' ')}`;
}

function howItEnded({ name, deployment }: GroupState): string {
  const { deploymentId = '?', status = null, message = null } = deployment ?? {};
  if (status === null) return `Deployment ${deploymentId} to ${name} is gone: its application was deleted.`;
  const because = message === null ? '.' : `: ${message.replace(/\.?$/, '.')}`;
  return `Deployment ${deploymentId} to ${name} ${status === 'Stopped' ? 'was stopped' : 'failed'}${because}`;
}

export function groupMissing({ name }: WaveState, groups: readonly GroupState[]): string {
  const names = groups.map((group) => group.name).join(', ');
  return `Wave ${name} cannot be deployed to: ${names} ${groups.length === 1 ? 'was' : 'were'} deleted after the promotion was created. Change the promotion path and promote again.`;
}

export function revisionReplaced({ name }: WaveState, { name: group, replacedBy }: GroupState): string {
  return `Wave ${name} was not begun: deployment ${replacedBy ?? '?'} has since given ${group}, of an earlier wave, another revision. Promote the revision that you want everywhere.`;
}

export function rejected({ name }: WaveState, { decidedBy, comment }: ApprovalState): string {
  return `Wave ${name} was rejected by ${decidedBy ?? 'somebody'}${comment === null ? '' : `: ${comment}`}. Earlier waves keep the revision.`;
}

export function approvalExpired({ name }: WaveState, waitedMs: number): string {
  return `Nobody approved wave ${name} within ${Math.round(waitedMs / 60_000)} min. Earlier waves keep the revision; promote again and have it approved in time.`;
}

export function whyStopped({ why, by }: StopState): string {
  switch (why) {
    case 'Requested':
      return 'The promotion was stopped on request.';
    case 'Superseded':
      return `The promotion was superseded by ${by ?? 'another'}, which goes along the same path.`;
    case 'PathDeleted':
      return 'The promotion was stopped because its promotion path was deleted.';
  }
}

export function keptFor(name: string, newerDeploymentId: string): string {
  return `${name} was not rolled back: deployment ${newerDeploymentId} was created there since, and a rollback would undo it.`;
}

export function nothingBefore(name: string): string {
  return `${name} was not rolled back: it had no successful deployment before this promotion.`;
}
