// Second part of `check.ts`: when a deployment may and must end, as what, and whether a rollback belongs beside it.

import type { RollbackCause } from './actions.ts';
import { alarmsSay, wasStoppedForAlarms, whyAlarmsForbid } from './check-alarms.ts';
import { count, endedWell, hasEnded, impossibleZone, isCalledOff, isEnded, isHeldBeforeStart, isLeftOut, isOverdue, isWaitingToStart, whyTooManyFailed } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import { turnedAway } from './check-gates.ts';
import { isReturnOver, mayShare } from './check-shares.ts';
import { mayLackUntil } from './check-serving.ts';
import { fleetOutcomes } from './check-blue-green.ts';
import { provisionOutcomes } from './check-provisioning.ts';
import { countedSize, isBetweenFleets, isToBeMade } from './check-two-fleets.ts';
import { firstLookSays } from './check-traffic.ts';
import type { Snapshot } from './snapshot.ts';

/** Build tools search for this text: spec of CodeDeploy's HEALTH_CONSTRAINTS. */
const healthConstraintsText =
  'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.';

export function checkEnding(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (hasEnded(snapshot.deployment.status)) return;
  const returns = (snapshot.deployment.blueGreen?.returning ?? null) === null ? after.fleets.returning : null;
  if (returns !== null && after.finish === null) checkOutcome(snapshot, after, { status: returns.status, error: returns.error }, complain);
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

/** CodeDeploy's words; null where the alarms at fault could only not be read. */
function alarmTextFor({ alarms }: Snapshot): string | null {
  const active = (alarms?.alarms ?? []).filter((alarm) => !alarm.isDryRun && (alarm.activeAt !== null || alarm.state === 'ALARM')).map(({ name }) => `<${name}>`);
  if (active.length === 0) return null;
  return `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: ${active.join(' ')}`;
}

function whyItMustEnd(snapshot: Snapshot, after: Replayed): string | null {
  const isHeldBack = isHeldBeforeStart(snapshot) || (isWaitingToStart(after.status) && alarmsSay(snapshot).unseen.length > 0);
  const isWatched = after.alarmBakeUntil !== null && snapshot.now < after.alarmBakeUntil;
  if (turnedAway(snapshot) !== null) return `it was ${turnedAway(snapshot) === 'rejected' ? 'rejected' : 'not approved in time'}`;
  if (snapshot.deployment.defect !== null && after.wasUntouched) return `${snapshot.deployment.defect.code} was found`;
  if (isBetweenFleets(snapshot) && after.fleets.returning !== null) return !isReturnOver(snapshot) || [...after.targets.values()].some(({ status }) => status === 'InProgress') ? null : 'the traffic has returned';
  if (isOverdue(snapshot, after) && !isWatched) return 'its time is over';
  const isBusy = isBetweenFleets(snapshot) ? [...after.targets.values()].some(({ status }) => status === 'InProgress') : count(after).inFlight + count(after).held > 0;
  if (isBusy) return null;
  if (snapshot.deployment.stopRequestedAt !== null) return 'a stop was requested and nothing is in flight';
  if (isCalledOff(snapshot) && !isHeldBeforeStart(snapshot)) return 'alarms stop it and nothing is in flight';
  const look = firstLookSays(snapshot, after);
  if (look !== null) return look === 'waiting' ? null : 'its routers cannot be used';
  if (isToBeMade(snapshot)) return !isHeldBack && provisionOutcomes(snapshot, after).length > 0 ? 'the instances that it waits for do not come' : null;
  if (isBetweenFleets(snapshot)) return !isHeldBack && fleetOutcomes(snapshot, after).length > 0 ? 'there is nothing left to do on either fleet' : null;
  const lacksUntil = mayLackUntil(snapshot, after);
  if (lacksUntil !== null) return snapshot.now < lacksUntil ? null : 'too few have been in service for as long as may be';
  return isHeldBack || isWatched || after.bakesUntil !== null ? null : 'nothing is in flight any more';
}

/** Compares the outcome with those the facts allow. */
function checkOutcome(snapshot: Snapshot, after: Replayed, finish: NonNullable<Replayed['finish']>, complain: Complain): void {
  const allowed = allowedOutcomes(snapshot, after);
  const outcome = finish.error === null ? finish.status : `${finish.status} ${finish.error.code}`;
  if (!allowed.includes(outcome)) complain(`The deployment is finished as ${outcome}, but the facts say ${allowed.join(' or ') || 'that more targets may be started'}.`);
  if (finish.error?.message === '') complain(`The deployment is finished as ${outcome} without a word.`);
  if (finish.error?.code === 'ALARM_ACTIVE' && snapshot.deployment.alarmStop === undefined && finish.error.message !== alarmTextFor(snapshot) && alarmTextFor(snapshot) !== null) {
    complain('The message of ALARM_ACTIVE is not the text that people search for.');
  }
  if (finish.error?.code === 'HEALTH_CONSTRAINTS' && !finish.error.message.includes(healthConstraintsText)) {
    complain('The message of HEALTH_CONSTRAINTS is not the text that build tools search for.');
  }
}

/**
 * Several may be true at once. A stop always ends as Stopped; the time limit gives the outcome when it cut something
 * short, and where every target ended by itself all the same, the outcome may also be what it would have been without.
 */
function allowedOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] {
  const { deployment } = snapshot;
  const targets = [...after.targets.values()];
  const forced: string[] = [];
  const isForAlarms = wasStoppedForAlarms(snapshot) || (deployment.stopRequestedAt === null && whyAlarmsForbid(snapshot) !== null);
  if (isForAlarms) forced.push('Stopped ALARM_ACTIVE');
  else if (deployment.stopRequestedAt !== null) forced.push('Stopped MANUAL_STOP');
  if (deployment.defect !== null && after.wasUntouched) forced.push(`Failed ${deployment.defect.code}`);
  if (isOverdue(snapshot, after)) forced.push('Failed TIMEOUT');
  const away = turnedAway(snapshot);
  if (away !== null) return [away === 'rejected' ? 'Stopped MANUAL_STOP' : 'Stopped TIMEOUT', ...forced];
  const counted = countedSize(snapshot);
  if (counted === 0) return [...forced, 'Failed NO_INSTANCES'];
  if (deployment.minimumHealthyHosts >= counted || impossibleZone(snapshot) !== null) {
    return targets.every((target) => target.status === 'Skipped') ? [...forced, 'Failed HEALTH_CONSTRAINTS_INVALID'] : forced;
  }
  const areUnusable = firstLookSays(snapshot, after) === 'invalid' && targets.every((target) => target.status === 'Skipped');
  if (areUnusable && !isCalledOff(snapshot)) return [...forced, 'Failed ELASTIC_LOAD_BALANCING_INVALID'];
  const decided = isBetweenFleets(snapshot) ? (snapshot.deployment.blueGreen?.returning ?? null) : null;
  if (decided !== null && !isCalledOff(snapshot)) return [...forced, `${decided.status} ${decided.error.code}`];
  const isForced = isCalledOff(snapshot) || (forced.length > 0 && targets.some((target) => isCutShort(target, snapshot)));
  return isForced ? forced : [...forced, ...(isToBeMade(snapshot) ? provisionOutcomes(snapshot, after) : isBetweenFleets(snapshot) ? fleetOutcomes(snapshot, after) : naturalOutcomes(snapshot, after))];
}

