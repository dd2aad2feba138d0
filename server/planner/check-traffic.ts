// Eighth part of `check.ts`: traffic. Written from the one invariant (stop new requests; see that none is under way; only
// then touch the application; then its own health check lets it in again), not from `traffic.ts`: whatever the plan says,
// nothing is run between BlockTraffic and AllowTraffic on a target that is not seen to be out of rotation, no event of the
// router's passes unseen, and no target ends in a rotation that does not fit what became of its application.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Action, Actions, Plan } from './actions.ts';
import { endedWell, isCalledOff, isEnded, isOverdue, whyNothingNew, runningEvents } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedEvent, ReplayedTarget } from './check-targets.ts';
import { fleetState, incomingLabel, isBetweenFleets } from './check-two-fleets.ts';
import type { GiveUpCause, Instant, Snapshot, TargetState } from './snapshot.ts';
import type { RouteState, TrafficRules } from './traffic-state.ts';

export type TrafficAction = Extract<Action, { readonly kind: 'BlockTraffic' | 'AllowTraffic' | 'PassTraffic' | 'LetBackIn' | 'KeepOut' }>;

/** A minute to look again for a controller that has just started. */
const graceMs = 60_000;

export function isOfRouters(name: string): boolean {
  return name === 'BlockTraffic' || name === 'AllowTraffic';
}

/** Every way to the target is seen closed and empty. */
function isSeenOut({ routes }: Pick<ReplayedTarget, 'routes'>, snapshot: Snapshot): boolean {
  return routes.length > 0 && routes.every((route) => isFresh(route, snapshot) && route.wanted === 'Blocked' && ['OutOfService', 'Absent'].includes(route.state ?? '') && (route.inFlight === null || route.inFlight === 0));
}

/** It is to be let in again by a router that says that it does not know it. */
function isLostThere(target: ReplayedTarget, snapshot: Snapshot): boolean {
  return target.events.some(({ name }) => name === 'AllowTraffic') && target.routes.some((route) => isFresh(route, snapshot) && route.state === 'Absent');
}

function isSeenServing({ routes }: ReplayedTarget, snapshot: Snapshot): boolean {
  const { minHealthyMs = 0 } = snapshot.deployment.traffic ?? {};
  const isLongEnough = ({ since, takenAt }: RouteState): boolean => minHealthyMs === 0 || (since !== null && snapshot.now - since >= minHealthyMs && snapshot.now - (takenAt ?? snapshot.now) >= minHealthyMs);
  return routes.length > 0 && routes.every((route) => isFresh(route, snapshot) && route.wanted === 'Allowed' && route.state === 'InService' && isLongEnough(route));
}

function isFresh({ askedAt, takenAt, observedAt, trouble }: RouteState, { listeningSince }: Snapshot): boolean {
  if (trouble !== null || askedAt === null || takenAt === null || observedAt === null) return false;
  return takenAt <= observedAt && (listeningSince === undefined || listeningSince <= observedAt);
}

/**
 * What a first look at the routers says, of a deployment whose hosts are untouched: 'waiting' until every router has answered
 * for every target, 'invalid' once one will not, or not in time; null: nothing stands against it.
 */
export function firstLookSays({ deployment, targets, now }: Snapshot, after: Replayed): 'waiting' | 'invalid' | null {
  if (deployment.traffic === undefined || after.startedAt === null || targets.some(({ events }) => events.length > 0) || (deployment.blueGreen?.shift ?? null) !== null) return null;
  const routes = targets.flatMap((target) => [...(target.routes ?? [])]);
  const isBeforeStart = deployment.startedAt === null;
  if (!isBeforeStart && routes.some(({ trouble }) => trouble?.isFinal === true)) return 'invalid';
  const { startedAt } = after;
  if (!isBeforeStart && routes.every(({ observedAt, trouble }) => trouble === null && observedAt !== null && observedAt > startedAt)) return isWeightless(deployment, targets) ? 'invalid' : null;
  return routes.length === 0 ? null : now >= lookedAtSince(deployment, startedAt) + graceMs ? 'invalid' : 'waiting';
}

