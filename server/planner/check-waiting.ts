// Third part of `check.ts`: what the plan says of waiting must be true once it is written, must name every hold, and
// must see to it that somebody looks again before the first deadline passes.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Plan } from './actions.ts';
import { alarmsSay, firstAlarmChange, whyAlarmsForbid } from './check-alarms.ts';
import { onceWaitOf } from './check-once.ts';
import { awaitedEvent, awaitedUntil, count, deadlineOf, hasEnded, isCalledOff, isDivided, isHeldBeforeStart, isWaitingToStart, ofStage, runningEvents, whyNothingNew } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import { isTrueOfServing, mayLackUntil } from './check-serving.ts';
import { firstLookSays, isOfRouters, isTrueOfRouters, unsureEventOf } from './check-traffic.ts';
import type { Instant, Snapshot, Stage } from './snapshot.ts';
import { checkFleetsAreSaid, firstFleetChange, isTrueOfFleets } from './check-blue-green.ts';
import { firstProvisionChange, isTrueOfProvision } from './check-provisioning.ts';
import { checkSharesAreSaid, isTrueOfShares } from './check-shares.ts';
import { isBetweenFleets, isToBeMade } from './check-two-fleets.ts';
import { checkGatesAreSaid, firstGateChange, isTrueOfGates } from './check-gates.ts';

export function checkWaiting(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  if (hasEnded(after.status)) {
    if (plan.waitingOn.length > 0) complain('The deployment has ended, yet the plan waits.');
    if (plan.wakeAt !== null) complain('The deployment has ended, yet the plan wants to be woken.');
    return;
  }
  if (plan.waitingOn.length === 0) complain('The deployment goes on, yet the plan waits for nothing.');
  for (const waiting of plan.waitingOn) {
    if (!isTrue(waiting, snapshot, after)) complain(`The plan waits for what is not so: ${JSON.stringify(waiting)}.`);
  }
  checkNothingUnsaid(snapshot, plan.waitingOn, after, complain);
  checkWake(snapshot, plan.wakeAt, after, complain);
}

