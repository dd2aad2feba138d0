// First half of `check.ts`: carries out a plan's actions one after another on a copy of the snapshot and complains of
// each that has no right to be there. It shares no code with the planner or with `apply.ts`, on purpose: a mistake in
// either must not be able to hide itself here.

import { allowEvents, blockEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Action, Actions } from './actions.ts';
import { gatesShut } from './check-gates.ts';
import { alarmsSay } from './check-alarms.ts';
import { deadlineOf, endedWell, hasEnded, isCalledOff, isDivided, isEnded, isOverdue, isWaitingToStart, ofStage, ownDeadlineOf, runningEvents, silenceEndsAt, whyNothingNew, whyTooManyFailed } from './check-facts.ts';
import { checkTouch, checkUnsure, isOfRouters, replayTraffic, trafficCauses } from './check-traffic.ts';
import { endsOfFailed, holdFailure, retryEvent } from './check-guided.ts';
import { fleetsBefore, type ReplayedFleets } from './check-fleet-facts.ts';
import { checkStartOfFleet, replayFleetStep, replayTargetStep } from './check-fleet-steps.ts';
import { replayProvision } from './check-provisioning.ts';
import { replayShare } from './check-shares.ts';
import { isBetweenFleets } from './check-two-fleets.ts';
import { type ReplayedEvent, type ReplayedTarget, toChange, unchanged } from './check-targets.ts';
import type { GiveUpCause, Instant, Snapshot } from './snapshot.ts';

export type Complain = (sentence: string) => void;

/** How things stand once the plan is written. */
export interface Replayed {
  status: Snapshot['deployment']['status'];
  startedAt: Instant | null;
  /** Index of the stage whose turn it is; the number of stages when all had theirs. */
  openStage: number;
  /** Until when its targets are only watched; null when they are not. */
  bakesUntil: Instant | null;
  /** To change one, `toChange` it: those that no action has changed are everybody's. */
  readonly targets: Map<string, ReplayedTarget>;
  /** Before this plan, no target had ever been started. */
  readonly wasUntouched: boolean;
  /** Ids in the order this plan starts them. */
  readonly started: string[];
  /** Ids of targets that this plan fails although somebody could have been asked. */
  readonly unasked: Set<string>;
  /** Until when alarms are watched once every target has ended; null: not yet. */
  alarmBakeUntil: Instant | null;
  /** Means nothing where there is one fleet only. */
  readonly fleets: ReplayedFleets;
  finish: Actions['FinishDeployment'] | null;
  readonly rollbacks: Actions['CreateRollback'][];
  readonly notes: Actions['NoteNoRollback'][];
  /** Whether too many had failed when a target was last started, and nothing but starting was done since; null: to be looked at. */
  startable: { readonly tooMany: string | null } | null;
}

/** What changes nothing about how many have failed. */
const isStarting = (kind: Action['kind']): boolean => kind === 'StartTarget' || kind === 'RunEvent';

export function replay(snapshot: Snapshot, actions: readonly Action[], complain: Complain): Replayed {
  const after: Replayed = {
    status: snapshot.deployment.status,
    startedAt: snapshot.deployment.startedAt,
    openStage: snapshot.deployment.openStage ?? 0,
    bakesUntil: snapshot.deployment.baking?.until ?? null,
    targets: new Map(snapshot.targets.map((target) => [target.targetId, unchanged(target)])),
    wasUntouched: snapshot.targets.every((target) => target.status === 'Pending') && (snapshot.deployment.blueGreen?.shift ?? null) === null,
    started: [],
    unasked: new Set(),
    alarmBakeUntil: snapshot.deployment.alarmBakeUntil ?? null,
    fleets: fleetsBefore(snapshot),
    finish: null,
    rollbacks: [],
    notes: [],
    startable: null,
  };
  const endsHere = actions.some((action) => action.kind === 'FinishDeployment');
  if (hasEnded(after.status) && actions.length > 0) complain(`The deployment is ${after.status}, yet the plan has actions.`);
  for (const action of actions) {
    if (after.finish !== null && action.kind !== 'CreateRollback' && action.kind !== 'NoteNoRollback' && action.kind !== 'Notify') {
      complain(`${action.kind} comes after FinishDeployment.`);
    }
    if (!isStarting(action.kind)) after.startable = null;
    take(action, snapshot, after, endsHere, complain);
  }
  for (const id of after.started) {
    const target = after.targets.get(id);
    if (target?.status === 'InProgress' && target.events[0]?.status === 'Pending' && !after.fleets.heldBack.includes(id)) complain(`${id} is started without a RunEvent of its first event.`);
  }
  return after;
}

