// The controller's own events. BlockTraffic asks every router to send a target no new request, and waits until none is
// under way; AllowTraffic asks for requests again, and waits until the router's own health check has passed. Between the
// two, nothing is done to the application unless every route is seen to be drained: a router may have forgotten.
//
//   BlockTraffic:  asked --seen drained--> Succeeded       AllowTraffic:  asked --seen in service, long enough--> Succeeded
//                    |--its time is over--> FORCE: cut off, seen drained, or Failed         '--its time is over--> Failed
//                    |                      FAIL: Failed
//                    '--refused for good, or the deployment ends--> Failed
//
// A target that ends otherwise than well does not stay as it happens to be: one whose application was not touched is let
// back in, one whose application is broken is kept out until a later deployment lets it in.

import type { Action } from './actions.ts';
import { deploymentDeadline } from './deadlines.ts';
import { isDrained, isUnknownThere, servesFrom } from './routes.ts';
import { drainTimedOut, notDrainedAnyMore, notWaitedFor, outOfTime, routerRefused, serveTimedOut, unknownThere } from './sentences.ts';
import type { EventState, GiveUpCause, Instant, Snapshot, TargetState } from './snapshot.ts';
import { isStopping } from './standing.ts';
import type { RouteState, TrafficRules } from './traffic-state.ts';

/** What a target waits for at its routers. */
export interface TrafficHold {
  readonly kind: 'Draining' | 'AwaitingServing' | 'RotationUnsure';
  /** Under way; of RotationUnsure, the one that is next. */
  readonly event: string;
  /** Those that are not as they should be; none where it is only watched for long enough. */
  readonly routes: readonly RouteState[];
  readonly since: Instant;
  readonly deadline: Instant;
  /** When it will have been healthy for long enough, if it stays so; null otherwise. */
  readonly healthyUntil: Instant | null;
}

export type TrafficVerdict =
  | { readonly kind: 'go' }
  /** `asks`: what is asked of the routers before. */
  | { readonly kind: 'wait'; readonly asks: readonly Action[]; readonly hold: TrafficHold }
  | { readonly kind: 'fail'; readonly cause: GiveUpCause; readonly message: string };

export function isRouterEvent(event: string): event is 'BlockTraffic' | 'AllowTraffic' {
  return event === 'BlockTraffic' || event === 'AllowTraffic';
}

/** Begins an event of the controller's own. */
export function askRouters(target: TargetState, event: 'BlockTraffic' | 'AllowTraffic', snapshot: Snapshot): Extract<TrafficVerdict, { kind: 'wait' }> {
  const { targetId } = target;
  const rules = rulesOf(snapshot);
  const ask: Action = event === 'BlockTraffic' ? { kind: event, targetId, isForced: false } : { kind: event, targetId };
  const wanted = event === 'BlockTraffic' ? 'Blocked' : 'Allowed';
  const deadline = notBeforeAFreshLook(snapshot.now + (event === 'BlockTraffic' ? rules.drainMs : rules.serveMs), snapshot);
  return { kind: 'wait', asks: [ask], hold: holdFor(event, asAsked(target, wanted, false, snapshot.now), snapshot.now, deadline, snapshot) };
}

/** Of an event of the controller's own that is under way. */
export function judgeRouterEvent(target: TargetState, event: EventState, snapshot: Snapshot): TrafficVerdict {
  const name = event.name as 'BlockTraffic' | 'AllowTraffic';
  const rules = rulesOf(snapshot);
  const routes = routesOf(target);
  // To be let in again it must be known there: better to say so while its application still runs.
  const unknown = name === 'BlockTraffic' && target.events.some((other) => other.name === 'AllowTraffic') ? routes.find((route) => isUnknownThere(route, snapshot)) : undefined;
  if (unknown !== undefined && !isStopping(snapshot)) return { kind: 'fail', cause: 'RouterRefused', message: unknownThere(target.targetId, unknown) };
  const isThere = name === 'BlockTraffic' ? routes.every((route) => isDrained(route, snapshot)) : routes.every((route) => (servesFrom(route, rules, snapshot) ?? Infinity) <= snapshot.now);
  if (isThere) return { kind: 'go' };
  if (isStopping(snapshot)) return { kind: 'fail', cause: 'StoppedUntaken', message: notWaitedFor(name) };
  if (snapshot.now >= deploymentDeadline(snapshot)) return { kind: 'fail', cause: 'DeploymentTimeout', message: outOfTime(snapshot.limits) };
  const refused = routes.find((route) => route.trouble?.isFinal === true);
  if (refused !== undefined) return { kind: 'fail', cause: 'RouterRefused', message: routerRefused(name, refused) };
  const since = event.commandedAt ?? snapshot.now;
  const isForced = routes.some((route) => route.isForced);
  const deadline = notBeforeAFreshLook(name === 'AllowTraffic' ? since + rules.serveMs : isForced ? lastAskedAt(routes, since) + rules.forceMs : since + rules.drainMs, snapshot);
  if (snapshot.now < deadline) return { kind: 'wait', asks: [], hold: holdFor(name, target, since, deadline, snapshot) };
  if (name === 'AllowTraffic') return { kind: 'fail', cause: 'ServeTimeout', message: serveTimedOut(routes, rules) };
  if (isForced || rules.onDrainTimeout === 'FAIL') return { kind: 'fail', cause: 'DrainTimeout', message: drainTimedOut(routes, rules, isForced) };
  const forced = asAsked(target, 'Blocked', true, snapshot.now);
  return { kind: 'wait', asks: [{ kind: 'BlockTraffic', targetId: target.targetId, isForced: true }], hold: holdFor(name, forced, since, notBeforeAFreshLook(snapshot.now + rules.forceMs, snapshot), snapshot) };
}

