// What one target does now. Its events run one after another, one command each:
//
//   Pending --start--> InProgress --all events passed--> Succeeded
//                          |------an event failed------> Failed
//                          '------stopped between two, or before an absent agent took the next--> Skipped
//
// An event is passed when it succeeded, was skipped, or failed and is forgiven. An event over its deadline is failed
// here, and the walk goes on in the same plan as if the agent had reported the failure. An event with scripts that run
// once in a deployment may have to wait between two events, or fail without being commanded: see ./once.ts.

import { ignorableEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Action } from './actions.ts';
import type { Course, RunningEvent } from './course.ts';
import { commandDeadline, deadlineOf, isOutOfTime } from './deadlines.ts';
import type { OnceLedger } from './once.ts';
import { gaveUpOn, onceFailedElsewhere, stoppedUntaken } from './sentences.ts';
import type { EventState, Snapshot, TargetState } from './snapshot.ts';
import { isStopping } from './standing.ts';

/** Starting is not decided here: a Pending target stays Pending unless the deployment is ending. */
export function moveOn(target: TargetState, snapshot: Snapshot, once: OnceLedger): Course {
  switch (target.status) {
    case 'Pending':
      if (isStopping(snapshot) || isOutOfTime(snapshot)) return end(target, [], 'Skipped', { isCutShort: true });
      return { target, actions: [], status: 'Pending', running: null, onceElsewhere: null, isCutShort: false, isAgentIssue: false };
    case 'InProgress':
      return walkEvents(target, snapshot, once);
    case 'Succeeded':
    case 'Failed':
    case 'Unknown':
    case 'Skipped':
      return {
        target,
        actions: [],
        status: target.status,
        running: null,
        onceElsewhere: null,
        isCutShort: target.status === 'Skipped',
        isAgentIssue: target.events.some((event) => event.status === 'Failed' && !isForgiven(event, snapshot) && wasNotHeard(event)),
      };
    case 'Ready':
      throw new Error(`Target ${target.targetId} of ${snapshot.deployment.deploymentId} is Ready, which no in-place target ever is.`);
  }
}

/** Lays the events out and commands the first. */
export function startTarget(target: TargetState, events: readonly string[], snapshot: Snapshot): Course {
  const first = events[0];
  if (first === undefined) throw new Error(`Target ${target.targetId} has no lifecycle events to run.`);
  return run(target, [{ kind: 'StartTarget', targetId: target.targetId, events }], first, snapshot);
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
        return end(target, actions, 'Failed', { isAgentIssue: wasNotHeard(event) });
      case 'InProgress': {
        // What an absent agent has not taken must not begin when it comes back: nobody would be there to go on.
        if (isStopping(snapshot) && event.startedAt === null && !target.agent.isConnected) {
          actions.push({ kind: 'FailEvent', targetId, event: event.name, generation, cause: 'StoppedUntaken', message: stoppedUntaken(event) });
          return end(target, actions, 'Skipped', { isCutShort: true });
        }
        const deadline = deadlineOf(event, target.agent, snapshot);
        if (snapshot.now < deadline.at) {
          const running = { event: event.name, since: deadline.since, isAccepted: event.startedAt !== null, deadline: deadline.at };
          return inFlight(target, actions, running);
        }
        const { cause } = deadline;
        actions.push({ kind: 'FailEvent', targetId, event: event.name, generation, cause, message: gaveUpOn(event, cause, target.agent, snapshot) });
        if (cause === 'DeploymentTimeout') return end(target, actions, 'Failed', { isCutShort: true });
        if (isForgiven(event, snapshot)) continue;
        return end(target, actions, 'Failed', { isAgentIssue: cause === 'AgentNotHeard' });
      }
      case 'Pending':
        if (isStopping(snapshot)) return end(target, actions, 'Skipped', { isCutShort: true });
        if (isOutOfTime(snapshot)) return end(target, actions, 'Failed', { isCutShort: true });
        return takeUp(target, actions, event.name, snapshot, once);
    }
  }
  return end(target, actions, 'Succeeded', {});
}

/** Of an event that is next: runs it, waits, or fails it untried. */
function takeUp(target: TargetState, before: readonly Action[], event: string, snapshot: Snapshot, once: OnceLedger): Course {
  const { targetId, generation } = target;
  const verdict = once.ask(target, event);
  switch (verdict.kind) {
    case 'runAll':
      return run(target, before, event, snapshot);
    case 'runRest':
      return run(target, before, event, snapshot, { skipsOnce: true });
    case 'wait':
      return { target, actions: before, status: 'InProgress', running: null, onceElsewhere: { event, onTargetId: verdict.onTargetId }, isCutShort: false, isAgentIssue: false };
    case 'fail': {
      const message = onceFailedElsewhere(event, verdict.onTargetId);
      return end(target, [...before, { kind: 'FailEvent', targetId, event, generation, cause: 'OnceFailedElsewhere', message }], 'Failed', {});
    }
  }
}

function run(target: TargetState, before: readonly Action[], event: string, snapshot: Snapshot, how: { readonly skipsOnce?: true } = {}): Course {
  const actions: Action[] = [...before, { kind: 'RunEvent', targetId: target.targetId, event, generation: target.generation + 1, ...how }];
  return inFlight(target, actions, { event, since: snapshot.now, isAccepted: false, deadline: commandDeadline(snapshot) });
}

function inFlight(target: TargetState, actions: readonly Action[], running: RunningEvent): Course {
  return { target, actions, status: 'InProgress', running, onceElsewhere: null, isCutShort: false, isAgentIssue: false };
}

function end(
  target: TargetState,
  before: readonly Action[],
  status: 'Succeeded' | 'Failed' | 'Skipped',
  why: { readonly isCutShort?: boolean; readonly isAgentIssue?: boolean },
): Course {
  const actions: Action[] = [...before, { kind: 'FinishTarget', targetId: target.targetId, status }];
  return { target, actions, status, running: null, onceElsewhere: null, isCutShort: why.isCutShort ?? false, isAgentIssue: why.isAgentIssue ?? false };
}

function isForgiven(event: EventState, { deployment }: Snapshot): boolean {
  return deployment.ignoreApplicationStopFailures && ignorableEvents.includes(event.name);
}

/** Where the cause was not recorded: an event that failed without ever having been accepted. */
function wasNotHeard(event: EventState): boolean {
  return event.givenUp === undefined ? event.startedAt === null : event.givenUp === 'AgentNotHeard';
}
