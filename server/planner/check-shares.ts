// Eleventh part of `check.ts`: shares of the traffic. Written from the promises (the fleet that comes in never gets more than its
// step, nobody is ever left without a member to serve, nothing goes on unseen, what ends badly returns first, and in the end
// every weight is whole), not from `shares.ts`: it adds up what is asked for, whoever worked that out.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from './actions.ts';
import type { TrafficStep } from './blue-green-state.ts';
import { whyNothingNew } from './check-facts.ts';
import { fleetOf, serving } from './check-fleet-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import { toChange } from './check-targets.ts';
import { fleetState, incomingLabel, isBetweenFleets, leastInService } from './check-two-fleets.ts';
import type { Instant, Snapshot } from './snapshot.ts';
import type { RouteState } from './traffic-state.ts';

export type ShareStep = Extract<Action, { readonly kind: 'ShiftTraffic' | 'SetWeights' | 'NoteShare' | 'ReturnTraffic' | 'LeaveRotation' }>;

const returnMs = 600_000;
const graceMs = 60_000;
const flapMs = 10_000;

/** Those that count; none where nobody is there to share with. */
export function sharesOf(snapshot: Snapshot): readonly TrafficStep[] {
  if (!isBetweenFleets(snapshot)) return [];
  const { trafficSteps, direction } = fleetState(snapshot);
  const others = snapshot.targets.filter(({ label }) => label !== incomingLabel(snapshot));
  const cannot = direction === 'back' && snapshot.targets.some(({ routes = [] }) => routes.some(({ weighs }) => weighs !== 'member' && weighs !== 'group'));
  const served = others.flatMap(({ events, routes = [] }) => routes.filter(({ wanted }) => events.length > 0 || wanted !== 'Blocked').map(({ router }) => router));
  const isAnyUnserved = snapshot.targets.some(({ routes = [] }) => routes.some(({ router }) => !served.includes(router)));
  return others.length === 0 || cannot || isAnyUnserved ? [] : (trafficSteps ?? []);
}

interface Way {
  readonly targetId: string;
  readonly isIncoming: boolean;
  readonly route: RouteState;
}

function waysOf(snapshot: Snapshot, targets: Iterable<{ readonly targetId: string; readonly label?: 'Blue' | 'Green'; readonly routes?: readonly RouteState[] }>): readonly Way[] {
  return [...targets].flatMap(({ targetId, label, routes = [] }) => routes.map((route) => ({ targetId, isIncoming: label === incomingLabel(snapshot), route })));
}

/** Some router may share the traffic, and the fleet that has it has not begun to leave. */
export function mayShare(snapshot: Snapshot, after: Replayed): boolean {
  const others = isBetweenFleets(snapshot) ? [...after.targets.values()].filter(({ label }) => label !== incomingLabel(snapshot)) : [];
  return sharesOf(snapshot).length > 0 && after.fleets.shift !== null && others.every(({ events }) => events.length === 0);
}

function isSeenAt(route: RouteState, wanted: number, snapshot: Snapshot): boolean {
  return route.trouble === null && wasSeenAt(route, wanted, snapshot);
}

function wasSeenAt({ weight, observedAt }: RouteState, wanted: number, { listeningSince }: Snapshot): boolean {
  if (weight === undefined || weight.takenAt === null || observedAt === null) return false;
  return weight.wanted === wanted && weight.seen === wanted && weight.takenAt <= observedAt && (listeningSince === undefined || listeningSince <= observedAt);
}

/** Every router is seen to do as it was last asked. */
function areSeen(snapshot: Snapshot, after: Replayed): boolean {
  return waysOf(snapshot, after.targets.values()).every(({ route }) => !route.weighs || (typeof route.weight?.wanted === 'number' && isSeenAt(route, route.weight.wanted, snapshot)));
}

/** As it was before the plan. */
function hasReturned(snapshot: Snapshot): boolean {
  return waysOf(snapshot, snapshot.targets).every(({ isIncoming, route }) => !route.weighs || wasSeenAt(route, isIncoming ? 0 : 100, snapshot));
}

