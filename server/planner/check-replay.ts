// First half of `check.ts`: carries out a plan's actions one after another on a copy of the snapshot and complains of
// each that has no right to be there. It shares no code with the planner or with `apply.ts`, on purpose: a mistake in
// either must not be able to hide itself here.

import { ignorableEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Action, Actions } from './actions.ts';
import type { AgentState, GiveUpCause, InstanceStanding, Instant, Snapshot } from './snapshot.ts';

export type Complain = (sentence: string) => void;

/** How things stand once the plan is written. */
export interface Replayed {
  status: Snapshot['deployment']['status'];
  startedAt: Instant | null;
  readonly targets: ReadonlyMap<string, ReplayedTarget>;
  /** Before this plan, no target had ever been started. */
  readonly wasUntouched: boolean;
  /** Ids in the order this plan starts them. */
  readonly started: string[];
  finish: Actions['FinishDeployment'] | null;
  readonly rollbacks: Actions['CreateRollback'][];
  readonly notes: Actions['NoteNoRollback'][];
}

export interface ReplayedTarget {
  readonly targetId: string;
  readonly standing: InstanceStanding;
  readonly lot: number;
  readonly agent: AgentState;
  status: Snapshot['targets'][number]['status'];
  generation: number;
  events: ReplayedEvent[];
  /** This very plan gives up on its running event. */
  isGivenUp: boolean;
}

export interface ReplayedEvent {
  readonly name: string;
  status: Snapshot['targets'][number]['events'][number]['status'];
  commandedAt: Instant | null;
  startedAt: Instant | null;
  /** Undefined where the snapshot does not say. */
  givenUp: GiveUpCause | null | undefined;
  readonly onceEvents: readonly string[] | undefined;
  skipsOnce: boolean;
}

export function replay(snapshot: Snapshot, actions: readonly Action[], complain: Complain): Replayed {
  const after: Replayed = {
    status: snapshot.deployment.status,
    startedAt: snapshot.deployment.startedAt,
    targets: new Map(snapshot.targets.map((target) => [target.targetId, { ...target, events: target.events.map((event) => ({ ...event, givenUp: event.givenUp, onceEvents: event.onceEvents, skipsOnce: event.skipsOnce === true })), isGivenUp: false }])),
    wasUntouched: snapshot.targets.every((target) => target.status === 'Pending'),
    started: [],
    finish: null,
    rollbacks: [],
    notes: [],
  };
  const endsHere = actions.some((action) => action.kind === 'FinishDeployment');
  if (hasEnded(after.status) && actions.length > 0) complain(`The deployment is ${after.status}, yet the plan has actions.`);
  for (const action of actions) {
    if (after.finish !== null && action.kind !== 'CreateRollback' && action.kind !== 'NoteNoRollback') {
      complain(`${action.kind} comes after FinishDeployment.`);
    }
    take(action, snapshot, after, endsHere, complain);
  }
  for (const id of after.started) {
    const target = after.targets.get(id);
    if (target?.status === 'InProgress' && target.events[0]?.status === 'Pending') complain(`${id} is started without a RunEvent of its first event.`);
  }
  return after;
}

function take(action: Action, snapshot: Snapshot, after: Replayed, endsHere: boolean, complain: Complain): void {
  switch (action.kind) {
    case 'StartDeployment':
      return startDeployment(snapshot, after, complain);
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
    case 'StartTarget':
    case 'RunEvent':
    case 'FailEvent':
    case 'FinishTarget': {
      const target = after.targets.get(action.targetId);
      if (target === undefined) complain(`${action.kind} names ${action.targetId}, which is no target of this deployment.`);
      else if (isEnded(target)) complain(`${action.kind} comes for ${target.targetId}, which has ended as ${target.status}.`);
      else if (action.kind === 'StartTarget') startTarget(action, target, snapshot, after, complain);
      else if (action.kind === 'RunEvent') runEvent(action, target, snapshot, after, complain);
      else if (action.kind === 'FailEvent') failEvent(action, target, snapshot, after, complain);
      else finishTarget(action, target, snapshot, after, endsHere, complain);
    }
  }
}

function startDeployment(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (!isWaitingToStart(after.status)) complain(`The deployment is started although it is ${after.status}.`);
  const earlier = snapshot.earlierDeploymentId;
  if (earlier !== null) complain(`The deployment is started although ${earlier} of the same group is still active.`);
  if (snapshot.deployment.isRevisionReady === false) complain('The deployment is started although its bundle is not here yet.');
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`The deployment is started although ${reason}.`);
  after.status = 'InProgress';
  after.startedAt = snapshot.now;
}