/** Whether the event that is next may be run, as far as traffic goes. */
export function mayTouch(target: TargetState, event: string, snapshot: Snapshot): TrafficVerdict {
  const next = target.events.findIndex(({ name }) => name === event);
  const before = target.events.slice(0, next);
  const isOut = (isHeldBack(target, snapshot) || before.some(({ name }) => name === 'BlockTraffic')) && !before.some(({ name }) => name === 'AllowTraffic');
  const unknown = isHeldBack(target, snapshot) && isOut ? routesOf(target).find((route) => isUnknownThere(route, snapshot)) : undefined;
  if (unknown !== undefined) return { kind: 'fail', cause: 'RotationUnsure', message: unknownThere(target.targetId, unknown) };
  if (!isOut || routesOf(target).every((route) => isDrained(route, snapshot))) return { kind: 'go' };
  const since = before.length === 0 ? lastAskedAt(routesOf(target), snapshot.now) : Math.max(...before.map(({ endedAt }) => endedAt ?? snapshot.now), ...(target.status === 'Ready' ? [unsureSince(routesOf(target), snapshot)] : []));
  const deadline = notBeforeAFreshLook(since + rulesOf(snapshot).drainMs, snapshot);
  const hold = holdFor(event, target, since, deadline, snapshot);
  if (snapshot.now < deadline) return { kind: 'wait', asks: [], hold };
  return { kind: 'fail', cause: 'RotationUnsure', message: notDrainedAnyMore(event, hold.routes) };
}

/** Of a target that was at rest, for however long: from when on a route is seen otherwise; of one that cannot be seen nothing is known. */
function unsureSince(routes: readonly RouteState[], snapshot: Snapshot): Instant {
  const unsure = routes.filter((route) => !isDrained(route, snapshot));
  return Math.max(...unsure.map(({ trouble, takenAt, since, askedAt }) => (trouble !== null || takenAt === null ? snapshot.now : Math.max(since ?? 0, takenAt, askedAt ?? 0))));
}

/** A replacement instance: no request may reach it before it is ready and its turn has come. */
export function isHeldBack({ label }: TargetState, { deployment }: Snapshot): boolean {
  return label === 'Green' && deployment.blueGreen?.direction === 'forward';
}

/** What a target waits for that was just asked to be held back. */
export function heldBack(target: TargetState, event: string, snapshot: Snapshot): TrafficHold {
  return holdFor(event, asAsked(target, 'Blocked', false, snapshot.now), snapshot.now, notBeforeAFreshLook(snapshot.now + rulesOf(snapshot).drainMs, snapshot), snapshot);
}