/** Nothing more is to be waited for before the deployment ends badly. */
export function isReturnOver(snapshot: Snapshot): boolean {
  const { returning } = fleetState(snapshot);
  if (hasReturned(snapshot)) return true;
  const isRefused = waysOf(snapshot, snapshot.targets).some(({ isIncoming, route }) => route.trouble?.isFinal === true && route.weight?.wanted === (isIncoming ? 0 : 100) && !wasSeenAt(route, isIncoming ? 0 : 100, snapshot));
  return isRefused || (returning !== null && returning !== undefined && snapshot.now >= returnUntil(returning.at, snapshot));
}

function returnUntil(since: Instant, snapshot: Snapshot): Instant {
  const own = since + Math.min(returnMs, snapshot.deployment.traffic?.serveMs ?? returnMs);
  return snapshot.listeningSince === undefined ? own : Math.max(own, snapshot.listeningSince + graceMs);
}

/** Action by action, while a plan is replayed. */
export function replayShare(action: ShareStep, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const steps = sharesOf(snapshot);
  if (steps.length === 0) return complain(`${action.kind} is no step of this deployment, which moves traffic at once.`);
  const { shift } = after.fleets;
  switch (action.kind) {
    case 'ShiftTraffic': {
      const reason = whyNothingNew(snapshot, after);
      if (reason !== null) complain(`Traffic is to be shared although ${reason}.`);
      if (after.fleets.returning !== null) complain('Traffic is to be shared although it returns.');
      if (fleetState(snapshot).direction === 'forward' && after.fleets.continuedAt === null) complain('Traffic is to be shared although nobody said that it may move.');
      if (action.step !== (shift === null ? -1 : shift.step + 1) || action.step >= steps.length) complain(`Traffic is shared by step ${action.step} after ${shift?.step ?? 'none'}.`);
      if (shift !== null && (shift.seenAt === null || snapshot.now < shift.seenAt + (steps[shift.step]?.bakeMs ?? 0))) complain(`Step ${shift.step} is left before it was seen and watched for its time.`);
      after.fleets.shift = { step: action.step, askedAt: snapshot.now, seenAt: null };
      return;
    }
    case 'SetWeights':
      for (const { targetId, router, weight } of action.weights) {
        const target = toChange(after, targetId);
        const route = target?.routes.find((one) => one.router === router);
        if (target === undefined || route === undefined) complain(`${targetId} is weighed at ${router}, which does not know it.`);
        else {
          if (!Number.isInteger(weight) || weight < 0 || weight > 100) complain(`${targetId} is to weigh ${weight} at ${router}.`);
          if (route.weight?.wanted === weight) complain(`${targetId} is asked to weigh ${weight} at ${router} a second time.`);
          target.routes = target.routes.map((one) => (one === route ? { ...one, trouble: null, weight: { seen: one.weight?.seen ?? null, wanted: weight, askedAt: snapshot.now, takenAt: null } } : one));
        }
      }
      return;
    case 'NoteShare':
      if (shift?.step !== action.step || shift.seenAt !== null) complain(`Step ${action.step} is seen, which it is not at, or a second time.`);
      if (!areSeen(snapshot, after)) complain(`Step ${action.step} counts as seen, and not every router is seen to share so.`);
      if (shift !== null) after.fleets.shift = { ...shift, seenAt: snapshot.now };
      return;
    case 'ReturnTraffic':
      if (after.fleets.returning !== null || !mayShare(snapshot, after)) complain('Traffic returns a second time, or from where it never was.');
      if (action.error.message === '') complain('Traffic returns without a word.');
      after.fleets.returning = { at: snapshot.now, status: action.status, error: action.error };
      return;
    case 'LeaveRotation':
      if (!hasReturned(snapshot)) complain('Instances are taken out of rotation before all of the traffic is seen to have returned.');
      if (action.targetIds.some((id) => after.targets.get(id)?.label !== incomingLabel(snapshot))) complain('Instances are taken out of rotation that have the traffic.');
      for (const id of action.targetIds) {
        const target = toChange(after, id);
        if (target !== undefined) target.routes = target.routes.map((route) => ({ ...route, wanted: 'Blocked', isKeptOut: true }));
        after.fleets.left.push(id);
      }
  }
}

