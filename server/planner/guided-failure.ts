// What becomes of a target of which an event failed, where the group wants to be asked (guided failure):
//
//   failed --nobody is to be asked--> Failed
//     '--somebody is--> held --RETRY--> the same event runs again, as a new attempt; those before it do not
//                         |---SKIP--> Skipped: no failure of the deployment, but out of service
//                         '---FAIL, or the time to decide is over, or the deployment stops or is out of time--> Failed
//
// A held target counts as failed, never as healthy and never as in flight: it takes no second place in the budget. The
// deployment does not end while one is held. Nobody is asked where no answer could save the deployment, nor about a
// target that failed because the scripts that run once failed on another one: that question was asked there.

import { countFleet, type Course } from './course.ts';
import { deploymentDeadline, isOutOfTime } from './deadlines.ts';
import { findHalt } from './halt.ts';
import type { EventState, GiveUpCause, Instant, Snapshot } from './snapshot.ts';
import { countStage } from './stages.ts';
import { isStopping } from './standing.ts';

export type FailureVerdict =
  | { readonly kind: 'fail' | 'skip' | 'retry' }
  /** From now on somebody is asked. */
  | { readonly kind: 'ask'; readonly until: Instant }
  | { readonly kind: 'wait' };

const fail: FailureVerdict = { kind: 'fail' };

/** Of an event that failed and is not forgiven, in a target that has not ended. `cause`: why the server gave it up, perhaps in this very plan. */
export function judgeFailure(event: EventState, cause: GiveUpCause | null, snapshot: Snapshot): FailureVerdict {
  const { now, deployment } = snapshot;
  const held = event.held ?? null;
  if (held?.decision === 'FAIL') return fail;
  if (held?.decision === 'SKIP') return { kind: 'skip' };
  if (isStopping(snapshot) || isOutOfTime(snapshot)) return fail;
  if (held?.decision === 'RETRY') return { kind: 'retry' };
  const decideWithinMs = deployment.decideWithinMs ?? null;
  if (decideWithinMs === null) return fail;
  if (held !== null) return now < held.until ? { kind: 'wait' } : fail;
  return cause === 'OnceFailedElsewhere' ? fail : { kind: 'ask', until: now + decideWithinMs };
}

/** The event as one that is tried again. */
export function anew({ name, earlierAttempts = 0, hasRunBefore, commandedAt }: EventState): EventState {
  const isTouched = hasRunBefore === true || commandedAt !== null;
  return { name, status: 'Pending', commandedAt: null, startedAt: null, endedAt: null, earlierAttempts: earlierAttempts + 1, ...(isTouched ? { hasRunBefore: true } : {}) };
}

/** Whether the event, failed as it is, may still be run again. */
export function mayRunAgain(event: EventState, cause: GiveUpCause | null, snapshot: Snapshot): boolean {
  const { kind } = judgeFailure(event, cause, snapshot);
  return kind === 'ask' || kind === 'wait' || kind === 'retry';
}

/** When a held target fails by itself: the deployment's own time goes on meanwhile. */
export function decisionDeadline(until: Instant, snapshot: Snapshot): Instant {
  return Math.min(until, deploymentDeadline(snapshot));
}

/** Somebody would be asked, or is, and no answer could save the deployment: too many others have failed for good. */
export function isAskedInVain(snapshot: Snapshot, courses: readonly Course[], openStage: number): boolean {
  const { stages = [] } = snapshot.deployment;
  if (!courses.some((course) => course.held !== null)) return false;
  // As if every one of them had been saved.
  const atBest = courses.map((course): Course => (course.held === null ? course : { ...course, held: null }));
  return findHalt(snapshot, countFleet(atBest), { stage: stages[openStage] ?? null, count: countStage(atBest, openStage) }) !== null;
}

/** The snapshot of a deployment in which nobody is asked any more. */
export function askingNobody(snapshot: Snapshot): Snapshot {
  return { ...snapshot, deployment: { ...snapshot.deployment, decideWithinMs: null } };
}
