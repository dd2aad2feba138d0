// From one fleet to another. Forward, in this order, each step begun only when the one before is over:
//
//   install green in waves --> ready (wait for a word, or go on) --> green into rotation in waves --> blue out of rotation
//     --> blue is kept for a time --> released, or left --> Succeeded
//
// Where traffic moves by shares, they come between green in rotation and blue out of it: ./traffic-shift.ts.
//
// Back, after a deployment forward that had moved traffic: blue into rotation --> green out of it --> Succeeded. Whichever
// way it goes, the fleet that serves is not taken out before the other one is seen to serve; from that moment on the other
// one is the group. A stop ends what is not under way; what was let into rotation stays there, unless there is a way back.

import type { Action } from './actions.ts';
import type { BlueGreenState } from './blue-green-state.ts';
import { countFleet, type Course } from './course.ts';
import { deploymentDeadline } from './deadlines.ts';
import { eventsFor, eventsQuestion } from './event-order.ts';
import { fleetServes } from './fleet-serving.ts';
import { enter, type EntryStep } from './incoming-fleet.ts';
import { leaveReady, moveOn, startTarget } from './next-event.ts';
import { OnceLedger } from './once.ts';
import { type Outcome, tooManyFailed, whyCutShort } from './outcome.ts';
import { fleetNotOut, tooFewServing } from './sentences.ts';
import type { Snapshot } from './snapshot.ts';
import { inOrder } from './target-order.ts';
import { hasShared, type ReturnHold, returnTraffic } from './traffic-return.ts';
import { askFor, shiftTraffic } from './traffic-shift.ts';

export interface Walk {
  readonly actions: readonly Action[];
  /** How every target stands once they are written. */
  readonly courses: readonly Course[];
  /** Null while the deployment goes on. */
  readonly outcome: Outcome | null;
  readonly step: Step;
}

/** What it is at, for those who ask why it is not further along. */
export type Step =
  | EntryStep
  | { readonly kind: 'outgoing' }
  | { readonly kind: 'kept'; readonly since: number; readonly until: number }
  | { readonly kind: 'returning'; readonly hold: ReturnHold };

const over: Step = { kind: 'over' };

export function walkBlueGreen(snapshot: Snapshot): Walk {
  const once = new OnceLedger(snapshot);
  const moved = inOrder(snapshot.targets).map((target) => moveOn(target, snapshot, once));
  const before = moved.flatMap((course) => course.actions);
  const cutShort = whyCutShort(snapshot, moved);
  const decided = cutShort ?? decidedToReturn(snapshot);
  const isBusy = countFleet(moved).inFlight > 0;
  const walk: Walk = decided === null ? moveFleets(snapshot, moved, once) : { actions: [], courses: moved, outcome: isBusy ? null : decided, step: over };
  const bad = decided ?? (walk.outcome?.status === 'Succeeded' ? null : walk.outcome);
  if (bad !== null && hasShared(snapshot)) return leaveAsItWas(snapshot, { ...walk, actions: [...before, ...walk.actions] }, bad, isBusy);
  if (walk.outcome === null) return { ...walk, actions: [...before, ...walk.actions] };
  return withoutReady(snapshot, { ...walk, actions: [...before, ...walk.actions, ...(bad === null ? [] : wholeAgain(snapshot))] });
}

/** Whoever is ready has no turn any more. */
function withoutReady(snapshot: Snapshot, walk: Walk): Walk {
  const left = walk.courses.filter(({ status }) => status === 'Ready').map(({ target }) => leaveReady(target, snapshot));
  return { ...walk, actions: [...walk.actions, ...left.flatMap((course) => course.actions)], courses: replaced(walk.courses, left) };
}

function decidedToReturn({ deployment }: Snapshot): Outcome | null {
  const { returning = null } = deployment.blueGreen ?? {};
  return returning === null ? null : { status: returning.status, error: returning.error };
}

/** The traffic returns first; whatever else the walk had asked of the routers' shares is not asked. That nobody new would get any was seen all the same. */
function leaveAsItWas(snapshot: Snapshot, walk: Walk, outcome: Outcome, isBusy: boolean): Walk {
  const back = returnTraffic(snapshot, outcome, isBusy, walk.actions);
  const actions = [...walk.actions.filter((action) => action.kind !== 'SetWeights' && action.kind !== 'ShiftTraffic' && !(action.kind === 'NoteShare' && action.step >= 0)), ...back.actions];
  if (back.kind === 'wait') return { ...walk, actions, outcome: null, step: { kind: 'returning', hold: back.hold } };
  return withoutReady(snapshot, { ...walk, actions, outcome: back.outcome });
}