/** With the whole plan carried out. */
export function checkShares(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  const steps = sharesOf(snapshot);
  if (steps.length === 0) return;
  const comesIn = plan.actions.filter((action) => action.kind === 'AllowTraffic' && after.targets.get(action.targetId)?.label === incomingLabel(snapshot));
  if (comesIn.length > 0 && isAdmissionHeld(snapshot, after)) complain('Instances come into rotation before it is seen that they would get no traffic.');
  if (after.finish !== null) return checkLeft(snapshot, plan, after, complain);
  const leaving = after.started.some((id) => after.targets.get(id)?.label !== incomingLabel(snapshot));
  if (leaving && !areThrough(snapshot, after)) complain('The fleet that has the traffic leaves before all of it is seen to have moved.');
  if (!mayShare(snapshot, after)) return;
  checkSums(snapshot, steps, after, complain);
  if (whyNothingNew(snapshot, after) === null && after.fleets.returning === null) checkMoves(snapshot, steps, after, complain);
}

/** Of what is asked for, at each router, of those that get requests there. */
function checkSums(snapshot: Snapshot, steps: readonly TrafficStep[], after: Replayed, complain: Complain): void {
  const ways = waysOf(snapshot, after.targets.values()).filter(({ route }) => route.weighs === 'member' || route.weighs === 'group');
  const share = after.fleets.returning === null ? (steps[after.fleets.shift?.step ?? -1]?.share ?? 0) : 0;
  for (const router of new Set(ways.map(({ route }) => route.router))) {
    const here = ways.filter(({ route }) => route.router === router);
    if (here.some(({ route }) => typeof route.weight?.wanted !== 'number')) complain(`Not everybody is weighed at ${router}.`);
    const [own, others] = [true, false].map((isIncoming) => weightOf(here.filter((way) => way.isIncoming === isIncoming)));
    if (own === undefined || others === undefined) continue;
    if (own.all + others.all === 0) complain(`Nobody would get requests from ${router}.`);
    if (share === 0 ? own.highest > 0 : own.serving * (100 - share) > others.serving * share) complain(`At ${router} the fleet that comes in would get ${own.serving} of ${own.serving + others.serving}, which is more than ${share} percent.`);
    if (share > 0 && own.serving === 0) complain(`At ${router} the fleet that comes in would get nothing of ${share} percent.`);
  }
}

/** Of a group as a whole it is one weight. Where nobody is in service all count that could be. */
function weightOf(ways: readonly Way[]): { readonly all: number; readonly serving: number; readonly highest: number } {
  const weights = (some: readonly Way[]): number => {
    if (some.some(({ route }) => route.weighs === 'group')) return some[0]?.route.weight?.wanted ?? 0;
    return some.reduce((sum, { route }) => sum + (route.weight?.wanted ?? 0), 0);
  };
  const inRotation = ways.filter(({ route }) => route.wanted !== 'Blocked');
  const inService = inRotation.filter(({ route }) => route.state === 'InService');
  return { all: weights(inRotation), serving: weights(inService.length > 0 ? inService : inRotation), highest: ways.reduce((most, { route }) => Math.max(most, route.weight?.wanted ?? 0), 0) };
}

/** The last step is seen now, and was watched. */
export function areThrough(snapshot: Snapshot, after: Replayed): boolean {
  const steps = sharesOf(snapshot);
  const { shift } = after.fleets;
  if (steps.length === 0) return true;
  return shift !== null && shift.step === steps.length - 1 && shift.seenAt !== null && snapshot.now >= shift.seenAt + steps[shift.step]!.bakeMs && areSeen(snapshot, after);
}

/** Whether the fleet that comes in has yet to be seen to get no traffic, before it may come in. */
export function isAdmissionHeld(snapshot: Snapshot, after: Replayed): boolean {
  const { shift } = after.fleets;
  return sharesOf(snapshot).length > 0 && (shift === null || (shift.step < 0 && shift.seenAt === null));
}

function checkMoves(snapshot: Snapshot, steps: readonly TrafficStep[], after: Replayed, complain: Complain): void {
  const { shift } = after.fleets;
  if (shift === null || !areSeen(snapshot, after)) return;
  if (shift.seenAt === null && (shift.step < 0 || servesEnough(snapshot, after))) return complain(`Step ${shift.step} is seen, and that is not noted.`);
  if (shift.step >= 0 && shift.seenAt !== null && servesEnough(snapshot, after) && shift.step < steps.length - 1 && snapshot.now >= shift.seenAt + steps[shift.step]!.bakeMs) complain(`Step ${shift.step} was watched for its time, and no other begins.`);
}

