// What one target does now. Its events run one after another, one command each:
//
//   Pending --start--> InProgress --all events passed--> Succeeded
//                          |------an event failed------> Failed, unless somebody is asked first: ./guided-failure.ts
//                          |------stopped between two, or before an absent agent took the next--> Skipped
//                          '------a green target is installed--> Ready --its turn (./blue-green.ts)--> InProgress
//
// An event is passed when it succeeded, was skipped, or failed and is forgiven. An event over its deadline is failed
// here, and the walk goes on in the same plan as if the agent had reported the failure. An event with scripts that run
// once in a deployment may have to wait between two events, or fail without being commanded: see ./once.ts. BlockTraffic and
// AllowTraffic are the controller's own: see ./traffic.ts.

import { ignorableEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Action } from './actions.ts';
import type { Course, RunningEvent } from './course.ts';
import { commandDeadline, deadlineOf, isOutOfTime } from './deadlines.ts';
import { anew, decisionDeadline, judgeFailure } from './guided-failure.ts';
import type { OnceLedger } from './once.ts';
import { gaveUpOn, onceFailedElsewhere, stoppedUntaken } from './sentences.ts';
import type { EventState, GiveUpCause, Snapshot, TargetState } from './snapshot.ts';
import { isStopping } from './standing.ts';
import { askRouters, heldBack, isHeldBack, isRouterEvent, judgeRouterEvent, mayTouch, settleTraffic, type TrafficHold } from './traffic.ts';

/** What most courses have in common. */
const ordinary = { running: null, onceElsewhere: null, traffic: null, held: null, isLeftOut: false, isCutShort: false, isAgentIssue: false } as const satisfies Partial<Course>;

/** Starting is not decided here: a Pending target stays Pending unless the deployment is ending. */
export function moveOn(target: TargetState, snapshot: Snapshot, once: OnceLedger): Course {
  switch (target.status) {
    case 'Pending':
      if (isStopping(snapshot) || isOutOfTime(snapshot)) return end(target, [], 'Skipped', { isCutShort: true }, snapshot);
      return { ...ordinary, target, actions: [], status: 'Pending' };
    case 'InProgress':
      return walkEvents(target, snapshot, once);
    case 'Succeeded':
    case 'Failed':
    case 'Unknown':
    case 'Skipped':
      return {
        ...ordinary,
        target,
        actions: [],
        status: target.status,
        isLeftOut: wasLeftOut(target),
        isCutShort: target.status === 'Skipped' && !wasLeftOut(target),
        isAgentIssue: target.events.some((event) => event.status === 'Failed' && !isForgiven(event, snapshot) && wasNotHeard(event)),
      };
    case 'Ready':
      if (target.label !== 'Green') throw new Error(`Target ${target.targetId} of ${snapshot.deployment.deploymentId} is Ready, which only green targets ever are.`);
      return isStopping(snapshot) || isOutOfTime(snapshot) ? leaveReady(target, snapshot) : atRest(target, [], 'Ready');
  }
}

function wasLeftOut({ status, events }: TargetState): boolean {
  return status === 'Skipped' && events.some((event) => event.held?.decision === 'SKIP');
}

/** Lays the events out and commands the first; of a green target, once no request can reach it. */
export function startTarget(target: TargetState, events: readonly string[], snapshot: Snapshot): Course {
  const { targetId } = target;
  const first = events[0];
  if (first === undefined) throw new Error(`Target ${targetId} has no lifecycle events to run.`);
  const start: Action = { kind: 'StartTarget', targetId, events };
  if (!isHeldBack(target, snapshot)) return run(target, [start], first, snapshot);
  return atRouters(target, [start, { kind: 'HoldBack', targetId }], heldBack(target, first, snapshot));
}

/** A green target gets its turn to come into rotation. */
export function rerouteTarget(target: TargetState, snapshot: Snapshot, once: OnceLedger): Course {
  const next = target.events.find((event) => event.status === 'Pending');
  if (next === undefined) throw new Error(`Target ${target.targetId} is Ready without a way into rotation.`);
  const course = takeUp(target, [{ kind: 'RerouteTarget', targetId: target.targetId }], next, snapshot, once);
  const isWaiting = course.traffic !== null || course.onceElsewhere !== null;
  return isWaiting ? { ...course, actions: [], status: 'Ready' } : course;
}