/** Traffic is to move by shares from instances that have it at every router, and a router has no shares to give. */
function isWeightless({ blueGreen }: Snapshot['deployment'], targets: Snapshot['targets']): boolean {
  if (blueGreen?.direction !== 'forward' || (blueGreen.trafficSteps ?? []).length === 0 || !targets.some(({ label }) => label === 'Blue')) return false;
  const routers = targets.flatMap(({ routes = [] }) => routes.map(({ router }) => router));
  const isInUse = (name: string): boolean => targets.some(({ label, routes = [] }) => label === 'Blue' && routes.some(({ router, wanted }) => router === name && wanted !== 'Blocked'));
  if (!routers.every(isInUse)) return false;
  return targets.some(({ routes = [] }) => routes.some(({ weighs }) => weighs !== 'member' && weighs !== 'group'));
}

/** Who was made for the deployment is looked at when it has come. */
function lookedAtSince({ provisioning }: Snapshot['deployment'], startedAt: Instant): Instant {
  const providedAt = provisioning?.providedAt ?? null;
  return providedAt !== null && providedAt > startedAt ? providedAt : startedAt;
}

/** One of the actions on routes; the target has not ended. */
export function replayTraffic(action: TrafficAction, target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const { now, deployment } = snapshot;
  const what = `${action.kind} of ${target.targetId}`;
  if (deployment.traffic === undefined || target.routes.length === 0) complain(`${what} is asked for where no traffic is moved.`);
  switch (action.kind) {
    case 'BlockTraffic':
      if (action.isForced) checkForce(action, target, snapshot, after, complain);
      else begin('BlockTraffic', target, snapshot, after, complain);
      return change(target, (route) => ({ ...route, wanted: 'Blocked', isForced: action.isForced, askedAt: now, takenAt: null, trouble: null }));
    case 'AllowTraffic':
      begin('AllowTraffic', target, snapshot, after, complain);
      return change(target, (route) => ({ ...route, wanted: 'Allowed', isForced: false, isKeptOut: false, askedAt: now, takenAt: null, trouble: null }));
    case 'PassTraffic': {
      const event = target.events.find(({ name }) => name === action.event);
      if (event?.status !== 'InProgress') complain(`${action.event} of ${target.targetId} passes although it is not under way.`);
      const isSeen = action.event === 'BlockTraffic' ? isSeenOut(target, snapshot) : isSeenServing(target, snapshot);
      if (action.event === 'BlockTraffic' && !isCalledOff(snapshot) && isLostThere(target, snapshot)) complain(`BlockTraffic of ${target.targetId} passes although a router does not know it, and could not let it in again.`);
      if (!isSeen) complain(`${action.event} of ${target.targetId} passes, but that it is so was not seen.`);
      if (event !== undefined) Object.assign(event, { status: 'Succeeded', givenUp: null });
      return;
    }
    case 'LetBackIn':
      return change(target, (route) => ({ ...route, wanted: 'Allowed', isForced: false, isKeptOut: false, askedAt: now, takenAt: null, trouble: null }));
    case 'KeepOut':
      // Asked anew, unless it was blocked already: what it had against that before is not known any more.
      return change(target, (route) => ({ ...route, wanted: 'Blocked', isKeptOut: true, ...(route.wanted === 'Blocked' ? {} : { trouble: null }) }));
  }
}

function change(target: ReplayedTarget, how: (route: RouteState) => RouteState): void {
  target.routes = target.routes.map(how);
}