/** Empty while more targets could still be started. */
function naturalOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] {
  const { succeeded } = count(after);
  const targets = [...after.targets.values()];
  const isEveryoneTried = targets.every((target) => target.status !== 'Skipped' || isLeftOut(target));
  const mayGoOn = whyTooManyFailed(snapshot, after) === null;
  if (isEveryoneTried && succeeded > 0 && mayGoOn) return isWatchedToTheEnd(snapshot, after) && isWatchedEnough(snapshot, after) ? ['Succeeded'] : [];
  if (!isEveryoneTried && mayGoOn) return hasLackedForLong(snapshot, after) ? ['Failed HEALTH_CONSTRAINTS'] : [];
  const verdicts = targets.filter((target) => target.status === 'Failed' || target.status === 'Unknown').map((target) => isForWantOfAgent(target, snapshot));
  if (verdicts.length === 0 || verdicts.includes(false)) return ['Failed HEALTH_CONSTRAINTS'];
  return verdicts.includes(null) ? ['Failed AGENT_ISSUE', 'Failed HEALTH_CONSTRAINTS'] : ['Failed AGENT_ISSUE'];
}

/** As it stood before the plan skipped what was left. */
function hasLackedForLong(snapshot: Snapshot, after: Replayed): boolean {
  const skipped = [...after.targets.values()].map((target): [string, ReplayedTarget] => [target.targetId, target.status === 'Skipped' && target.events.length === 0 ? { ...target, status: 'Pending' } : target]);
  const until = mayLackUntil(snapshot, { ...after, targets: new Map(skipped) });
  return until !== null && snapshot.now >= until;
}

/** The last step of a ramp is watched before it counts as a success, unless the deployment's time is over. */
function isWatchedToTheEnd(snapshot: Snapshot, after: Replayed): boolean {
  const stages = snapshot.deployment.stages ?? [];
  return after.openStage >= stages.length || (stages.at(-1)?.bakeMs ?? 0) === 0 || isOverdue(snapshot, after);
}