/** What becomes of the routes of a target that ends otherwise than well; `before`: what the plan has done to it so far. */
export function settleTraffic(target: TargetState, before: readonly Action[], { deployment }: Snapshot): readonly Action[] {
  const { targetId } = target;
  if (deployment.blueGreen !== undefined && target.events.length > 0) {
    const settled = settleFleets(target, before, deployment.blueGreen.direction);
    if (settled !== 'in place') return settled;
  }
  const blocked = target.events.find(({ name }) => name === 'BlockTraffic');
  if (blocked === undefined || blocked.commandedAt === null) return [];
  const gaveUp = before.find((action) => action.kind === 'FailEvent');
  const allowed = target.events.find(({ name }) => name === 'AllowTraffic');
  if (allowed !== undefined && allowed.commandedAt !== null) {
    const cause = gaveUp?.event === 'AllowTraffic' ? gaveUp.cause : (allowed.givenUp ?? null);
    const hasFailed = allowed.status === 'Failed' || gaveUp?.event === 'AllowTraffic';
    return hasFailed && cause !== 'StoppedUntaken' ? [{ kind: 'KeepOut', targetId }] : [];
  }
  const untaken = gaveUp?.cause === 'StoppedUntaken' ? gaveUp.event : null;
  const isTouched = target.events.some((event) => isApplicationEvent(event.name) && (event.hasRunBefore === true || (event.commandedAt !== null && event.givenUp !== 'StoppedUntaken' && event.name !== untaken)));
  return [{ kind: isTouched || routesOf(target).some((route) => route.isKeptOut) ? 'KeepOut' : 'LetBackIn', targetId }];
}

/**
 * Of two fleets. What comes in is kept out when it ends badly, for the other fleet serves; what goes out on the way back is
 * the broken one. An original instance that could not be taken out goes back to where it was, as in place.
 */
function settleFleets({ targetId, label, events }: TargetState, before: readonly Action[], direction: 'forward' | 'back'): readonly Action[] | 'in place' {
  if (label === 'Blue' && direction === 'forward') return 'in place';
  if (label === 'Green' && direction === 'back') return [{ kind: 'KeepOut', targetId }];
  const from = events.findIndex(({ name }) => name === 'AllowTraffic');
  if (events[from] === undefined || events[from].commandedAt === null) return label === 'Green' ? [{ kind: 'KeepOut', targetId }] : [];
  const gaveUp = before.find((action) => action.kind === 'FailEvent');
  const hasFailed = events.slice(from).some((event) => (event.status === 'Failed' && event.givenUp !== 'StoppedUntaken') || (event.name === gaveUp?.event && gaveUp.cause !== 'StoppedUntaken'));
  return hasFailed ? [{ kind: 'KeepOut', targetId }] : [];
}

/** Events after which the application may not be as it was. */
function isApplicationEvent(event: string): boolean {
  return !isRouterEvent(event) && !['BeforeBlockTraffic', 'AfterBlockTraffic', 'DownloadBundle', 'BeforeAllowTraffic', 'AfterAllowTraffic'].includes(event);
}

function holdFor(event: string, target: TargetState, since: Instant, deadline: Instant, snapshot: Snapshot): TrafficHold {
  const kind = event === 'BlockTraffic' ? 'Draining' : event === 'AllowTraffic' ? 'AwaitingServing' : 'RotationUnsure';
  const routes = routesOf(target);
  const rules = rulesOf(snapshot);
  const from = kind === 'AwaitingServing' ? routes.map((route) => servesFrom(route, rules, snapshot)) : [];
  const isOnlyWatched = from.length > 0 && from.every((instant) => instant !== null);
  return {
    kind,
    event,
    routes: kind === 'AwaitingServing' ? routes.filter((_, index) => (from[index] ?? Infinity) > snapshot.now) : routes.filter((route) => !isDrained(route, snapshot)),
    since,
    deadline: Math.min(deadline, deploymentDeadline(snapshot)),
    healthyUntil: isOnlyWatched ? Math.max(...from.map((instant) => instant ?? 0)) : null,
  };
}

/** Nobody is given up on by a controller that has just begun to look. */
export function notBeforeAFreshLook(deadline: Instant, { listeningSince }: Snapshot): Instant {
  return Math.max(deadline, (listeningSince ?? -Infinity) + freshLookMs);
}

const freshLookMs = 60_000;

/** The target as it will be once its routers have been asked. */
function asAsked(target: TargetState, wanted: 'Blocked' | 'Allowed', isForced: boolean, now: Instant): TargetState {
  return { ...target, routes: routesOf(target).map((route): RouteState => ({ ...route, wanted, isForced, askedAt: now, takenAt: null, trouble: null })) };
}

function lastAskedAt(routes: readonly RouteState[], otherwise: Instant): Instant {
  return Math.max(...routes.map((route) => route.askedAt ?? otherwise));
}

function routesOf(target: TargetState): readonly RouteState[] {
  if (target.routes === undefined || target.routes.length === 0) throw new Error(`Target ${target.targetId} moves traffic, but no router is known of it.`);
  return target.routes;
}

function rulesOf({ deployment }: Snapshot): TrafficRules {
  if (deployment.traffic === undefined) throw new Error(`Deployment ${deployment.deploymentId} moves traffic, but nothing is known of how.`);
  return deployment.traffic;
}