/** It ends while the other fleet leaves, or after that. */
function wholeAgain(snapshot: Snapshot): readonly Action[] {
  return (snapshot.deployment.blueGreen?.shift ?? null) === null ? [] : askFor(snapshot, { full: 'incoming' }).actions;
}

/** The steps of a deployment that nothing cuts short. */
function moveFleets(snapshot: Snapshot, moved: readonly Course[], once: OnceLedger): Walk {
  const state = snapshot.deployment.blueGreen;
  if (state === undefined) throw new Error(`${snapshot.deployment.deploymentId} goes from no fleet to another.`);
  const [incoming, outgoing] = state.direction === 'forward' ? (['Green', 'Blue'] as const) : (['Blue', 'Green'] as const);
  const isIncoming = (course: Course): boolean => course.target.label === incoming;
  const entry = enter(snapshot, moved.filter(isIncoming), state, once);
  const courses = replaced(moved, entry.courses);
  if (entry.step !== null) return { ...entry, step: entry.step, courses };

  const leaving = courses.filter((course) => !isIncoming(course));
  let before = entry.actions;
  if (leaving.every(({ status }) => status === 'Pending')) {
    const shift = shiftTraffic(snapshot, courses.filter(isIncoming));
    before = [...before, ...shift.actions];
    if (shift.outcome !== null || shift.hold !== null) return { actions: before, courses, outcome: shift.outcome, step: shift.hold ?? over };
    const serving = fleetServes(snapshot, courses.filter(isIncoming));
    const unserved = { actions: before, courses, step: { kind: 'unserved' as const, serving } };
    if (!serving.isWithinReach) return { ...unserved, outcome: { status: 'Failed', error: tooManyFailed(courses.filter(isIncoming), null) } };
    if (!serving.isEnough && snapshot.now < serving.until) return { ...unserved, outcome: null };
    if (!serving.isEnough) return { ...unserved, outcome: { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: tooFewServing(serving.missing) } } };
  }
  const started = leaving.filter(({ status }) => status === 'Pending').map(({ target }) => startTarget(target, eventsFor(eventsQuestion(snapshot.deployment), target.label), snapshot));
  const isFirst = leaving.length === 0 || started.length > 0;
  const after = replaced(courses, started);
  const actions: readonly Action[] = [...before, ...(isFirst ? [{ kind: 'MoveGroup' as const, to: incoming }] : []), ...started.flatMap((course) => course.actions)];
  const out = after.filter((course) => !isIncoming(course));
  if (countFleet(out).inFlight > 0) return { actions, courses: after, outcome: null, step: { kind: 'outgoing' } };
  const stuck = out.filter(({ status }) => status === 'Failed' || status === 'Unknown').map(({ target }) => target.targetId);
  if (stuck.length > 0) return { actions, courses: after, outcome: { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: fleetNotOut(stuck.toSorted(), outgoing) } }, step: over };
  return keep(snapshot, state, { actions, courses: after });
}

/** Traffic has moved, and the other fleet is out of rotation: it is kept for a time, so that there is a way back. */
function keep(snapshot: Snapshot, state: BlueGreenState, { actions: before, courses }: Pick<Walk, 'actions' | 'courses'>): Walk {
  const { now } = snapshot;
  const actions = [...before, ...wholeAgain(snapshot)];
  const blue = courses.filter(({ target }) => target.label === 'Blue').map(({ target }) => target.targetId).toSorted();
  const success: Outcome = { status: 'Succeeded', error: null };
  if (state.direction === 'back' || blue.length === 0) return { actions, courses, outcome: success, step: over };
  const since = state.movedAt ?? now;
  const until = Math.min(since + state.terminationWaitMs, deploymentDeadline(snapshot));
  const note: readonly Action[] = state.terminationWaitMs > 0 && state.movedAt === null ? [{ kind: 'NoteMoved' }] : [];
  if (now < until && state.terminationSkippedAt === null) return { actions: [...actions, ...note], courses, outcome: null, step: { kind: 'kept', since, until } };
  return { actions: [...actions, ...note, ...(state.releases ? [{ kind: 'ReleaseInstances' as const, targetIds: blue }] : [])], courses, outcome: success, step: over };
}

function replaced(courses: readonly Course[], by: readonly Course[]): readonly Course[] {
  const byTarget = new Map(by.map((course) => [course.target, course]));
  return courses.map((course) => byTarget.get(course.target) ?? course);
}