/** It was installed, and traffic never came to it. */
export function leaveReady(target: TargetState, snapshot: Snapshot): Course {
  return end(target, [], 'Skipped', { isCutShort: true }, snapshot);
}

function walkEvents(target: TargetState, snapshot: Snapshot, once: OnceLedger): Course {
  const { targetId, generation } = target;
  if (target.events.length === 0) throw new Error(`Target ${targetId} of ${snapshot.deployment.deploymentId} is InProgress without lifecycle events.`);
  const actions: Action[] = [];
  for (const event of target.events) {
    switch (event.status) {
      case 'Succeeded':
      case 'Skipped':
        continue;
      case 'Failed':
      case 'Unknown':
        if (isForgiven(event, snapshot)) continue;
        return afterFailure(target, actions, event, event.givenUp ?? null, snapshot, once);
      case 'InProgress': {
        if (isRouterEvent(event.name)) {
          const verdict = judgeRouterEvent(target, event, snapshot);
          if (verdict.kind === 'wait') return atRouters(target, [...actions, ...verdict.asks], verdict.hold);
          if (verdict.kind === 'go') {
            actions.push({ kind: 'PassTraffic', targetId, event: event.name });
            continue;
          }
          actions.push({ kind: 'FailEvent', targetId, event: event.name, generation, cause: verdict.cause, message: verdict.message });
          if (verdict.cause === 'StoppedUntaken') return end(target, actions, 'Skipped', { isCutShort: true }, snapshot);
          if (verdict.cause === 'DeploymentTimeout') return end(target, actions, 'Failed', { isCutShort: true }, snapshot);
          return afterFailure(target, actions, event, verdict.cause, snapshot, once);
        }
        // What an absent agent has not taken must not begin when it comes back: nobody would be there to go on.
        if (isStopping(snapshot) && event.startedAt === null && !target.agent.isConnected) {
          actions.push({ kind: 'FailEvent', targetId, event: event.name, generation, cause: 'StoppedUntaken', message: stoppedUntaken(event) });
          return end(target, actions, 'Skipped', { isCutShort: true }, snapshot);
        }
        const deadline = deadlineOf(event, target.agent, snapshot);
        if (snapshot.now < deadline.at) {
          const running = { event: event.name, since: deadline.since, isAccepted: event.startedAt !== null, deadline: deadline.at };
          return inFlight(target, actions, running);
        }
        const { cause } = deadline;
        actions.push({ kind: 'FailEvent', targetId, event: event.name, generation, cause, message: gaveUpOn(event, deadline, target.agent, snapshot) });
        if (cause === 'DeploymentTimeout') return end(target, actions, 'Failed', { isCutShort: true }, snapshot);
        if (isForgiven(event, snapshot)) continue;
        return afterFailure(target, actions, event, cause, snapshot, once);
      }
      case 'Pending':
        if (isStopping(snapshot)) return end(target, actions, 'Skipped', { isCutShort: true }, snapshot);
        if (isOutOfTime(snapshot)) return end(target, actions, 'Failed', { isCutShort: true }, snapshot);
        if (waitsForItsTurn(target, event.name)) return atRest(target, [...actions, { kind: 'ReadyTarget', targetId }], 'Ready');
        return takeUp(target, actions, event, snapshot, once);
    }
  }
  return end(target, actions, 'Succeeded', {}, snapshot);
}

/** Of an event that failed and is not forgiven; `actions` has what this plan did about it so far. */
function afterFailure(target: TargetState, actions: readonly Action[], event: EventState, cause: GiveUpCause | null, snapshot: Snapshot, once: OnceLedger): Course {
  const { targetId } = target;
  const verdict = judgeFailure(event, cause, snapshot);
  switch (verdict.kind) {
    case 'fail':
      return end(target, actions, 'Failed', { isAgentIssue: cause === null ? wasNotHeard(event) : cause === 'AgentNotHeard' }, snapshot);
    case 'skip':
      return end(target, actions, 'Skipped', { isLeftOut: true }, snapshot);
    case 'retry':
      return takeUp(target, [...actions, { kind: 'RetryEvent', targetId, event: event.name }], anew(event), snapshot, once);
    case 'ask':
    case 'wait': {
      const { since, until } = event.held ?? { since: snapshot.now, until: verdict.kind === 'ask' ? verdict.until : snapshot.now };
      const asks: readonly Action[] = verdict.kind === 'ask' ? [...actions, { kind: 'HoldFailure', targetId, event: event.name, until }] : actions;
      const held = { event: event.name, attempt: (event.earlierAttempts ?? 0) + 1, since, deadline: decisionDeadline(until, snapshot) };
      return { ...ordinary, target, actions: asks, status: 'InProgress', held };
    }
  }
}

