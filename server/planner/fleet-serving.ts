// Whether one fleet is seen to serve by itself, so that something may be taken out of the other one.

import { countFleet, type Course } from './course.ts';
import { isInService } from './routes.ts';
import { isOutOfService } from './serving.ts';
import type { Instant, Snapshot, TargetState } from './snapshot.ts';

export interface FleetServing {
  readonly isEnough: boolean;
  /** It could be, once those that are missing are seen in service. */
  readonly isWithinReach: boolean;
  readonly serving: number;
  readonly required: number;
  /** They had come into rotation, and are not in service. */
  readonly missing: readonly TargetState[];
  /** How long is waited for them. */
  readonly until: Instant;
}

/** Of the fleet that comes in, once its targets have ended. */
export function fleetServes(snapshot: Snapshot, fleet: readonly Course[]): FleetServing {
  const { now, deployment, listeningSince = -Infinity } = snapshot;
  const inRotation = fleet.filter(({ status }) => status === 'Succeeded').map(({ target }) => target);
  const missing = inRotation.filter(({ routes = [] }) => !routes.every((route) => isInService(route, snapshot)));
  const required = leastServing(snapshot);
  const serving = inRotation.length - missing.length;
  const outSince = missing.map(({ routes = [] }) => Math.max(...routes.map((route) => (route.state === 'InService' ? 0 : (route.since ?? now)))));
  return {
    isEnough: serving >= required,
    isWithinReach: inRotation.length >= required,
    serving,
    required,
    missing,
    until: Math.max(Math.min(...outSince, now) + (deployment.traffic?.serveMs ?? 0), listeningSince + freshLookMs),
  };
}

const freshLookMs = 60_000;

/** At least one, whatever the minimum: nobody is ever left without a host. */
export function leastServing({ deployment }: Snapshot): number {
  return Math.max(1, deployment.minimumHealthyHosts);
}

/** A replacement instance that is in rotation already is only taken out of it while enough of the original ones serve. */
export function mayHoldBack({ routes = [] }: TargetState, snapshot: Snapshot): boolean {
  if (!routes.some((route) => route.state === 'InService')) return true;
  const originals = snapshot.targets.filter(({ label, events }) => label === 'Blue' && events.length === 0);
  return originals.filter((target) => !isOutOfService(target)).length >= leastServing(snapshot);
}

/** Of a fleet that is installed: how many more may come into rotation now. Those that were not installed do not count again. */
export function roomToReroute({ deployment }: Snapshot, fleet: readonly Course[]): number {
  const installed = fleet.filter(({ status, target, actions }) => status !== 'Failed' || isOnItsWay(target, actions));
  const { total, failed, inFlight } = countFleet(installed);
  return total - failed - inFlight - Math.min(deployment.minimumHealthyHosts, total - 1);
}

function isOnItsWay({ events }: TargetState, actions: Course['actions']): boolean {
  const way = ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'];
  return actions.some((action) => action.kind === 'RerouteTarget') || events.some(({ name, status, commandedAt, givenUp }) => way.includes(name) && (commandedAt !== null || (givenUp ?? null) !== null || status === 'Failed'));
}