function isTrue(waiting: Waiting, snapshot: Snapshot, after: Replayed): boolean {
  if (isBetweenFleets(snapshot) && ['MinimumHealthyHosts', 'TooFewServing'].includes(waiting.reason)) return isTrueOfFleets(waiting, snapshot, after);
  switch (waiting.reason) {
    case 'EarlierDeployment':
      return isWaitingToStart(after.status) && waiting.deploymentId === snapshot.earlierDeploymentId;
    case 'ResolvingRevision':
      return isWaitingToStart(after.status) && snapshot.deployment.isRevisionReady === false && waiting.since === snapshot.deployment.createdAt;
    case 'Scheduled':
    case 'Approval':
    case 'WindowClosed':
    case 'Frozen':
      return isWaitingToStart(after.status) && isTrueOfGates(waiting, snapshot);
    case 'MinimumHealthyHosts': {
      const { all, failed: lost, inFlight, pending, leftOut } = count(after);
      const failed = lost + leftOut;
      const required = snapshot.deployment.minimumHealthyHosts;
      const isAsCounted = waiting.healthy === all - failed && waiting.required === required && waiting.inFlight === inFlight && waiting.pending === pending;
      return isAsCounted && pending > 0 && all - failed - required - inFlight <= 0 && whyNothingNew(snapshot, after) === null;
    }
    case 'LifecycleEvent': {
      const target = after.targets.get(waiting.targetId);
      const event = target === undefined ? undefined : runningEvents(target).find((one) => one.name === waiting.event);
      if (event !== undefined && waiting.isAccepted !== undefined && waiting.isAccepted !== (event.startedAt !== null)) return false;
      return event !== undefined && waiting.since === (event.startedAt ?? event.commandedAt) && waiting.deadline === deadlineOf(event, target!.agent, snapshot, after);
    }
    case 'AgentSilent': {
      const target = after.targets.get(waiting.targetId);
      const event = target === undefined ? undefined : runningEvents(target)[0];
      if (target === undefined || event === undefined || target.agent.isConnected) return false;
      return waiting.since === (target.agent.silentSince ?? undefined) && waiting.deadline === deadlineOf(event, target!.agent, snapshot, after);
    }
    case 'OnceElsewhere': {
      const target = after.targets.get(waiting.targetId);
      const wait = target === undefined ? null : onceWaitOf(target.status === 'Ready' ? { ...target, status: 'InProgress' } : target, snapshot, after);
      return wait !== null && wait.event === waiting.event && wait.onTargetIds.includes(waiting.onTargetId);
    }
    case 'FailureDecision': {
      const target = after.targets.get(waiting.targetId);
      const event = target === undefined ? undefined : awaitedEvent(target);
      return event?.name === waiting.event && waiting.attempt === event.earlierAttempts + 1 && waiting.since === event.held?.since && waiting.deadline === awaitedUntil(event, snapshot, after) && waiting.deadline > snapshot.now;
    }
    case 'MinimumHealthyHostsInZone': {
      const stage = snapshot.deployment.stages?.[after.openStage];
      const here = countIn(ofStage(after, after.openStage));
      const required = stage?.minimumHealthyHosts ?? null;
      const healthy = here.all - here.failed - here.leftOut;
      const isAsCounted = waiting.healthy === healthy && waiting.inFlight === here.inFlight && waiting.pending === here.pending;
      return stage?.kind === 'zone' && waiting.zone === stage.name && waiting.required === required && isAsCounted && here.pending > 0 && healthy - here.inFlight <= (required ?? -1);
    }
    case 'ZoneUnderWay':
    case 'StepUnderWay': {
      const stage = snapshot.deployment.stages?.[after.openStage];
      const later = count(after).pending - countIn(ofStage(after, after.openStage)).pending;
      return stage !== undefined && namesStage(waiting, stage, snapshot, after) && after.bakesUntil === null && later > 0 && waiting.pending === later;
    }
    case 'ZoneBaking':
    case 'StepBaking': {
      const stage = snapshot.deployment.stages?.[after.openStage];
      if (stage === undefined || after.bakesUntil === null || !namesStage(waiting, stage, snapshot, after)) return false;
      return waiting.until === after.bakesUntil && waiting.since === (snapshot.deployment.baking?.since ?? snapshot.now) && waiting.pending === count(after).pending;
    }
    case 'TooManyFailed': {
      const ofDeployment = snapshot.deployment.mayFail ?? null;
      const stage = snapshot.deployment.stages?.[after.openStage];
      const { failed, held, inFlight, pending } = count(after);
      const isCounted = waiting.undecided === (held === 0 ? undefined : held) && waiting.inFlight === inFlight && waiting.pending === pending && pending > 0 && waiting.failed > waiting.allowed;
      if (waiting.step === undefined) return isCounted && waiting.allowed === ofDeployment && waiting.failed === failed;
      return isCounted && stage?.name === waiting.step && waiting.allowed === stage.mayFail && waiting.failed === countIn(ofStage(after, after.openStage)).failed;
    }
    case 'AlarmsUnseen': {
      const { unseen } = alarmsSay(snapshot);
      const deadlines = (snapshot.alarms?.alarms ?? []).filter(({ name }) => unseen.includes(name)).map(({ goodUntil }) => goodUntil);
      return isWaitingToStart(after.status) && unseen.join() === waiting.alarms.join() && waiting.deadline === Math.min(...deadlines);
    }
    case 'Alarm':
      return whyAlarmsForbid(snapshot) !== null && waiting.alarms.length > 0 && [...waiting.targetIds].sort().join() === running(after).map((target) => target.targetId).sort().join();
    case 'AlarmBake':
      return after.alarmBakeUntil === waiting.until && snapshot.now < waiting.until && running(after).length === 0;
    case 'Draining':
    case 'AwaitingServing':
    case 'RotationUnsure':
    case 'RoutersUnseen':
      return isTrueOfRouters(waiting, snapshot, after);
    case 'TooFewServing':
      return waiting.required === snapshot.deployment.minimumHealthyHosts && isTrueOfServing(waiting, snapshot, after);
    case 'ProvisioningWait':
      return isTrueOfProvision(waiting, snapshot, after);
    case 'ShareUnseen':
    case 'ShareBaking':
    case 'TrafficReturning':
      return isTrueOfShares(waiting, snapshot, after);
    case 'ReadyWait':
    case 'TerminationWait':
    case 'OtherFleetFirst':
      return isTrueOfFleets(waiting, snapshot, after);
    case 'StopRequested':
      return snapshot.deployment.stopRequestedAt !== null && [...waiting.targetIds].sort().join() === running(after).map((target) => target.targetId).sort().join();
  }
}