/** Of an event that is next: runs it, waits, or fails it untried. */
function takeUp(target: TargetState, before: readonly Action[], next: EventState, snapshot: Snapshot, once: OnceLedger): Course {
  const { targetId, generation } = target;
  const event = next.name;
  if (isRouterEvent(event)) {
    const { asks, hold } = askRouters(target, event, snapshot);
    return atRouters(target, [...before, ...asks], hold);
  }
  const traffic = mayTouch(target, event, snapshot);
  if (traffic.kind === 'wait') return atRouters(target, before, traffic.hold);
  if (traffic.kind === 'fail') return afterFailure(target, [...before, { kind: 'FailEvent', targetId, event, generation, cause: traffic.cause, message: traffic.message }], next, traffic.cause, snapshot, once);
  const verdict = once.ask(target, event);
  switch (verdict.kind) {
    case 'runAll':
      return run(target, before, event, snapshot);
    case 'runRest':
      return run(target, before, event, snapshot, { skipsOnce: true });
    case 'wait':
      return { ...ordinary, target, actions: before, status: 'InProgress', onceElsewhere: { event, onTargetId: verdict.onTargetId } };
    case 'fail': {
      const message = onceFailedElsewhere(event, verdict.onTargetId);
      return end(target, [...before, { kind: 'FailEvent', targetId, event, generation, cause: 'OnceFailedElsewhere', message }], 'Failed', {}, snapshot);
    }
  }
}

function run(target: TargetState, before: readonly Action[], event: string, snapshot: Snapshot, how: { readonly skipsOnce?: true } = {}): Course {
  const actions: Action[] = [...before, { kind: 'RunEvent', targetId: target.targetId, event, generation: target.generation + 1, ...how }];
  return inFlight(target, actions, { event, since: snapshot.now, isAccepted: false, deadline: commandDeadline(target.agent, snapshot) });
}

/** Green, installed, and next comes its way into rotation. */
function waitsForItsTurn({ label, events }: TargetState, next: string): boolean {
  return label === 'Green' && next === 'BeforeAllowTraffic' && events[0]?.name !== next;
}

function atRest(target: TargetState, actions: readonly Action[], status: 'Ready'): Course {
  return { ...ordinary, target, actions, status };
}

function inFlight(target: TargetState, actions: readonly Action[], running: RunningEvent): Course {
  return { ...ordinary, target, actions, status: 'InProgress', running };
}

function atRouters(target: TargetState, actions: readonly Action[], hold: TrafficHold): Course {
  return { ...ordinary, target, actions, status: 'InProgress', traffic: hold };
}

function end(
  target: TargetState,
  before: readonly Action[],
  status: 'Succeeded' | 'Failed' | 'Skipped',
  why: Partial<Pick<Course, 'isCutShort' | 'isAgentIssue' | 'isLeftOut'>>,
  snapshot: Snapshot,
): Course {
  const settled = status === 'Succeeded' ? [] : settleTraffic(target, before, snapshot);
  const actions: Action[] = [...before, ...settled, { kind: 'FinishTarget', targetId: target.targetId, status }];
  return { ...ordinary, target, actions, status, ...why };
}

/** What was not run because requests might have been under way has not failed by itself: there is nothing to forgive. */
function isForgiven(event: EventState, { deployment }: Snapshot): boolean {
  return event.givenUp !== 'RotationUnsure' && deployment.ignoreApplicationStopFailures && ignorableEvents.includes(event.name);
}

/** Where the cause was not recorded: an event that failed without ever having been accepted. */
function wasNotHeard(event: EventState): boolean {
  return event.givenUp === undefined ? event.startedAt === null : event.givenUp === 'AgentNotHeard';
}
