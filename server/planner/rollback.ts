// Whether the end of this deployment starts another that takes it back. What the controller made by itself is never rolled back, so nothing
// goes round in circles; and a
// deployment that attempted nothing has changed nothing: going back would only restart what runs well, so it just says so.

import type { DeploymentCreator } from '../../protocol/model/deployment.ts';
import type { Action, RollbackCause } from './actions.ts';
import type { Outcome } from './outcome.ts';
import { nothingAttempted, nothingToGoBackTo, trafficNotMoved, trafficReturned } from './sentences.ts';
import type { DeploymentState, Snapshot } from './snapshot.ts';
import { wasAttempted } from './standing.ts';
import { hasShared } from './traffic-return.ts';

/** At most one action, to stand beside FinishDeployment. */
export function rollBack(snapshot: Snapshot, outcome: Outcome): readonly Action[] {
  const because = causeFor(snapshot.deployment, outcome);
  if (because === null) return [];
  if (!wasAttempted(snapshot)) return [{ kind: 'NoteNoRollback', message: nothingAttempted }];
  if (snapshot.deployment.blueGreen !== undefined) return wayBack(snapshot, because);
  if (snapshot.lastSuccessfulDeploymentId === null) return [{ kind: 'NoteNoRollback', message: nothingToGoBackTo }];
  return [{ kind: 'CreateRollback', ofDeploymentId: snapshot.lastSuccessfulDeploymentId, because }];
}

/** Where there are two fleets, going back is moving the traffic: possible whatever had succeeded, as the original instances are still there. */
function wayBack(snapshot: Snapshot, because: RollbackCause): readonly Action[] {
  const { targets, deployment, lastSuccessfulDeploymentId } = snapshot;
  const hasMoved = targets.some(({ label, events }) => label === 'Green' && events.some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null));
  if (!hasMoved) return [{ kind: 'NoteNoRollback', message: trafficNotMoved }];
  if (hasShared(snapshot)) return [{ kind: 'NoteNoRollback', message: trafficReturned }];
  if (!targets.some(({ label }) => label === 'Blue')) return [{ kind: 'NoteNoRollback', message: nothingToGoBackTo }];
  return [{ kind: 'CreateRollback', ofDeploymentId: lastSuccessfulDeploymentId ?? deployment.deploymentId, because }];
}

function causeFor(deployment: DeploymentState, outcome: Outcome): RollbackCause | null {
  if (isAutomatic(deployment.creator)) return null;
  switch (outcome.status) {
    case 'Succeeded':
      return null;
    case 'Failed':
      return isConfigured(deployment, 'DEPLOYMENT_FAILURE') ? 'DEPLOYMENT_FAILURE' : null;
    case 'Stopped':
      return causeOfStop(deployment);
  }
}

/** Made by the controller itself: a rollback, or what brings late instances to the revision that the group has anyway. */
function isAutomatic(creator: DeploymentCreator): boolean {
  return creator === 'codeDeployRollback' || creator === 'autoscaling' || creator === 'CodeDeployAutoUpdate';
}

/** Whoever asked for a stop, also beside alarms, has the last word on rolling back if they said one. */
function causeOfStop(deployment: DeploymentState): RollbackCause | null {
  const { alarmStop = null, stopRequestedAt, stopRollback } = deployment;
  if (stopRollback !== null) return stopRollback ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
  if (alarmStop !== null && isConfigured(deployment, 'DEPLOYMENT_STOP_ON_ALARM')) return 'DEPLOYMENT_STOP_ON_ALARM';
  return (alarmStop === null || stopRequestedAt !== null) && isConfigured(deployment, 'DEPLOYMENT_STOP_ON_REQUEST') ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
}

function isConfigured({ autoRollback }: DeploymentState, cause: RollbackCause): boolean {
  return autoRollback.enabled === true && autoRollback.events?.includes(cause) === true;
}