function begin(name: string, target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${name} of ${target.targetId} begins although ${reason}.`);
  const next = target.events.find((event) => !endedWell(event, snapshot));
  if (target.status !== 'InProgress' || next?.name !== name || next.status !== 'Pending') {
    complain(`${name} of ${target.targetId} begins although it is not next: ${next?.name ?? 'nothing'} is ${next?.status ?? 'left'}.`);
    return;
  }
  Object.assign(next, { status: 'InProgress', commandedAt: snapshot.now, startedAt: snapshot.now });
}

function checkForce({ targetId }: Actions['BlockTraffic'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const event = target.events.find(({ name }) => name === 'BlockTraffic');
  if (event?.status !== 'InProgress') complain(`${targetId} is cut off although it is not draining.`);
  else if (snapshot.now < ownDeadline(event, target, snapshot)) complain(`${targetId} is cut off before its requests had their time.`);
  if (snapshot.deployment.traffic?.onDrainTimeout !== 'FORCE') complain(`${targetId} is cut off although the group does not want that.`);
  if (target.routes.some((route) => route.isForced)) complain(`${targetId} is cut off twice.`);
  if (isSeenOut(target, snapshot) || isCalledOff(snapshot) || isOverdue(snapshot, after)) complain(`${targetId} is cut off although there is no need.`);
}

/** Of an event that is to be run on the host. */
export function checkTouch(event: string, target: ReplayedTarget, snapshot: Snapshot, complain: Complain): void {
  if (isOfRouters(event)) complain(`${event} on ${target.targetId} is run by the agent, which knows no router.`);
  if (isBetween(event, target) && !isSeenOut(target, snapshot)) complain(`${event} on ${target.targetId} is run although it is not seen that no request reaches it.`);
}

/** It comes after BlockTraffic and not after AllowTraffic. */
function isBetween(event: string, target: ReplayedTarget): boolean {
  const at = (name: string): number => target.events.findIndex((one) => one.name === name);
  const [block, allow] = [at('BlockTraffic'), at('AllowTraffic')];
  return (isReplacement(target) || (block >= 0 && at(event) > block)) && (allow < 0 || at(event) < allow);
}

/** It is installed while it is out of rotation all along. */
function isReplacement({ label, events }: ReplayedTarget): boolean {
  return label === 'Green' && events.some(({ name }) => name === 'Install');
}

/** The event that a target does not go on with because its rotation is unsure; null where it has no such reason. */
export function unsureEventOf(target: ReplayedTarget, snapshot: Snapshot, after: Replayed): ReplayedEvent | null {
  if (target.status !== 'InProgress' || target.events.some(({ status }) => status === 'InProgress') || whyNothingNew(snapshot, after) !== null) return null;
  const next = target.events.find((event) => !endedWell(event, snapshot));
  return next?.status === 'Pending' && !isOfRouters(next.name) && isBetween(next.name, target) && (!isSeenOut(target, snapshot) || isReplacementLost(target, snapshot)) ? next : null;
}

/** Of one that is at rest until traffic comes to it: whether it could not go on, as it is not seen out of rotation. */
export function unsureOfReady(target: ReplayedTarget, snapshot: Snapshot, after: Replayed): boolean {
  return unsureEventOf({ ...target, status: 'InProgress' }, snapshot, after) !== null;
}

function isReplacementLost(target: ReplayedTarget, snapshot: Snapshot): boolean {
  return isReplacement(target) && isLostThere(target, snapshot);
}

/** On what grounds an event of the routers may be given up. */
export function trafficCauses(event: ReplayedEvent, target: ReplayedTarget, snapshot: Snapshot, after: Replayed): readonly GiveUpCause[] {
  const isOver = snapshot.now >= ownDeadline(event, target, snapshot);
  const mayForce = event.name === 'BlockTraffic' && snapshot.deployment.traffic?.onDrainTimeout === 'FORCE' && !target.routes.some((route) => route.isForced);
  return [
    ...(isOver && !mayForce ? [event.name === 'BlockTraffic' ? ('DrainTimeout' as const) : ('ServeTimeout' as const)] : []),
    ...(target.routes.some((route) => route.trouble?.isFinal === true) || (event.name === 'BlockTraffic' && isLostThere(target, snapshot)) ? (['RouterRefused'] as const) : []),
    ...(isOverdue(snapshot, after) ? (['DeploymentTimeout'] as const) : []),
    ...(isCalledOff(snapshot) ? (['StoppedUntaken'] as const) : []),
  ];
}

/** Whether an event may be failed untried because the rotation stayed unsure for too long. */
export function checkUnsure({ event, targetId }: Actions['FailEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const unsure = unsureEventOf(target, snapshot, after);
  if (unsure?.name !== event) complain(`${event} on ${targetId} is failed for an unsure rotation, which is not so.`);
  else if (snapshot.now < unsureDeadline(target, event, snapshot)) complain(`${event} on ${targetId} is failed before its rotation was unsure for its time.`);
}

function unsureDeadline(target: ReplayedTarget, event: string, snapshot: Snapshot): Instant {
  if (isReplacementLost(target, snapshot)) return snapshot.now;
  const before = target.events.slice(0, target.events.findIndex(({ name }) => name === event));
  const askedAt = before.length > 0 ? 0 : Math.max(...target.routes.map((route) => route.askedAt ?? snapshot.now));
  const sinceReady = snapshot.targets.find(({ targetId }) => targetId === target.targetId)?.status === 'Ready' ? unsureSince(target, snapshot) : 0;
  const lastEnd = before.reduce((latest, { endedAt }) => Math.max(latest, endedAt ?? snapshot.now), Math.max(askedAt, sinceReady));
  return withGrace(lastEnd + rules(snapshot).drainMs, snapshot);
}

/** Of one that had been at rest: since when it is not seen to be out; as long as nobody sees it, that has only begun. */
function unsureSince({ routes }: ReplayedTarget, snapshot: Snapshot): Instant {
  const unsure = routes.filter((route) => !isSeenOut({ routes: [route] }, snapshot));
  return unsure.reduce((latest, { trouble, takenAt, since, askedAt }) => Math.max(latest, trouble !== null || takenAt === null ? snapshot.now : Math.max(since ?? 0, takenAt, askedAt ?? 0)), 0);
}

function ownDeadline(event: ReplayedEvent, target: ReplayedTarget, snapshot: Snapshot): Instant {
  const { drainMs, forceMs, serveMs } = rules(snapshot);
  const begun = event.commandedAt ?? snapshot.now;
  if (event.name === 'AllowTraffic') return withGrace(begun + serveMs, snapshot);
  if (!target.routes.some((route) => route.isForced)) return withGrace(begun + drainMs, snapshot);
  return withGrace(Math.max(...target.routes.map((route) => route.askedAt ?? begun)) + forceMs, snapshot);
}

function withGrace(instant: Instant, { listeningSince }: Snapshot): Instant {
  return listeningSince === undefined || listeningSince + graceMs < instant ? instant : listeningSince + graceMs;
}

function rules({ deployment: { traffic } }: Snapshot): TrafficRules {
  return traffic ?? { drainMs: 0, onDrainTimeout: 'FAIL', forceMs: 0, serveMs: 0, minHealthyMs: 0 };
}

/** What must hold of routes once the whole plan is written. */
export function checkTraffic(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  const look = firstLookSays(snapshot, after);
  if (look !== null && !isCalledOff(snapshot)) {
    for (const id of after.started) complain(`${id} is started although the routers have not answered for every target.`);
    const until = Math.min(lookedAtSince(snapshot.deployment, after.startedAt ?? 0) + graceMs, (after.startedAt ?? 0) + snapshot.limits.deploymentMs);
    if (look === 'waiting' && after.finish === null && (plan.wakeAt === null || plan.wakeAt > until)) complain(`The routers must have answered by ${until}, but the plan wants to be woken ${plan.wakeAt === null ? 'never' : `at ${plan.wakeAt}`}.`);
  }
  const before = new Map(snapshot.targets.map((target) => [target.targetId, target]));
  const settled = Map.groupBy(plan.actions.filter((action) => action.kind === 'LetBackIn' || action.kind === 'KeepOut'), ({ targetId }) => targetId);
  for (const target of after.targets.values()) {
    checkRotation(snapshot, before.get(target.targetId), settled.get(target.targetId) ?? [], target, complain);
    if (['Succeeded', 'Failed', 'Stopped'].includes(after.status)) continue;
    const running = runningEvents(target).find(({ name }) => isOfRouters(name));
    const unsure = unsureEventOf(target, snapshot, after);
    if (running !== undefined) checkUnderWay(running, target, snapshot, plan, after, complain);
    else if (unsure !== null && snapshot.now >= unsureDeadline(target, unsure.name, snapshot)) complain(`The rotation of ${target.targetId} has been unsure for its time, and it is not given up.`);
    const deadline = running !== undefined ? ownDeadline(running, target, snapshot) : unsure === null ? null : unsureDeadline(target, unsure.name, snapshot);
    if (deadline !== null) checkSaid(target, deadline, snapshot, plan, after, complain);
  }
}

/** An event of the routers that goes on: it must have a reason to. */
function checkUnderWay(event: ReplayedEvent, target: ReplayedTarget, snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  const isSeen = event.name === 'BlockTraffic' ? isSeenOut(target, snapshot) : isSeenServing(target, snapshot);
  if (isSeen) complain(`${event.name} of ${target.targetId} goes on although what it waits for was seen.`);
  const causes = trafficCauses(event, target, snapshot, after);
  if (causes.length > 0) complain(`${event.name} of ${target.targetId} goes on although it is to be given up for ${causes.join(' or ')}.`);
  const hasFinal = target.routes.some((route) => route.trouble?.isFinal === true);
  if (hasFinal && !plan.actions.some((action) => action.kind === 'FailEvent' && action.targetId === target.targetId)) complain(`${event.name} of ${target.targetId} goes on although it was refused for good.`);
}

/** Each hold at a router is told, and somebody looks again in time. */
function checkSaid(target: ReplayedTarget, deadline: Instant, { now, limits, deployment }: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  const until = Math.min(deadline, (after.startedAt ?? now) + limits.deploymentMs);
  const said = plan.waitingOn.filter((waiting) => 'router' in waiting && waiting.targetId === target.targetId);
  if (said.length === 0) complain(`The plan does not say for which router ${target.targetId} waits.`);
  for (const waiting of said) if ('deadline' in waiting && waiting.deadline !== until) complain(`The plan says that ${target.targetId} is waited for until ${waiting.deadline}, but that is ${until}.`);
  const healthyAt = target.routes.map(({ since, takenAt }) => Math.max(since ?? Infinity, takenAt ?? Infinity) + (deployment.traffic?.minHealthyMs ?? 0));
  const isWatched = said.some((waiting) => 'healthyUntil' in waiting);
  const first = isWatched ? Math.min(until, Math.max(...healthyAt)) : until;
  if (plan.wakeAt === null || plan.wakeAt > first) complain(`${target.targetId} is to be looked at again at ${first}, but the plan wants to be woken ${plan.wakeAt === null ? 'never' : `at ${plan.wakeAt}`}.`);
}

/** Whether a hold that the plan tells is so. */
export function isTrueOfRouters(waiting: Waiting, snapshot: Snapshot, after: Replayed): boolean {
  if (waiting.reason === 'RoutersUnseen') {
    const routes = snapshot.targets.flatMap((target) => target.routes ?? []);
    return firstLookSays(snapshot, after) === 'waiting' && waiting.deadline === lookedAtSince(snapshot.deployment, after.startedAt ?? 0) + graceMs && waiting.routers.length > 0 && waiting.routers.every((name) => routes.some(({ router }) => router === name));
  }
  if (waiting.reason !== 'Draining' && waiting.reason !== 'AwaitingServing' && waiting.reason !== 'RotationUnsure') return false;
  const target = after.targets.get(waiting.targetId);
  const route = target?.routes.find(({ router }) => router === waiting.router);
  if (target === undefined || route === undefined || waiting.state !== (route.state ?? undefined) || waiting.trouble !== route.trouble?.message) return false;
  if (waiting.reason === 'RotationUnsure') return unsureEventOf(target.status === 'Ready' ? { ...target, status: 'InProgress' } : target, snapshot, after)?.name === waiting.event;
  const event = target.events.find(({ name }) => name === (waiting.reason === 'Draining' ? 'BlockTraffic' : 'AllowTraffic'));
  if (event?.status !== 'InProgress' || waiting.since !== event.commandedAt) return false;
  return waiting.reason === 'AwaitingServing' || (waiting.inFlight === (route.inFlight ?? undefined) && (waiting.isForced === true) === route.isForced);
}

/** A target that this plan ends otherwise than well is neither left out without a reason nor let in broken. */
function checkRotation(snapshot: Snapshot, before: TargetState | undefined, asks: readonly Action[], target: ReplayedTarget, complain: Complain): void {
  if (!isEnded(target) || before === undefined || before.status === target.status || target.status === 'Succeeded') {
    if (asks.length > 0) complain(`The rotation of ${target.targetId} is settled although it does not end badly.`);
    return;
  }
  const due = isBetweenFleets(snapshot) && target.events.length > 0 ? dueOfFleets(target, before.routes ?? [], snapshot) : dueRotation(target, before.routes ?? []);
  const given = asks.map(({ kind }) => kind).join(' and ') || 'nothing';
  if (given !== (due ?? 'nothing')) complain(`${target.targetId} ends as ${target.status} with ${given} for its rotation, but ${due ?? 'nothing'} is due.`);
}

/** What comes in stays out if it ends badly, for the other fleet serves; what goes out stays out on the way back, and otherwise is as in place. */
function dueOfFleets(target: ReplayedTarget, routes: readonly RouteState[], snapshot: Snapshot): 'LetBackIn' | 'KeepOut' | null {
  const { label, events } = target;
  const { direction } = fleetState(snapshot);
  if (label !== incomingLabel(snapshot)) return direction === 'back' ? 'KeepOut' : dueRotation(target, routes);
  const from = events.findIndex(({ name }) => name === 'AllowTraffic');
  if (events[from]?.commandedAt !== null) return events.slice(from).some(({ status, givenUp }) => status === 'Failed' && givenUp !== 'StoppedUntaken') ? 'KeepOut' : null;
  return label === 'Green' ? 'KeepOut' : null;
}

function dueRotation(target: ReplayedTarget, routes: readonly RouteState[]): 'LetBackIn' | 'KeepOut' | null {
  const of = (name: string): ReplayedEvent | undefined => target.events.find((event) => event.name === name);
  const [block, allow] = [of('BlockTraffic'), of('AllowTraffic')];
  if (block === undefined || block.commandedAt === null) return null;
  if (allow !== undefined && allow.commandedAt !== null) return allow.status === 'Failed' && allow.givenUp !== 'StoppedUntaken' ? 'KeepOut' : null;
  const harmless = ['BeforeBlockTraffic', 'BlockTraffic', 'AfterBlockTraffic', 'DownloadBundle', 'BeforeAllowTraffic'];
  const isTouched = target.events.some(({ name, commandedAt, givenUp, hasRunBefore }) => (hasRunBefore || (commandedAt !== null && givenUp !== 'StoppedUntaken')) && !harmless.includes(name));
  return isTouched || routes.some((route) => route.isKeptOut) ? 'KeepOut' : 'LetBackIn';
}
