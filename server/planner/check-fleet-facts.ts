// Where a deployment goes from one fleet to another: how both stand once a plan is written, in claims that the rules of
// `check-blue-green.ts` start from. Shares no code with `blue-green.ts`.

import type { TrafficReturn, TrafficShift } from './blue-green-state.ts';
import { endedWell } from './check-facts.ts';
import type { Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import { fleetState, leastInService } from './check-two-fleets.ts';
import type { RouteState } from './traffic-state.ts';
import type { Instant, Snapshot } from './snapshot.ts';

/** What a plan says of the fleets, as it is replayed. */
export interface ReplayedFleets {
  readyAt: Instant | null;
  continuedAt: Instant | null;
  movedAt: Instant | null;
  /** Until when instances are waited for that somebody makes; null: nobody was asked. */
  provideUntil: Instant | null;
  readonly becameGroup: ('Blue' | 'Green')[];
  released: readonly string[] | null;
  readonly heldBack: string[];
  readonly becameReady: string[];
  readonly rerouted: string[];
  /** By shares: how far, and whether it returns. */
  shift: TrafficShift | null;
  returning: TrafficReturn | null;
  readonly left: string[];
}

export function fleetsBefore({ deployment: { blueGreen, provisioning } }: Snapshot): ReplayedFleets {
  const { readyAt = null, continuedAt = null, movedAt = null } = blueGreen ?? {};
  return { readyAt, continuedAt, movedAt, provideUntil: provisioning?.until ?? null, becameGroup: [], released: null, heldBack: [], becameReady: [], rerouted: [], shift: blueGreen?.shift ?? null, returning: blueGreen?.returning ?? null, left: [] };
}

export interface Fleet {
  readonly targets: readonly ReplayedTarget[];
  /** Never started, be it that this plan leaves them out. */
  readonly pending: readonly ReplayedTarget[];
  readonly running: readonly ReplayedTarget[];
  /** Installed, and not on their way into rotation; be it that this plan leaves them there. */
  readonly ready: readonly ReplayedTarget[];
  readonly done: readonly ReplayedTarget[];
  readonly lost: readonly ReplayedTarget[];
}

export function fleetOf(label: 'Blue' | 'Green', snapshot: Snapshot, after: Pick<Replayed, 'targets'>): Fleet {
  const targets = [...after.targets.values()].filter((target) => target.label === label);
  const isLeft = (target: ReplayedTarget): boolean => target.status === 'Skipped' && snapshot.targets.some((before) => before.targetId === target.targetId && before.status !== 'Skipped');
  return {
    targets,
    pending: targets.filter((target) => target.status === 'Pending' || (isLeft(target) && target.events.length === 0)),
    running: targets.filter((target) => target.status === 'InProgress'),
    ready: targets.filter((target) => target.status === 'Ready' || (isLeft(target) && isInstalled(target, snapshot))),
    done: targets.filter((target) => target.status === 'Succeeded'),
    lost: targets.filter((target) => target.status === 'Failed' || target.status === 'Unknown'),
  };
}

/** Everything before its way into rotation went well, and that has not begun. */
export function isInstalled(target: ReplayedTarget, snapshot: Snapshot): boolean {
  const way = target.events.findIndex(({ name }) => name === 'BeforeAllowTraffic');
  return way > 0 && target.events.slice(0, way).every((event) => endedWell(event, snapshot)) && target.events[way]?.commandedAt === null && target.events[way].status !== 'Failed';
}

/** How many of those that are installed may come into rotation beside those that do already. */
export function roomOnTheWay(snapshot: Snapshot, { targets, running, lost }: Fleet): number {
  const isLostEarly = (target: ReplayedTarget): boolean => lost.includes(target) && !target.events.some(({ name, commandedAt, givenUp }) => ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'].includes(name) && (commandedAt !== null || (givenUp ?? null) !== null));
  const installed = targets.length - targets.filter(isLostEarly).length;
  const lostOnTheWay = lost.length - targets.filter(isLostEarly).length;
  const mustStay = installed - 1 < snapshot.deployment.minimumHealthyHosts ? installed - 1 : snapshot.deployment.minimumHealthyHosts;
  return installed - mustStay - lostOnTheWay - running.length;
}

/** Replacement instances that requests reach, while too few originals serve for them to be taken out. */
export function inTheWay(snapshot: Snapshot, pending: readonly ReplayedTarget[]): readonly ReplayedTarget[] {
  const originals = snapshot.targets.filter((target) => target.label === 'Blue' && target.events.length === 0 && (target.routes ?? []).every(({ state, wanted }) => state === 'InService' && wanted !== 'Blocked'));
  return originals.length >= leastInService(snapshot) ? [] : pending.filter(({ routes }) => routes.some(({ state }) => state === 'InService'));
}

/** Those of the incoming fleet that every router is seen to serve from. */
export function serving({ done }: Fleet, snapshot: Snapshot): readonly ReplayedTarget[] {
  return done.filter(({ routes }) => routes.length > 0 && routes.every((route) => isSeenIn(route, snapshot)));
}

/** Until when it is waited for those that had come in and are not seen to serve. */
export function unservedUntil(fleet: Fleet, snapshot: Snapshot): Instant {
  const seen = serving(fleet, snapshot);
  const since = fleet.done.filter((target) => !seen.includes(target)).map(({ routes }) => routes.filter(({ state }) => state !== 'InService').reduce((latest, route) => Math.max(latest, route.since ?? snapshot.now), 0));
  const own = Math.min(snapshot.now, ...since) + (snapshot.deployment.traffic?.serveMs ?? 0);
  return snapshot.listeningSince === undefined ? own : Math.max(own, snapshot.listeningSince + 60_000);
}

function isSeenIn({ wanted, state, takenAt, observedAt, trouble }: RouteState, { listeningSince }: Snapshot): boolean {
  if (wanted !== 'Allowed' || state !== 'InService' || trouble !== null || takenAt === null || observedAt === null) return false;
  return observedAt >= takenAt && (listeningSince === undefined || observedAt >= listeningSince);
}

/** Traffic has moved, and the wait in which the originals are kept is over, or was ended. */
export function keptLongEnough(snapshot: Snapshot, after: Replayed): boolean {
  const { terminationWaitMs, terminationSkippedAt, direction } = fleetState(snapshot);
  if (direction === 'back' || terminationWaitMs === 0 || fleetOf('Blue', snapshot, after).targets.length === 0) return true;
  const since = after.fleets.movedAt;
  return since !== null && (terminationSkippedAt !== null || snapshot.now >= keptUntil(since, snapshot, after));
}

export function keptUntil(since: Instant, snapshot: Snapshot, after: Replayed): Instant {
  const wait = since + fleetState(snapshot).terminationWaitMs;
  return after.startedAt === null ? wait : Math.min(wait, after.startedAt + snapshot.limits.deploymentMs);
}
