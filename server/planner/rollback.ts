// Whether the end of this deployment starts another that takes it back. A rollback is never itself rolled back, and a
// deployment that attempted nothing has changed nothing: going back would only restart what runs well, so it just says so.

import type { Action, RollbackCause } from './actions.ts';
import type { Outcome } from './outcome.ts';
import { nothingAttempted, nothingToGoBackTo } from './sentences.ts';
import type { DeploymentState, Snapshot } from './snapshot.ts';
import { wasAttempted } from './standing.ts';

/** At most one action, to stand beside FinishDeployment. */
export function rollBack(snapshot: Snapshot, outcome: Outcome): readonly Action[] {
  const because = causeFor(snapshot.deployment, outcome);
  if (because === null) return [];
  if (!wasAttempted(snapshot)) return [{ kind: 'NoteNoRollback', message: nothingAttempted }];
  if (snapshot.lastSuccessfulDeploymentId === null) return [{ kind: 'NoteNoRollback', message: nothingToGoBackTo }];
  return [{ kind: 'CreateRollback', ofDeploymentId: snapshot.lastSuccessfulDeploymentId, because }];
}

function causeFor(deployment: DeploymentState, outcome: Outcome): RollbackCause | null {
  if (deployment.creator === 'codeDeployRollback') return null;
  switch (outcome.status) {
    case 'Succeeded':
      return null;
    case 'Failed':
      return isConfigured(deployment, 'DEPLOYMENT_FAILURE') ? 'DEPLOYMENT_FAILURE' : null;
    case 'Stopped':
      return (deployment.stopRollback ?? isConfigured(deployment, 'DEPLOYMENT_STOP_ON_REQUEST')) ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
  }
}

function isConfigured({ autoRollback }: DeploymentState, cause: RollbackCause): boolean {
  return autoRollback.enabled === true && autoRollback.events?.includes(cause) === true;
}