/** Whoever asks why a deployment is not further along gets every hold. */
function checkNothingUnsaid(snapshot: Snapshot, waitingOn: readonly Waiting[], after: Replayed, complain: Complain): void {
  const says = (reason: Waiting['reason']) => waitingOn.some((waiting) => waiting.reason === reason);
  const named = new Set(waitingOn.flatMap((waiting) => ('targetId' in waiting ? [waiting.targetId] : 'targetIds' in waiting ? waiting.targetIds : [])));
  for (const target of after.targets.values()) {
    const isHeld = runningEvents(target).length > 0 || onceWaitOf(target, snapshot, after) !== null || unsureEventOf(target, snapshot, after) !== null || awaitedEvent(target) !== undefined;
    if (isHeld && !named.has(target.targetId)) complain(`The plan does not say that it waits for ${target.targetId}.`);
  }
  const isStopping = isCalledOff(snapshot);
  if (isStopping && running(after).length > 0 && !says('StopRequested') && !says('Alarm')) complain('The plan does not say that the deployment is stopping.');
  if (isWaitingToStart(after.status) && snapshot.earlierDeploymentId !== null && !says('EarlierDeployment')) complain(`The plan does not say that it waits for ${snapshot.earlierDeploymentId}.`);
  if (isWaitingToStart(after.status) && snapshot.deployment.isRevisionReady === false && !says('ResolvingRevision')) complain('The plan does not say that it waits for the bundle.');
  if (isWaitingToStart(after.status)) checkGatesAreSaid(snapshot, waitingOn, complain);
  if (isToBeMade(snapshot) && !isStopping && after.startedAt !== null && !says('ProvisioningWait')) complain('The plan does not say that it waits for instances to be made.');
  if (isBetweenFleets(snapshot) && after.startedAt !== null) checkSharesAreSaid(snapshot, waitingOn, after, complain);
  if (isBetweenFleets(snapshot) && !isStopping && after.startedAt !== null) return checkFleetsAreSaid(snapshot, waitingOn, after, complain);
  if (isStopping || (after.status !== 'InProgress' && after.status !== 'Baking')) return;
  const isSaid = (...reasons: Waiting['reason'][]) => reasons.some(says);
  const here = isDivided(snapshot) ? countIn(ofStage(after, after.openStage)).pending : count(after).pending;
  const later = count(after).pending - here;
  if (after.bakesUntil !== null) {
    if (!isSaid('ZoneBaking', 'StepBaking')) complain('The plan does not say that a stage is only watched.');
    return;
  }
  if (isSaid('TooManyFailed') || (isSaid('RoutersUnseen') && firstLookSays(snapshot, after) === 'waiting')) return;
  if (here > 0 && !isSaid('MinimumHealthyHosts', 'MinimumHealthyHostsInZone', 'TooFewServing')) complain('The plan does not say why targets are still pending.');
  if (later > 0 && !isSaid('ZoneUnderWay', 'StepUnderWay')) complain('The plan does not say that later stages are waiting.');
}

function namesStage(waiting: Waiting, stage: Stage, snapshot: Snapshot, after: Replayed): boolean {
  if ('zone' in waiting) return stage.kind === 'zone' && waiting.zone === stage.name;
  if (!('position' in waiting)) return false;
  return stage.kind === 'step' && waiting.step === stage.name && waiting.position === after.openStage + 1 && waiting.of === snapshot.deployment.stages?.length;
}

function countIn(targets: readonly ReplayedTarget[]): ReturnType<typeof count> {
  return count({ targets: new Map(targets.map((target) => [target.targetId, target])) });
}

function checkWake(snapshot: Snapshot, wakeAt: Instant | null, after: Replayed, complain: Complain): void {
  const deadlines = running(after).flatMap((target) => runningEvents(target).filter(({ name }) => !isOfRouters(name)).map((event) => deadlineOf(event, target.agent, snapshot, after)));
  for (const target of after.targets.values()) {
    const event = awaitedEvent(target);
    if (event !== undefined) deadlines.push(awaitedUntil(event, snapshot, after));
  }
  if (after.bakesUntil !== null) deadlines.push(after.startedAt === null ? after.bakesUntil : Math.min(after.bakesUntil, after.startedAt + snapshot.limits.deploymentMs));
  if (deadlines.length > 0) {
    const earliest = Math.min(...deadlines);
    if (wakeAt === null || wakeAt > earliest) complain(`The first deadline is at ${earliest}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  }
  const provided = firstProvisionChange(snapshot, after);
  if (provided !== null && !isCalledOff(snapshot) && (wakeAt === null || wakeAt > provided)) complain(`Instances are waited for until ${provided}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  const fleetChange = firstFleetChange(snapshot, after);
  if (fleetChange !== null && (wakeAt === null || wakeAt > fleetChange)) complain(`A fleet is waited for until ${fleetChange}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  const lacksUntil = isBetweenFleets(snapshot) ? null : mayLackUntil(snapshot, after);
  if (lacksUntil !== null && (wakeAt === null || wakeAt > lacksUntil)) complain(`Too few are in service until ${lacksUntil} at most, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  const opensAt = isWaitingToStart(after.status) ? firstGateChange(snapshot) : null;
  if (opensAt !== null && (wakeAt === null || wakeAt > opensAt)) complain(`A gate changes at ${opensAt}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  const change = isHeldBeforeStart(snapshot) ? null : firstAlarmChange(snapshot, after);
  if (change !== null && !isCalledOff(snapshot) && (wakeAt === null || wakeAt > change)) complain(`What is known of an alarm changes by itself at ${change}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  if (wakeAt !== null && wakeAt <= snapshot.now) complain(`The plan wants to be woken at ${wakeAt}, which is not after now, ${snapshot.now}.`);
}

function running(after: Replayed): readonly ReplayedTarget[] {
  return [...after.targets.values()].filter((target) => runningEvents(target).length > 0);
}