function startTarget(action: Actions['StartTarget'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${target.targetId} is started although ${reason}.`);
  if (after.status !== 'InProgress') complain(`${target.targetId} is started although the deployment is ${after.status}.`);
  if (target.status !== 'Pending') complain(`${target.targetId} is started although it is ${target.status}.`);
  const events = snapshot.deployment.usesNewApplicationStop === true ? ['DownloadBundle', 'ApplicationStop', ...inPlaceEvents.slice(2)] : inPlaceEvents;
  if (action.events.join() !== events.join()) complain(`${target.targetId} is started with the events ${action.events.join(', ') || 'none'}.`);
  target.status = 'InProgress';
  target.events = action.events.map((name) => ({ name, status: 'Pending', commandedAt: null, startedAt: null, givenUp: null, onceEvents: undefined, skipsOnce: false }));
  after.started.push(target.targetId);
}

function runEvent(action: Actions['RunEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.event} on ${target.targetId}`;
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${what} is run although ${reason}.`);
  if (target.status !== 'InProgress') complain(`${what} is run although the target is ${target.status}.`);
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

/** Of an event that was never run; whether it failed elsewhere is for `check-once.ts`. */
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
  next.status = 'Failed';
  next.givenUp = action.cause;
}

function failEvent(action: Actions['FailEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (action.cause === 'OnceFailedElsewhere') return failUntried(action, target, snapshot, after, complain);
  const what = `${action.event} on ${target.targetId}`;
  const event = target.events.find((one) => one.name === action.event);
  if (event?.status !== 'InProgress') {
    complain(`${what} is given up although it is not running.`);
    return;
  }
  if (action.generation !== target.generation) complain(`${what} is given up with generation ${action.generation}, but runs as ${target.generation}.`);
  if (action.cause !== 'StoppedUntaken' && snapshot.now < deadlineOf(event, snapshot, after)) complain(`${what} is given up before its deadline.`);
  const causes = fittingCauses(event, target, snapshot, after);
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
  if (isOverdue(snapshot, after)) causes.push('DeploymentTimeout');
  if (snapshot.deployment.stopRequestedAt !== null && event.startedAt === null && !target.agent.isConnected) causes.push('StoppedUntaken');
  return causes;
}

/** What the target may end as now; empty while it may not end. */
function fittingEnds(target: ReplayedTarget, snapshot: Snapshot, after: Replayed, endsHere: boolean): readonly Actions['FinishTarget']['status'][] {
  const isCutShort = whyNothingNew(snapshot, after) !== null;
  if (target.status === 'Pending') return endsHere || isCutShort ? ['Skipped'] : [];
  if (runningEvents(target).length > 0) return endsHere ? ['Unknown'] : [];
  if (target.events.some((event) => event.givenUp === 'StoppedUntaken')) return ['Skipped'];
  if (target.events.some((event) => event.status === 'Failed' && !endedWell(event, snapshot))) return ['Failed'];
  if (target.events.some((event) => event.status === 'Unknown')) return ['Unknown', 'Failed'];
  if (target.events.length > 0 && target.events.every((event) => endedWell(event, snapshot))) return ['Succeeded'];
  if (isCutShort) return ['Skipped', 'Unknown', 'Failed'];
  // A forgivable event that the server gave up on says that the agent is gone: the rest need not be tried.
  return target.isGivenUp ? ['Failed'] : [];
}

/** Why no new target or event may start, or null. A defect counts before the first target only: it is looked for before the start. */
export function whyNothingNew(snapshot: Snapshot, after: Replayed): string | null {
  const { deployment, targets } = snapshot;
  if (deployment.stopRequestedAt !== null) return 'a stop was requested';
  if (deployment.defect !== null && after.wasUntouched) return `${deployment.defect.code} was found`;
  if (targets.length === 0) return 'there are no targets';
  if (deployment.minimumHealthyHosts >= targets.length) return `all ${targets.length} targets, or more, must stay healthy`;
  return isOverdue(snapshot, after) ? 'the deployment is over its time' : null;
}

export function isOverdue(snapshot: Snapshot, after: Replayed): boolean {
  return after.startedAt !== null && snapshot.now >= after.startedAt + snapshot.limits.deploymentMs;
}

/** When the server gives up on a running event: its own deadline, or the deployment's when that is sooner. */
export function deadlineOf(event: ReplayedEvent, snapshot: Snapshot, after: Replayed): Instant {
  const own = ownDeadlineOf(event, snapshot);
  return after.startedAt === null ? own : Math.min(own, after.startedAt + snapshot.limits.deploymentMs);
}

function ownDeadlineOf(event: ReplayedEvent, snapshot: Snapshot): Instant {
  const { limits, now } = snapshot;
  return event.startedAt === null ? (event.commandedAt ?? now) + limits.eventStartMs : event.startedAt + limits.eventMs;
}

export function endedWell(event: ReplayedEvent, snapshot: Snapshot): boolean {
  if (event.status === 'Succeeded') return true;
  return event.status === 'Failed' && snapshot.deployment.ignoreApplicationStopFailures && ignorableEvents.includes(event.name);
}

export function runningEvents(target: ReplayedTarget): readonly ReplayedEvent[] {
  return target.events.filter((event) => event.status === 'InProgress');
}

export function isEnded(target: ReplayedTarget): boolean {
  return target.status === 'Succeeded' || target.status === 'Failed' || target.status === 'Skipped' || target.status === 'Unknown';
}

export function hasEnded(status: Replayed['status']): boolean {
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped';
}

export function isWaitingToStart(status: Replayed['status']): boolean {
  return status === 'Created' || status === 'Queued';
}

/** Targets by how they count against the minimum. Unknown counts as failed: what cannot be seen is not healthy. */
export function count(after: Replayed): { readonly all: number; readonly failed: number; readonly inFlight: number; readonly pending: number; readonly succeeded: number } {
  const of = (...statuses: string[]) => [...after.targets.values()].filter((target) => statuses.includes(target.status)).length;
  return { all: after.targets.size, failed: of('Failed', 'Unknown'), inFlight: of('InProgress', 'Ready'), pending: of('Pending'), succeeded: of('Succeeded') };
}
