// Small snapshots of deployments that move traffic, one router in front, for tests of single rules.

import { allowEvents, blockEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { EventState, Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import type { RouteState, TrafficRules } from '../../server/planner/traffic-state.ts';
import { aRunningSnapshot, aTarget, noon, second, type SnapshotParts } from './a-snapshot.ts';

export const rules: TrafficRules = { drainMs: 60 * second, onDrainTimeout: 'FAIL', forceMs: 10 * second, serveMs: 600 * second, minHealthyMs: 0 };
export const inPlaceWithTraffic: readonly string[] = [...blockEvents, ...inPlaceEvents, ...allowEvents];

/** Asked ten seconds ago, taken a second later, seen a second ago. */
export function aRoute(wanted: RouteState['wanted'], state: RouteState['state'], parts: Partial<RouteState> = {}): RouteState {
  return { router: 'web', wanted, isForced: false, isKeptOut: false, askedAt: noon - 10 * second, takenAt: noon - 9 * second, state, inFlight: state === 'Draining' ? 2 : 0, since: noon - 5 * second, observedAt: noon - second, trouble: null, ...parts };
}

export const drained = aRoute('Blocked', 'OutOfService');
export const inService = aRoute('Allowed', 'InService');

/** In progress: everything before `event` has succeeded; `event` began ten seconds ago, or as said. */
export function aTargetWithTraffic(targetId: string, event: string, at: Partial<EventState>, routes: readonly RouteState[], parts: Partial<TargetState> = {}): TargetState {
  const here = inPlaceWithTraffic.indexOf(event);
  const events = inPlaceWithTraffic.map((name, index): EventState => {
    const pending: EventState = { name, status: 'Pending', commandedAt: null, startedAt: null, endedAt: null };
    if (index < here) return { name, status: 'Succeeded', commandedAt: noon - 30 * second, startedAt: noon - 29 * second, endedAt: noon - 20 * second, givenUp: null };
    return index === here ? { ...pending, ...at } : pending;
  });
  return aTarget(targetId, { status: 'InProgress', events, generation: here, routes, ...parts });
}

export const running = { status: 'InProgress', commandedAt: noon - 10 * second, startedAt: noon - 10 * second } as const;

/** Under way since a minute, all routers seen. */
export function aTrafficSnapshot(parts: SnapshotParts & { readonly rules?: Partial<TrafficRules> } = {}): Snapshot {
  const { rules: own, ...rest } = parts;
  return aRunningSnapshot({ ...rest, deployment: { traffic: { ...rules, ...own }, ...rest.deployment } });
}