function servesEnough(snapshot: Snapshot, after: Replayed): boolean {
  return serving(fleetOf(incomingLabel(snapshot), snapshot, after), snapshot).length >= leastInService(snapshot);
}

/** What a deployment that ends leaves at the routers. */
function checkLeft(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  if (after.fleets.shift === null) return;
  const isBack = after.finish?.status !== 'Succeeded' && mayShare(snapshot, after);
  if (isBack && !isReturnOver(snapshot)) complain('The deployment ends badly, and the traffic is not seen to have returned.');
  const isUnseen = isBack && !hasReturned(snapshot);
  for (const { targetId, isIncoming, route } of waysOf(snapshot, after.targets.values())) {
    const due = isUnseen ? (isIncoming ? 0 : 100) : route.weighs === 'member' ? 100 : null;
    if (due !== null && route.weighs && route.weight?.wanted !== due) complain(`${targetId} is left with the weight ${route.weight?.wanted ?? 'that it has'} at ${route.router}, and not with ${due}.`);
    const wasLetIn = snapshot.targets.some((target) => target.targetId === targetId && target.events.some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null));
    if (isBack && !isUnseen && isIncoming && wasLetIn && route.wanted !== 'Blocked') complain(`${targetId} stays in rotation although all of the traffic has returned.`);
  }
  if (!isBack && plan.actions.some(({ kind }) => kind === 'LeaveRotation')) complain('Instances are taken out of rotation from which no traffic has returned.');
}

/** As what it may end because of the shares; null where that is not for them to say; empty while it goes on. */
export function shareOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] | null {
  const steps = sharesOf(snapshot);
  const { shift } = after.fleets;
  if (steps.length === 0 || shift === null || !mayShare(snapshot, after)) return null;
  const incoming = fleetOf(incomingLabel(snapshot), snapshot, after);
  // What returns is asked for anew, and the trouble with what was asked before is not told any more.
  const ends = endsHere(snapshot, after);
  const asked = waysOf(snapshot, ends ? snapshot.targets : after.targets.values());
  const isRefused = asked.some(({ route }) => route.trouble?.isFinal === true);
  const isLate = shift.seenAt === null && (ends || !areSeen(snapshot, after)) && snapshot.now >= seenUntil(shift.askedAt, snapshot);
  const isAllIn = incoming.pending.length + incoming.running.length + incoming.ready.length === 0;
  if ((isRefused || isLate) && (shift.seenAt === null || shift.step >= 0 || isAllIn)) return ['Failed ELASTIC_LOAD_BALANCING_INVALID'];
  if (shift.step < 0 && (shift.seenAt === null || !isAllIn)) return shift.seenAt === null ? [] : null;
  if (incoming.done.length < leastInService(snapshot)) return null;
  if (!servesEnough(snapshot, after)) return snapshot.now >= lackingUntil(snapshot, after) ? ['Failed HEALTH_CONSTRAINTS'] : [];
  return areThrough(snapshot, after) ? null : [];
}

/** This very plan ends it, or begins to: what it asks for to that end is no ground for it. */
function endsHere(snapshot: Snapshot, after: Replayed): boolean {
  return after.finish !== null || (after.fleets.returning !== null && (fleetState(snapshot).returning ?? null) === null);
}

function seenUntil(askedAt: Instant, snapshot: Snapshot): Instant {
  const own = askedAt + (snapshot.deployment.traffic?.serveMs ?? 0);
  return snapshot.listeningSince === undefined ? own : Math.max(own, snapshot.listeningSince + graceMs);
}

