// What the routes to a target prove. Nothing is believed that was not seen after it was asked for, by a controller that
// was listening: a router that was restarted has forgotten, and so has the one who saw it before.

import type { Instant, Snapshot } from './snapshot.ts';
import type { RouteState, TrafficRules } from './traffic-state.ts';

/** No new request comes this way, and none is under way any more. */
export function isDrained(route: RouteState, snapshot: Snapshot): boolean {
  if (route.wanted !== 'Blocked' || !isSeenSinceTaken(route, snapshot)) return false;
  return (route.state === 'OutOfService' || route.state === 'Absent') && (route.inFlight ?? 0) === 0;
}

/** The router says that it knows no such member. */
export function isUnknownThere(route: RouteState, snapshot: Snapshot): boolean {
  return isSeenSinceTaken(route, snapshot) && route.state === 'Absent';
}

/** The router's own health check lets requests through to it. */
export function isInService(route: RouteState, snapshot: Snapshot): boolean {
  return route.wanted === 'Allowed' && isSeenSinceTaken(route, snapshot) && route.state === 'InService';
}

/** From when on it has been in service for long enough; null while it is not. */
export function servesFrom(route: RouteState, rules: TrafficRules, snapshot: Snapshot): Instant | null {
  return isInService(route, snapshot) ? Math.max(route.since ?? snapshot.now, route.takenAt ?? 0) + rules.minHealthyMs : null;
}

function isSeenSinceTaken({ takenAt, observedAt, trouble }: RouteState, { listeningSince = -Infinity }: Snapshot): boolean {
  return takenAt !== null && observedAt !== null && observedAt >= takenAt && observedAt >= listeningSince && trouble === null;
}

/** Every node of the router shares so: it was asked for, taken, and seen afterwards. */
export function isWeighed(route: RouteState, wanted: number, snapshot: Snapshot): boolean {
  return route.trouble === null && wasWeighed(route, wanted, snapshot);
}

/** The same, be it that the router cannot be seen any more. */
export function wasWeighed({ weight, observedAt }: RouteState, wanted: number, { listeningSince = -Infinity }: Snapshot): boolean {
  if (weight === undefined || weight.wanted !== wanted || weight.takenAt === null || observedAt === null) return false;
  return weight.seen === wanted && observedAt >= weight.takenAt && observedAt >= listeningSince;
}