function take(action: Action, snapshot: Snapshot, after: Replayed, endsHere: boolean, complain: Complain): void {
  switch (action.kind) {
    case 'QueueDeployment':
      if (after.status !== 'Created') complain(`The deployment is queued although it is ${after.status}.`);
      if (snapshot.earlierDeploymentId === null && gatesShut(snapshot).length === 0) complain('The deployment is queued although nothing holds it.');
      after.status = 'Queued';
      return;
    case 'StartDeployment':
      return startDeployment(snapshot, after, complain);
    case 'Bake':
      return bake(action, snapshot, after, complain);
    case 'OpenStage':
      return openStage(action, snapshot, after, complain);
    case 'FinishDeployment':
      if (after.finish !== null) complain('The deployment is finished twice.');
      after.finish = action;
      after.status = action.status;
      return;
    case 'CreateRollback':
      after.rollbacks.push(action);
      return;
    case 'NoteNoRollback':
      after.notes.push(action);
      return;
    case 'Notify': // for check-notices.ts
    case 'StopForAlarms': // these two for check-alarms.ts
    case 'NoteAlarm':
      return;
    case 'WatchAlarms':
      return watchAlarms(action, snapshot, after, complain);
    case 'ProvisionInstances':
      return replayProvision(action, snapshot, after, complain);
    case 'NoteReady':
    case 'Reroute':
    case 'MoveGroup':
    case 'NoteMoved':
    case 'ReleaseInstances':
      return replayFleetStep(action, snapshot, after, complain);
    case 'ShiftTraffic':
    case 'SetWeights':
    case 'NoteShare':
    case 'ReturnTraffic':
    case 'LeaveRotation':
      return replayShare(action, snapshot, after, complain);
    case 'StartTarget':
    case 'RunEvent':
    case 'FailEvent':
    case 'HoldFailure':
    case 'RetryEvent':
    case 'FinishTarget':
    case 'BlockTraffic':
    case 'AllowTraffic':
    case 'PassTraffic':
    case 'LetBackIn':
    case 'KeepOut':
    case 'HoldBack':
    case 'ReadyTarget':
    case 'RerouteTarget': {
      const target = toChange(after, action.targetId);
      if (target === undefined) complain(`${action.kind} names ${action.targetId}, which is no target of this deployment.`);
      else if (isEnded(target)) complain(`${action.kind} comes for ${target.targetId}, which has ended as ${target.status}.`);
      else if (action.kind === 'StartTarget') startTarget(action, target, snapshot, after, complain);
      else if (action.kind === 'RunEvent') runEvent(action, target, snapshot, after, complain);
      else if (action.kind === 'FailEvent') failEvent(action, target, snapshot, after, complain);
      else if (action.kind === 'HoldFailure') holdFailure(action, target, snapshot, after, complain);
      else if (action.kind === 'RetryEvent') retryEvent(action, target, snapshot, after, complain);
      else if (action.kind === 'FinishTarget') finishTarget(action, target, snapshot, after, endsHere, complain);
      else if (action.kind === 'HoldBack' || action.kind === 'ReadyTarget' || action.kind === 'RerouteTarget') replayTargetStep(action, target, snapshot, after, complain);
      else replayTraffic(action, target, snapshot, after, complain);
    }
  }
}

function startDeployment(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (!isWaitingToStart(after.status)) complain(`The deployment is started although it is ${after.status}.`);
  const earlier = snapshot.earlierDeploymentId;
  if (earlier !== null) complain(`The deployment is started although ${earlier} of the same group is still active.`);
  if (snapshot.deployment.isRevisionReady === false) complain('The deployment is started although its bundle is not here yet.');
  for (const gate of gatesShut(snapshot)) complain(`The deployment is started although ${gate}.`);
  const { unseen } = alarmsSay(snapshot);
  if (unseen.length > 0) complain(`The deployment is started although nobody knows how ${unseen.join(', ')} stand.`);
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`The deployment is started although ${reason}.`);
  after.status = 'InProgress';
  after.startedAt = snapshot.now;
}

