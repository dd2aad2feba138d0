// By which shares the fleet that comes in gets the traffic, between the moment when it may have it and the one when the
// other fleet leaves:
//
//   let in without any --> the first share: asked --seen at every router--> watched --> the next ... --> 100 --> the other leaves
//
// What is asked for follows from who is in service now, so it is asked for anew whenever that changes; nothing goes on while it
// is not seen. Whatever ends the deployment before the other fleet leaves lets all of the traffic return to that: see
// ./traffic-return.ts. A way back, which nobody watches, has one step.

import type { Action } from './actions.ts';
import type { TrafficStep } from './blue-green-state.ts';
import type { Course } from './course.ts';
import { deploymentDeadline } from './deadlines.ts';
import { fleetServes, type FleetServing } from './fleet-serving.ts';
import { type Outcome, tooManyFailed } from './outcome.ts';
import { isWeighed } from './routes.ts';
import { sharesRefused, sharesUnseen, tooFewServing } from './sentences.ts';
import { type Fleets, type Portion, type UnseenWeight, weightsFor, weightsToSet, weightsUnseen } from './shares.ts';
import type { Instant, Snapshot, TargetState } from './snapshot.ts';
import type { RouteState } from './traffic-state.ts';
import { notBeforeAFreshLook } from './traffic.ts';

/** Of the step it is at; null where it is behind all of them. */
export type ShiftHold =
  | { readonly kind: 'unseen'; readonly place: StepPlace; readonly since: Instant; readonly deadline: Instant; readonly lookAt: Instant; readonly unseen: readonly UnseenWeight[] }
  | { readonly kind: 'baking'; readonly place: StepPlace; readonly since: Instant; readonly until: Instant }
  | { readonly kind: 'unserved'; readonly serving: FleetServing };

export interface StepPlace {
  readonly share: number;
  /** From 1; 0: before the first. */
  readonly step: number;
  readonly of: number;
}

export interface Shift {
  readonly actions: readonly Action[];
  readonly hold: ShiftHold | null;
  /** It cannot go on. */
  readonly outcome: Outcome | null;
}

const through: Shift = { actions: [], hold: null, outcome: null };
/** A check that fails now and then has not failed yet. */
const unhealthyMs = 10_000;

/** Empty where traffic moves at once. With nobody to share with at some router, or no router that could, there is nothing to divide. */
export function stepsOf({ deployment, targets }: Snapshot): readonly TrafficStep[] {
  const { trafficSteps = [], direction } = deployment.blueGreen ?? { direction: 'forward' };
  const canWeigh = direction === 'forward' || targets.every(({ routes = [] }) => routes.every((route) => (route.weighs ?? null) !== null));
  const outgoing = targets.filter(({ label }) => label === (direction === 'forward' ? 'Blue' : 'Green'));
  const routers = new Set(targets.flatMap(({ routes = [] }) => routes.map(({ router }) => router)));
  const isServed = (router: string): boolean => outgoing.some(({ events, routes = [] }) => events.length > 0 || routes.some((route) => route.router === router && route.wanted !== 'Blocked'));
  return canWeigh && outgoing.length > 0 && [...routers].every(isServed) ? trafficSteps : [];
}

export function fleetsOf({ deployment, targets }: Snapshot): Fleets {
  const label = deployment.blueGreen?.direction === 'back' ? 'Blue' : 'Green';
  return { incoming: targets.filter((target) => target.label === label), outgoing: targets.filter((target) => target.label !== label) };
}

/** Before the first of the fleet comes into rotation: it must be seen that it would get nothing. */
export function beforeAny(snapshot: Snapshot): Shift {
  const shift = snapshot.deployment.blueGreen?.shift ?? null;
  if (stepsOf(snapshot).length === 0 || (shift !== null && (shift.step >= 0 || shift.seenAt !== null))) return through;
  const begin: readonly Action[] = shift === null ? [{ kind: 'ShiftTraffic', step: -1 }] : [];
  const asked = ask(snapshot, -1, shift?.askedAt ?? snapshot.now, null);
  const actions = [...begin, ...asked.actions];
  return asked.hold === null && asked.outcome === null ? { ...through, actions: [...actions, { kind: 'NoteShare', step: -1 }] } : { ...asked, actions };
}

/** All of the fleet that could come is in rotation. `incoming`: how it stands. */
export function shiftTraffic(snapshot: Snapshot, incoming: readonly Course[]): Shift {
  const steps = stepsOf(snapshot);
  const shift = snapshot.deployment.blueGreen?.shift ?? null;
  if (steps.length === 0 || shift === null) return through;
  const serving = fleetServes(snapshot, incoming);
  const fleets = { ...fleetsOf(snapshot), incoming: incoming.map(({ target, status }) => (status === 'Succeeded' ? target : asKeptOut(target))) };
  const actions: Action[] = [];
  let { step, askedAt, seenAt } = shift;
  for (;;) {
    const now = steps[step];
    if (now !== undefined) {
      const asked = ask(snapshot, step, askedAt, seenAt, fleets);
      actions.push(...asked.actions);
      const lacking = asked.outcome === null ? whoLacks(snapshot, incoming, serving) : null;
      if (lacking !== null && (asked.hold?.kind !== 'unseen' || lacking.hold?.kind !== 'unserved')) return { ...lacking, actions };
      if (lacking?.hold?.kind === 'unserved' && asked.hold?.kind === 'unseen') return { ...asked, actions, hold: { ...asked.hold, lookAt: Math.min(asked.hold.lookAt, lacking.hold.serving.until) } };
      if (asked.hold !== null || asked.outcome !== null) return { ...asked, actions };
      if (seenAt === null) {
        seenAt = snapshot.now;
        actions.push({ kind: 'NoteShare', step });
      }
      const until = seenAt + now.bakeMs;
      if (snapshot.now < until) return { actions, outcome: null, hold: { kind: 'baking', place: placeOf(steps, step), since: seenAt, until } };
      if (step === steps.length - 1) return { ...through, actions };
    }
    step += 1;
    [askedAt, seenAt] = [snapshot.now, null];
    actions.push({ kind: 'ShiftTraffic', step });
  }
}

