// Second part of `check.ts`: when a deployment may and must end, as what, and whether a rollback belongs beside it.

import type { RollbackCause } from './actions.ts';
import { count, endedWell, hasEnded, isEnded, isOverdue, isWaitingToStart, type Complain, type Replayed, type ReplayedTarget } from './check-replay.ts';
import type { Snapshot } from './snapshot.ts';

/** Build tools search for this text: spec of CodeDeploy's HEALTH_CONSTRAINTS. */
const healthConstraintsText =
  'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.';

export function checkEnding(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (hasEnded(snapshot.deployment.status)) return;
  if (after.finish === null) {
    const reason = whyItMustEnd(snapshot, after);
    if (reason !== null) complain(`The deployment goes on although ${reason}.`);
  } else {
    for (const target of after.targets.values()) {
      if (!isEnded(target)) complain(`The deployment is finished while ${target.targetId} is ${target.status}.`);
    }
    checkOutcome(snapshot, after, after.finish, complain);
  }
  checkRollback(snapshot, after, complain);
}

function whyItMustEnd(snapshot: Snapshot, after: Replayed): string | null {
  const isHeldBack = isWaitingToStart(after.status) && snapshot.earlierDeploymentId !== null;
  if (snapshot.deployment.defect !== null && isWaitingToStart(after.status)) return `${snapshot.deployment.defect.code} was found`;
  if (isOverdue(snapshot, after)) return 'its time is over';
  if (count(after).inFlight > 0) return null;
  if (snapshot.deployment.stopRequestedAt !== null) return 'a stop was requested and nothing is in flight';
  return isHeldBack ? null : 'nothing is in flight any more';
}

/** Compares the outcome with the only ones the facts allow. Several may be true at once (stopped, and over its time). */
function checkOutcome(snapshot: Snapshot, after: Replayed, finish: NonNullable<Replayed['finish']>, complain: Complain): void {
  const allowed = allowedOutcomes(snapshot, after);
  const outcome = finish.error === null ? finish.status : `${finish.status} ${finish.error.code}`;
  if (!allowed.includes(outcome)) complain(`The deployment is finished as ${outcome}, but the facts say ${allowed.join(' or ')}.`);
  if (finish.error?.message === '') complain(`The deployment is finished as ${outcome} without a word.`);
  if (finish.error?.code === 'HEALTH_CONSTRAINTS' && !finish.error.message.includes(healthConstraintsText)) {
    complain('The message of HEALTH_CONSTRAINTS is not the text that build tools search for.');
  }
}

function allowedOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] {
  const { deployment } = snapshot;
  const { all, failed, succeeded } = count(after);
  const allowed: string[] = [];
  if (deployment.stopRequestedAt !== null) allowed.push('Stopped MANUAL_STOP');
  if (deployment.defect !== null) allowed.push(`Failed ${deployment.defect.code}`);
  if (isOverdue(snapshot, after)) allowed.push('Failed TIMEOUT');
  if (all === 0) allowed.push('Failed NO_INSTANCES');
  else if (deployment.minimumHealthyHosts >= all) {
    const isUntouched = [...after.targets.values()].every((target) => target.status === 'Skipped');
    allowed.push(isUntouched ? 'Failed HEALTH_CONSTRAINTS_INVALID' : 'no end at all after attempts with such a minimum');
  }
  if (allowed.length > 0) return allowed;

  const isEveryoneTried = [...after.targets.values()].every((target) => target.status !== 'Skipped');
  const required = Math.max(1, deployment.minimumHealthyHosts);
  const failure = [...after.targets.values()].every((target) => target.status !== 'Failed' || isForWantOfAgent(target, snapshot)) ? 'Failed AGENT_ISSUE' : 'Failed HEALTH_CONSTRAINTS';
  if (isEveryoneTried) return [succeeded >= required ? 'Succeeded' : failure];
  return all - failed <= deployment.minimumHealthyHosts ? [failure] : ['no end yet: more targets may be started'];
}

/** The target failed only because its agent was not heard. A forgiven event counts where no other one failed. */
function isForWantOfAgent(target: ReplayedTarget, snapshot: Snapshot): boolean {
  const failed = target.events.filter((event) => event.status === 'Failed');
  const unforgiven = failed.filter((event) => !endedWell(event, snapshot));
  const causes = (unforgiven.length > 0 ? unforgiven : failed).map((event) => event.givenUp);
  return causes.length > 0 && causes.every((cause) => cause === 'AgentNotHeard');
}

function checkRollback(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const cause = dueRollback(snapshot, after);
  const last = snapshot.lastSuccessfulDeploymentId;
  if (after.rollbacks.length + after.notes.length > 1) complain('More than one rollback, or word of none, is asked for.');
  for (const rollback of after.rollbacks) {
    if (after.finish === null) complain('A rollback is created although the deployment does not end.');
    else if (snapshot.deployment.creator === 'codeDeployRollback') complain('A rollback is rolled back.');
    else if (cause !== rollback.because) complain(`A rollback because of ${rollback.because} is created, but ${cause ?? 'none'} is due.`);
    if (rollback.ofDeploymentId !== last) complain(`The rollback goes to ${rollback.ofDeploymentId}, but the last success is ${last ?? 'none'}.`);
  }
  if (after.notes.length > 0 && (cause === null || last !== null)) complain('It is said that there is nothing to roll back to, where no rollback is due or there is.');
  if (cause !== null && after.rollbacks.length + after.notes.length === 0) complain(`A rollback because of ${cause} is due and neither created nor explained.`);
}

function dueRollback(snapshot: Snapshot, after: Replayed): RollbackCause | null {
  const { creator, autoRollback, stopRollback } = snapshot.deployment;
  if (after.finish === null || creator === 'codeDeployRollback') return null;
  const isConfigured = (cause: RollbackCause) => autoRollback.enabled === true && (autoRollback.events ?? []).includes(cause);
  switch (after.finish.status) {
    case 'Succeeded':
      return null;
    case 'Failed':
      return isConfigured('DEPLOYMENT_FAILURE') ? 'DEPLOYMENT_FAILURE' : null;
    case 'Stopped':
      return (stopRollback ?? isConfigured('DEPLOYMENT_STOP_ON_REQUEST')) ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
  }
}