/** When so many have been found unhealthy for so long that too few are left. */
function lackingUntil(snapshot: Snapshot, after: Replayed): Instant {
  const { done } = fleetOf(incomingLabel(snapshot), snapshot, after);
  const before = new Map(snapshot.targets.map((target) => [target.targetId, target]));
  const isStale = ({ weight, observedAt }: RouteState): boolean => weight !== undefined && weight.wanted !== null && (weight.takenAt === null || observedAt === null || observedAt < weight.takenAt);
  const isFound = (route: RouteState): boolean => isKnownBad(route) && !isStale(route);
  const isKnownBad = ({ state, trouble, takenAt, observedAt }: RouteState): boolean => trouble === null && !['InService', 'Unknown', ''].includes(state ?? '') && takenAt !== null && observedAt !== null && observedAt >= takenAt && (snapshot.listeningSince === undefined || observedAt >= snapshot.listeningSince);
  const sinces = done
    .filter((target) => !serving({ ...fleetOf(incomingLabel(snapshot), snapshot, after), done: [target] }, snapshot).includes(target))
    .flatMap(({ targetId, routes }) => {
      const grounds = endsHere(snapshot, after) ? (before.get(targetId)?.routes ?? []) : routes;
      const found = grounds.filter(isFound).map(({ since, takenAt }) => Math.max(since ?? 0, takenAt ?? 0));
      return found.length === 0 ? [] : [Math.min(...found)];
    })
    .sort((a, b) => a - b);
  const decisive = sinces[done.length - leastInService(snapshot)];
  return decisive === undefined ? Number.POSITIVE_INFINITY : decisive + flapMs;
}

/** When something changes by itself; null where nothing does, undefined where that is not for the shares to say. */
export function firstShareChange(snapshot: Snapshot, after: Replayed): Instant | null | undefined {
  const steps = sharesOf(snapshot);
  const { shift, returning } = after.fleets;
  if (steps.length === 0 || shift === null || !mayShare(snapshot, after)) return undefined;
  if (returning !== null) return returnUntil(returning.at, snapshot) > snapshot.now ? returnUntil(returning.at, snapshot) : null;
  if (!areSeen(snapshot, after)) return shift.seenAt === null ? seenUntil(shift.askedAt, snapshot) : null;
  if (shift.step < 0) return undefined;
  if (!servesEnough(snapshot, after)) return Number.isFinite(lackingUntil(snapshot, after)) ? lackingUntil(snapshot, after) : null;
  const until = (shift.seenAt ?? snapshot.now) + (steps[shift.step]?.bakeMs ?? 0);
  return snapshot.now < until ? until : undefined;
}

/** Whether a hold that the plan tells is so. */
export function isTrueOfShares(waiting: Extract<Waiting, { readonly reason: 'ShareUnseen' | 'ShareBaking' | 'TrafficReturning' }>, snapshot: Snapshot, after: Replayed): boolean {
  const steps = sharesOf(snapshot);
  const { shift, returning } = after.fleets;
  if (steps.length === 0 || shift === null) return false;
  if (waiting.reason === 'TrafficReturning') return waiting.since === returning?.at && waiting.until === returnUntil(returning.at, snapshot) && waiting.routers.every(({ targetIds }) => targetIds.every((id) => after.targets.has(id)));
  const isPlace = waiting.step === shift.step + 1 && waiting.of === steps.length && waiting.share === (steps[shift.step]?.share ?? 0) && returning === null;
  if (waiting.reason === 'ShareUnseen') return isPlace && waiting.since === shift.askedAt && !areSeen(snapshot, after) && waiting.routers.length > 0;
  return isPlace && waiting.since === shift.seenAt && waiting.until === waiting.since + (steps[shift.step]?.bakeMs ?? 0) && snapshot.now < waiting.until;
}

/** Whoever asks is told how far the shares are. */
export function checkSharesAreSaid(snapshot: Snapshot, waitingOn: readonly Waiting[], after: Replayed, complain: Complain): void {
  if (!mayShare(snapshot, after)) return;
  const isSaid = (...reasons: Waiting['reason'][]): boolean => waitingOn.some(({ reason }) => reasons.includes(reason));
  const { shift, returning } = after.fleets;
  if (returning !== null && !isSaid('TrafficReturning')) complain('The plan does not say that the traffic returns.');
  if (returning === null && shift !== null && (shift.step >= 0 || shift.seenAt === null) && !isSaid('ShareUnseen', 'ShareBaking', 'TooFewServing')) complain('The plan does not say how far the shares are.');
}