/** Whoever has failed carries nothing, be it that only this plan says so: with that a router is asked anew. */
function asKeptOut(target: TargetState): TargetState {
  return { ...target, routes: (target.routes ?? []).map((route) => (route.wanted === 'Blocked' ? route : { ...route, wanted: 'Blocked', trouble: null })) };
}

/** Whether the routers share as the step wants it; asks them where they were not asked. */
function ask(snapshot: Snapshot, step: number, askedAt: Instant, seenAt: Instant | null, fleets = fleetsOf(snapshot)): Shift {
  const steps = stepsOf(snapshot);
  const { actions, unseen, refused } = askFor(snapshot, steps[step]?.share ?? 0, fleets);
  if (refused !== null) return { actions, hold: null, outcome: { status: 'Failed', error: { code: 'ELASTIC_LOAD_BALANCING_INVALID', message: sharesRefused(refused.route) } } };
  if (unseen.length === 0) return { ...through, actions };
  // What was seen once and is not now may take as long as the deployment.
  const own = seenAt === null ? notBeforeAFreshLook(askedAt + (snapshot.deployment.traffic?.serveMs ?? 0), snapshot) : Infinity;
  if (snapshot.now >= own) return { actions, hold: null, outcome: { status: 'Failed', error: { code: 'ELASTIC_LOAD_BALANCING_INVALID', message: sharesUnseen(unseen) } } };
  const deadline = Math.min(own, deploymentDeadline(snapshot));
  return { actions, outcome: null, hold: { kind: 'unseen', place: placeOf(steps, step), since: askedAt, deadline, lookAt: deadline, unseen } };
}

export interface Asked {
  readonly actions: readonly Action[];
  /** Once they are asked. */
  readonly unseen: readonly UnseenWeight[];
  /** One that will not be, for good. */
  readonly refused: UnseenWeight | null;
}

export function askFor(snapshot: Snapshot, portion: Portion, fleets = fleetsOf(snapshot), isSeen: typeof isWeighed = isWeighed): Asked {
  const wanted = weightsFor(fleets, portion);
  const weights = weightsToSet(fleets, wanted);
  const isAskedNow = ({ targetId, route }: UnseenWeight): boolean => weights.some((one) => one.targetId === targetId && one.router === route.router);
  // Whatever it had against what was asked before.
  const unseen = weightsUnseen(fleets, wanted, snapshot, isSeen).map((one) => (isAskedNow(one) ? { ...one, route: { ...one.route, trouble: null } } : one));
  const refused = unseen.find(({ route }) => route.trouble?.isFinal === true);
  return { actions: weights.length === 0 ? [] : [{ kind: 'SetWeights', weights }], unseen, refused: refused ?? null };
}

/** Too few of those that came in are in service: waited for as long as a check may be wrong. Null: enough are. */
function whoLacks(snapshot: Snapshot, incoming: readonly Course[], serving: FleetServing): Pick<Shift, 'hold' | 'outcome'> | null {
  if (!serving.isWithinReach) return { hold: null, outcome: { status: 'Failed', error: tooManyFailed(incoming, null) } };
  if (serving.isEnough) return null;
  const foundAt = serving.missing.map((target) => unhealthySince(target, snapshot)).filter((since) => since !== null).toSorted((a, b) => a - b);
  // As many as may be missing are; the next one decides.
  const spare = serving.serving + serving.missing.length - serving.required;
  const until = (foundAt[spare] ?? Infinity) + unhealthyMs;
  if (snapshot.now >= until) return { hold: null, outcome: { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: tooFewServing(serving.missing) } } };
  return { hold: { kind: 'unserved', serving: { ...serving, until: Math.min(until, deploymentDeadline(snapshot)) } }, outcome: null };
}

/** Since when a router that can be asked, and has been seen since it was, does not find it in service; null: none says so. */
function unhealthySince({ routes = [] }: TargetState, { listeningSince = -Infinity }: Snapshot): Instant | null {
  const isSeenSince = (observedAt: Instant, { takenAt, wanted }: Pick<NonNullable<RouteState['weight']>, 'takenAt' | 'wanted'>): boolean => wanted === null || (takenAt !== null && observedAt >= takenAt);
  const found = routes.filter(({ state, trouble, takenAt, observedAt, weight }) => state !== 'InService' && state !== null && state !== 'Unknown' && trouble === null && takenAt !== null && observedAt !== null && observedAt >= Math.max(takenAt, listeningSince) && (weight === undefined || isSeenSince(observedAt, weight)));
  return found.length === 0 ? null : Math.min(...found.map(({ since, takenAt }) => Math.max(since ?? 0, takenAt ?? 0)));
}

function placeOf(steps: readonly TrafficStep[], step: number): StepPlace {
  return { share: steps[step]?.share ?? 0, step: step + 1, of: steps.length };
}