function bake(action: Actions['Bake'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const bakeMs = snapshot.deployment.stages?.[action.stage]?.bakeMs ?? 0;
  if (action.stage !== after.openStage) complain(`Stage ${action.stage} bakes, but it is the turn of ${after.openStage}.`);
  if (after.bakesUntil !== null) complain(`Stage ${action.stage} bakes a second time.`);
  if (bakeMs <= 0 || action.until !== snapshot.now + bakeMs) complain(`Stage ${action.stage} bakes until ${action.until}, but has ${bakeMs} ms from ${snapshot.now} on.`);
  checkStageIsOver(`Stage ${action.stage} bakes`, action.stage, snapshot, after, complain);
  after.status = 'Baking';
  after.bakesUntil = action.until;
}

function openStage(action: Actions['OpenStage'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const before = after.openStage;
  const mustBake = (snapshot.deployment.stages?.[before]?.bakeMs ?? 0) > 0;
  if (action.stage !== before + 1 || action.stage > (snapshot.deployment.stages?.length ?? 0)) complain(`Stage ${action.stage} is opened after ${before}.`);
  if (after.bakesUntil === null ? mustBake : snapshot.now < after.bakesUntil) complain(`Stage ${action.stage} is opened before ${before} was watched for its time.`);
  checkStageIsOver(`Stage ${action.stage} is opened`, before, snapshot, after, complain);
  after.status = 'InProgress';
  after.bakesUntil = null;
  after.openStage = action.stage;
}

function checkStageIsOver(what: string, stage: number, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const unfinished = ofStage(after, stage).find((target) => !isEnded(target));
  if (unfinished !== undefined) complain(`${what} although ${unfinished.targetId} is ${unfinished.status}.`);
  const reason = whyNothingNew(snapshot, after) ?? whyTooManyFailed(snapshot, after);
  if (reason !== null) complain(`${what} although ${reason}.`);
}

function watchAlarms(action: Actions['WatchAlarms'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const unfinished = [...after.targets.values()].find((target) => !isEnded(target));
  if (unfinished !== undefined) complain(`The alarms are watched to the end although ${unfinished.targetId} is ${unfinished.status}.`);
  const bakeMs = snapshot.alarms?.bakeMs ?? 0;
  if (bakeMs === 0 || action.until !== snapshot.now + bakeMs) complain(`The alarms are watched until ${action.until}, but for ${bakeMs} ms from ${snapshot.now} on they are to be.`);
  if (after.alarmBakeUntil !== null) complain('The alarms are watched to the end a second time.');
  if (isCalledOff(snapshot)) complain('The alarms are watched to the end although the deployment is stopping.');
  after.alarmBakeUntil = action.until;
  after.status = 'Baking';
}

function startTarget(action: Actions['StartTarget'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${target.targetId} is started although ${reason}.`);
  if (after.status !== 'InProgress') complain(`${target.targetId} is started although the deployment is ${after.status}.`);
  if (target.status !== 'Pending') complain(`${target.targetId} is started although it is ${target.status}.`);
  after.startable ??= { tooMany: whyTooManyFailed(snapshot, after) };
  const { tooMany } = after.startable;
  if (tooMany !== null) complain(`${target.targetId} is started although ${tooMany}.`);
  if (isDivided(snapshot) && (target.stage ?? 0) !== after.openStage) complain(`${target.targetId} of stage ${target.stage ?? 0} is started in the turn of ${after.openStage}.`);
  if (isBetweenFleets(snapshot)) checkStartOfFleet(action, target, snapshot, after, complain);
  else checkEventsInPlace(action, snapshot, complain);
  target.status = 'InProgress';
  target.events = action.events.map((name) => ({ name, status: 'Pending', commandedAt: null, startedAt: null, endedAt: null, givenUp: null, onceEvents: undefined, skipsOnce: false, held: undefined, earlierAttempts: 0, hasRunBefore: false }));
  after.started.push(target.targetId);
}

function checkEventsInPlace(action: Actions['StartTarget'], snapshot: Snapshot, complain: Complain): void {
  const onHost = snapshot.deployment.usesNewApplicationStop === true ? ['DownloadBundle', 'ApplicationStop', ...inPlaceEvents.slice(2)] : inPlaceEvents;
  const events = snapshot.deployment.traffic === undefined ? onHost : [...blockEvents, ...onHost, ...allowEvents];
  if (action.events.join() !== events.join()) complain(`${action.targetId} is started with the events ${action.events.join(', ') || 'none'}.`);
}

function runEvent(action: Actions['RunEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.event} on ${target.targetId}`;
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${what} is run although ${reason}.`);
  if (target.status !== 'InProgress') complain(`${what} is run although the target is ${target.status}.`);
  checkTouch(action.event, target, snapshot, complain);
  const running = runningEvents(target)[0];
  if (running !== undefined) complain(`${what} is run while ${running.name} is running.`);
  if (action.generation !== target.generation + 1) complain(`${what} has generation ${action.generation} after ${target.generation}.`);
  target.generation = action.generation;
  const index = target.events.findIndex((event) => event.name === action.event);
  const event = target.events[index];
  if (event === undefined) {
    complain(`${what} is run, which is none of its events.`);
    return;
  }
  if (event.status !== 'Pending') complain(`${what} is run although it is ${event.status}.`);
  const inTheWay = target.events.slice(0, index).find((earlier) => !endedWell(earlier, snapshot));
  if (inTheWay !== undefined) complain(`${what} is run although ${inTheWay.name} before it is ${inTheWay.status}.`);
  Object.assign(event, { status: 'InProgress', commandedAt: snapshot.now, startedAt: null, skipsOnce: action.skipsOnce === true });
}

/** Of an event that was never run; whether it failed elsewhere is for `check-once.ts`, whether its rotation is unsure for `check-traffic.ts`. */
function failUntried(action: Actions['FailEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.event} on ${target.targetId}`;
  const next = target.events.find((one) => !endedWell(one, snapshot));
  if (next?.status !== 'Pending' || next.name !== action.event) {
    complain(`${what} is failed untried although it is not the next to run.`);
    return;
  }
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${what} is failed untried although ${reason}.`);
  if (action.generation !== target.generation) complain(`${what} is failed untried with generation ${action.generation} after ${target.generation}.`);
  if (action.message === '') complain(`${what} is failed untried without a word.`);
  if (action.cause === 'RotationUnsure') checkUnsure(action, target, snapshot, after, complain);
  next.status = 'Failed';
  next.givenUp = action.cause;
}

function failEvent(action: Actions['FailEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (action.cause === 'OnceFailedElsewhere' || action.cause === 'RotationUnsure') return failUntried(action, target, snapshot, after, complain);
  const what = `${action.event} on ${target.targetId}`;
  const event = target.events.find((one) => one.name === action.event);
  if (event?.status !== 'InProgress') {
    complain(`${what} is given up although it is not running.`);
    return;
  }
  if (action.generation !== target.generation) complain(`${what} is given up with generation ${action.generation}, but runs as ${target.generation}.`);
  if (!isOfRouters(event.name) && action.cause !== 'StoppedUntaken' && snapshot.now < deadlineOf(event, target.agent, snapshot, after)) complain(`${what} is given up before its deadline.`);
  const causes = isOfRouters(event.name) ? trafficCauses(event, target, snapshot, after) : fittingCauses(event, target, snapshot, after);
  if (!causes.includes(action.cause)) complain(`${what} is given up for ${action.cause}, but the facts say ${causes.join(' or ') || 'nothing'}.`);
  if (action.message === '') complain(`${what} is given up without a word.`);
  event.status = 'Failed';
  event.givenUp = action.cause;
  target.isGivenUp = true;
}

function finishTarget(action: Actions['FinishTarget'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, endsHere: boolean, complain: Complain): void {
  const fitting = fittingEnds(target, snapshot, after, endsHere);
  if (!fitting.includes(action.status)) {
    const events = target.events.map((event) => `${event.name} ${event.status}`).join(', ') || 'no events';
    complain(`${target.targetId} is finished as ${action.status}, which does not fit: ${target.status}, ${events}.`);
  }
  target.status = action.status;
}

function fittingCauses(event: ReplayedEvent, target: ReplayedTarget, snapshot: Snapshot, after: Replayed): readonly GiveUpCause[] {
  const causes: GiveUpCause[] = [];
  if (snapshot.now >= ownDeadlineOf(event, snapshot)) causes.push(event.startedAt === null || !target.agent.isConnected ? 'AgentNotHeard' : 'EventTimeout');
  if (snapshot.now >= silenceEndsAt(event, target.agent, snapshot)) causes.push('AgentNotHeard');
  if (isOverdue(snapshot, after)) causes.push('DeploymentTimeout');
  if (isCalledOff(snapshot) && event.startedAt === null && !target.agent.isConnected) causes.push('StoppedUntaken');
  return causes;
}

/** What the target may end as now; empty while it may not end. */
function fittingEnds(target: ReplayedTarget, snapshot: Snapshot, after: Replayed, endsHere: boolean): readonly Actions['FinishTarget']['status'][] {
  const isCutShort = whyNothingNew(snapshot, after) !== null;
  if (target.status === 'Pending' || target.status === 'Ready') return endsHere || isCutShort ? ['Skipped'] : [];
  if (runningEvents(target).length > 0) return endsHere ? ['Unknown'] : [];
  if (target.events.some((event) => event.givenUp === 'StoppedUntaken')) return ['Skipped'];
  const failed = target.events.find((event) => event.status === 'Failed' && !endedWell(event, snapshot));
  if (failed !== undefined) return endsOfFailed(failed, target, snapshot, after);
  if (target.events.some((event) => event.status === 'Unknown')) return ['Unknown', 'Failed'];
  if (target.events.length > 0 && target.events.every((event) => endedWell(event, snapshot))) return ['Succeeded'];
  if (isCutShort) return ['Skipped', 'Unknown', 'Failed'];
  // A forgivable event that the server gave up on says that the agent is gone: the rest need not be tried.
  return target.isGivenUp ? ['Failed'] : [];
}