/** A success comes after the alarms have been watched for as long as was asked. */
function isWatchedEnough({ alarms, now }: Snapshot, after: Replayed): boolean {
  return (alarms?.bakeMs ?? 0) === 0 || (after.alarmBakeUntil !== null && now >= after.alarmBakeUntil);
}

/** It did not end by its own events: never started, left between two of them, or given up with the whole deployment. */
function isCutShort(target: ReplayedTarget, snapshot: Snapshot): boolean {
  if (isLeftOut(target)) return false;
  if (target.status === 'Skipped' || target.status === 'Unknown') return true;
  if (target.events.some((event) => event.givenUp === 'DeploymentTimeout')) return true;
  return target.status === 'Failed' && target.events.every((event) => event.status !== 'Failed' || endedWell(event, snapshot));
}

/** Whether the target failed only because its agent was not heard; null where the snapshot does not say. */
function isForWantOfAgent(target: ReplayedTarget, snapshot: Snapshot): boolean | null {
  const failed = target.events.filter((event) => event.status === 'Failed' && !endedWell(event, snapshot));
  if (failed.some((event) => event.givenUp !== undefined && event.givenUp !== 'AgentNotHeard')) return false;
  return failed.length === 0 || failed.some((event) => event.givenUp === undefined) ? null : true;
}

function checkRollback(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const cause = dueRollback(snapshot, after);
  const { last, hasWayBack } = wayBack(snapshot, after);
  if (after.rollbacks.length + after.notes.length > 1) complain('More than one rollback, or word of none, is asked for.');
  for (const rollback of after.rollbacks) {
    if (after.finish === null) complain('A rollback is created although the deployment does not end.');
    else if (snapshot.deployment.creator === 'codeDeployRollback') complain('A rollback is rolled back.');
    else if (isFollowOn(snapshot)) complain('A follow-on deployment is rolled back.');
    else if (cause !== rollback.because) complain(`A rollback because of ${rollback.because} is created, but ${cause ?? 'none'} is due.`);
    if (rollback.ofDeploymentId !== last) complain(`The rollback goes to ${rollback.ofDeploymentId}, but the last success is ${last ?? 'none'}.`);
  }
  // Where no host was touched there is nothing to take back: saying so is as good as a rollback. The specification is silent.
  if (after.notes.length > 0 && (cause === null || hasWayBack)) complain('The plan says why there is no rollback where none is due, or where there is something to roll back to.');
  if (cause !== null && after.rollbacks.length + after.notes.length === 0) complain(`A rollback because of ${cause} is due and neither created nor explained.`);
}

/** What a rollback goes to, and whether there is anything to go back from. Of two fleets it takes the traffic back, if that had moved. */
function wayBack(snapshot: Snapshot, after: Replayed): { readonly last: string | null; readonly hasWayBack: boolean } {
  const { targets, deployment, lastSuccessfulDeploymentId: last } = snapshot;
  if (deployment.blueGreen === undefined) return { last, hasWayBack: last !== null && !after.wasUntouched };
  const wasLetIn = targets.some(({ label, events }) => label === 'Green' && events.some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null));
  const hasWayBack = wasLetIn && !mayShare(snapshot, after) && targets.some(({ label }) => label === 'Blue');
  return { last: hasWayBack ? (last ?? deployment.deploymentId) : null, hasWayBack };
}

/** It brings instances to the revision that the group has: going back would lead there as well. */
function isFollowOn({ deployment }: Snapshot): boolean {
  return ['autoscaling', 'CodeDeployAutoUpdate'].includes(deployment.creator);
}

function dueRollback(snapshot: Snapshot, after: Replayed): RollbackCause | null {
  const { creator, autoRollback, stopRollback, stopRequestedAt } = snapshot.deployment;
  if (after.finish === null || creator === 'codeDeployRollback' || isFollowOn(snapshot)) return null;
  const isConfigured = (cause: RollbackCause) => autoRollback.enabled === true && (autoRollback.events ?? []).includes(cause);
  switch (after.finish.status) {
    case 'Succeeded':
      return null;
    case 'Failed':
      return isConfigured('DEPLOYMENT_FAILURE') ? 'DEPLOYMENT_FAILURE' : null;
    case 'Stopped':
      if (stopRollback !== null) return stopRollback ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
      if (after.finish.error?.code === 'ALARM_ACTIVE' && isConfigured('DEPLOYMENT_STOP_ON_ALARM')) return 'DEPLOYMENT_STOP_ON_ALARM';
      return (after.finish.error?.code !== 'ALARM_ACTIVE' || stopRequestedAt !== null) && isConfigured('DEPLOYMENT_STOP_ON_REQUEST') ? 'DEPLOYMENT_STOP_ON_REQUEST' : null;
  }
}
