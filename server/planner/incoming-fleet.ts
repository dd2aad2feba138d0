// The fleet that comes in. Green ones are installed in waves of the minimum, are ready together, and come into rotation in
// waves again: the first failures count against the first waves, and the second ones against the second. Blue ones that
// come back need no waves: nothing is taken out of service meanwhile, and everybody waits for them.

import type { Action } from './actions.ts';
import type { BlueGreenState } from './blue-green-state.ts';
import { countFleet, type Course } from './course.ts';
import { eventsFor, eventsQuestion } from './event-order.ts';
import { leastServing, mayHoldBack, roomToReroute } from './fleet-serving.ts';
import { roomToStart } from './healthy-hosts.ts';
import { rerouteTarget, startTarget } from './next-event.ts';
import type { OnceLedger } from './once.ts';
import { type Outcome, tooManyFailed } from './outcome.ts';
import { greenServes, notContinued } from './sentences.ts';
import { beforeAny, type Shift, type ShiftHold } from './traffic-shift.ts';
import type { Instant, Snapshot } from './snapshot.ts';

export interface Entry {
  readonly actions: readonly Action[];
  /** Those that the plan changes. */
  readonly courses: readonly Course[];
  readonly outcome: Outcome | null;
  /** Null once all of it that could come is in rotation. */
  readonly step: EntryStep | null;
}

export type EntryStep = ShiftHold | { readonly kind: 'incoming' | 'over' } | { readonly kind: 'ready'; readonly since: Instant; readonly until: Instant };

export function enter(snapshot: Snapshot, fleet: readonly Course[], state: BlueGreenState, once: OnceLedger): Entry {
  if (state.direction === 'back') return comeBack(snapshot, fleet);
  const { pending, inFlight, ready, failed: lost } = countFleet(fleet);
  if (lost > (snapshot.deployment.mayFail ?? Infinity)) return inFlight > 0 ? underWay([]) : failed(fleet);
  if (pending > 0) return install(snapshot, fleet);
  if (state.continuedAt !== null) return admit(snapshot, fleet, once, snapshot.deployment.status === 'Ready' ? [{ kind: 'Reroute' }] : []);
  if (inFlight > 0) return underWay([]);
  return ready === 0 ? failed(fleet) : waitForWord(snapshot, state, (note) => admit(snapshot, fleet, once, note));
}

function install(snapshot: Snapshot, fleet: readonly Course[]): Entry {
  const count = countFleet(fleet);
  const pending = fleet.filter(({ status }) => status === 'Pending');
  const inTheWay = pending.filter(({ target }) => !mayHoldBack(target, snapshot)).map(({ target }) => target.targetId);
  const room = inTheWay.length > 0 ? 0 : Math.max(0, roomToStart(count, snapshot.deployment.minimumHealthyHosts));
  const started = start(snapshot, pending.slice(0, room));
  if (count.inFlight + started.length > 0) return underWay(started);
  if (inTheWay.length === 0) return failed(fleet);
  return { actions: [], courses: [], outcome: { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: greenServes(inTheWay.toSorted(), leastServing(snapshot)) } }, step: { kind: 'over' } };
}

function comeBack(snapshot: Snapshot, fleet: readonly Course[]): Entry {
  const shift = beforeAny(snapshot);
  if (isHeld(shift)) return heldBy(shift, []);
  const started = start(snapshot, fleet.filter(({ status }) => status === 'Pending'));
  const { inFlight } = countFleet(fleet);
  const entry = inFlight + started.length > 0 ? underWay(started) : { actions: [], courses: [], outcome: null, step: null };
  return { ...entry, actions: [...shift.actions, ...entry.actions] };
}

/** In rotation, but first without a share of the traffic where it moves by shares. */
function admit(snapshot: Snapshot, fleet: readonly Course[], once: OnceLedger, before: readonly Action[]): Entry {
  const shift = beforeAny(snapshot);
  return isHeld(shift) ? heldBy(shift, before) : reroute(snapshot, fleet, once, [...before, ...shift.actions]);
}

function isHeld({ hold, outcome }: Shift): boolean {
  return hold !== null || outcome !== null;
}

function heldBy({ actions, hold, outcome }: Shift, before: readonly Action[]): Entry {
  return { actions: [...before, ...actions], courses: [], outcome, step: hold ?? { kind: 'over' } };
}

/** As many of those that are ready as there is room for, one after another: one that fails at once makes no room. */
function reroute(snapshot: Snapshot, fleet: readonly Course[], once: OnceLedger, before: readonly Action[]): Entry {
  const tried: Course[] = [];
  let after = fleet;
  for (const course of fleet.filter(({ status }) => status === 'Ready')) {
    const waiting = tried.filter(({ status }) => status === 'Ready').length;
    if (roomToReroute(snapshot, after) - waiting <= 0) break;
    const rerouted = rerouteTarget(course.target, snapshot, once);
    tried.push(rerouted);
    after = after.map((other) => (other === course ? rerouted : other));
  }
  const actions = [...before, ...tried.flatMap((course) => course.actions)];
  const { inFlight, ready } = countFleet(after);
  if (inFlight > 0 || tried.some(({ status }) => status === 'Ready')) return { actions, courses: tried, outcome: null, step: { kind: 'incoming' } };
  return ready > 0 ? { ...failed(after), actions, courses: tried } : { actions, courses: tried, outcome: null, step: null };
}

/** The green fleet is ready: who says that it gets the traffic? */
function waitForWord({ now }: Snapshot, { readyAt, readyAction, readyWaitMs }: BlueGreenState, goOn: (note: readonly Action[]) => Entry): Entry {
  const waits = readyAction === 'STOP_DEPLOYMENT';
  const note: readonly Action[] = readyAt === null ? [{ kind: 'NoteReady', waits }] : [];
  if (!waits) return goOn(note);
  const since = readyAt ?? now;
  const until = since + readyWaitMs;
  if (now < until) return { actions: note, courses: [], outcome: null, step: { kind: 'ready', since, until } };
  return { actions: note, courses: [], outcome: { status: 'Stopped', error: { code: 'TIMEOUT', message: notContinued(readyWaitMs) } }, step: { kind: 'over' } };
}

function start(snapshot: Snapshot, pending: readonly Course[]): readonly Course[] {
  return pending.map(({ target }) => startTarget(target, eventsFor(eventsQuestion(snapshot.deployment), target.label), snapshot));
}

function underWay(started: readonly Course[]): Entry {
  return { actions: started.flatMap((course) => course.actions), courses: started, outcome: null, step: { kind: 'incoming' } };
}

function failed(fleet: readonly Course[]): Entry {
  return { actions: [], courses: [], outcome: { status: 'Failed', error: tooManyFailed(fleet, null) }, step: { kind: 'over' } };
}
