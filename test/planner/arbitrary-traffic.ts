// Deployments that move traffic, for the planner's properties: any created deployment with routers in front, and what may
// happen at a router. Routers take what they are asked or refuse, are seen anywhere, cannot be seen, and forget.

import fc from 'fast-check';
import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import type { RouteState, TrafficRules } from '../../server/planner/traffic-state.ts';
import { createdSnapshots } from './arbitrary-snapshots.ts';

const secondMs = 1_000;

export const untold = { wanted: null, isForced: false, isKeptOut: false, askedAt: null, takenAt: null, state: null, inFlight: null, since: null, observedAt: null, trouble: null } as const satisfies Omit<RouteState, 'router'>;

/** As `createdSnapshots`, with one router or two; some hosts are out of rotation since an earlier deployment. */
export function createdWithTraffic(): fc.Arbitrary<Snapshot> {
  const rules = fc.record({
    drainMs: fc.constantFrom(5 * secondMs, 90 * secondMs, 300 * secondMs),
    onDrainTimeout: fc.constantFrom('FAIL' as const, 'FORCE' as const),
    forceMs: fc.constantFrom(5 * secondMs, 60 * secondMs),
    serveMs: fc.constantFrom(30 * secondMs, 3600 * secondMs),
    minHealthyMs: fc.constantFrom(0, 0, 20 * secondMs),
  });
  return fc.tuple(createdSnapshots(), rules, fc.constantFrom(['web'], ['api', 'web']), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })).map(([snapshot, traffic, routers, keptOut]) => withTraffic(snapshot, traffic, routers, (index) => keptOut[index] === true && keptOut[index + 1] === true));
}

export function withTraffic(snapshot: Snapshot, traffic: TrafficRules, routers: readonly string[], isKeptOut: (index: number) => boolean = () => false): Snapshot {
  const earlier = { ...untold, wanted: 'Blocked', isKeptOut: true, askedAt: snapshot.now - 1, takenAt: snapshot.now - 1, state: 'OutOfService', inFlight: 0, since: snapshot.now - 1, observedAt: snapshot.now - 1 } as const;
  const targets = snapshot.targets.map((target, index) => ({ ...target, routes: routers.map((router): RouteState => ({ router, ...(isKeptOut(index) ? earlier : untold) })) }));
  return { ...snapshot, deployment: { ...snapshot.deployment, traffic }, targets };
}

// What may happen at a router. `who` and `where` pick a target and a route, modulo how many there are.
export type RouterHappening =
  | { readonly kind: 'take' | 'comply' | 'forget'; readonly who: number; readonly where: number }
  | { readonly kind: 'see'; readonly who: number; readonly where: number; readonly state: MemberState; readonly inFlight: number | null }
  | { readonly kind: 'trouble'; readonly who: number; readonly where: number; readonly isFinal: boolean };

export function routerHappenings(): fc.Arbitrary<RouterHappening> {
  const route = { who: fc.nat(5), where: fc.nat(1) };
  const state = fc.constantFrom<MemberState>('InService', 'Unhealthy', 'Draining', 'OutOfService', 'Absent', 'Unknown');
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), ...route }) },
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('comply' as const), ...route }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), ...route }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('see' as const), ...route, state, inFlight: fc.constantFrom(null, 0, 0, 3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('trouble' as const), ...route, isFinal: fc.boolean() }) },
  );
}

/** The snapshot after it happened. A second has passed, as nothing at a router takes no time. */
export function happenAtRouter(before: Snapshot, happening: RouterHappening): Snapshot {
  const snapshot = { ...before, now: before.now + secondMs };
  const { now } = snapshot;
  const seen = (route: RouteState, state: MemberState, inFlight: number | null): RouteState => ({ ...route, state, inFlight, observedAt: now, since: route.state === state ? route.since : now, trouble: route.trouble?.isFinal === true ? route.trouble : null });
  return withRoute(snapshot, happening.who, happening.where, (route) => {
    switch (happening.kind) {
      case 'take':
        return route.wanted === null ? route : { ...route, takenAt: now, trouble: null, ...weighing(route, now, route.weight?.seen ?? null) };
      // Of shares only: a node was reloaded, or somebody else has set it.
      case 'forget':
        return route.weight === undefined ? route : { ...route, weight: { ...route.weight, seen: 100 }, observedAt: now };
      case 'comply':
        return route.wanted === null ? seen({ ...route, ...weighing(route, now) }, 'InService', null) : seen({ ...route, takenAt: route.takenAt ?? now, trouble: null, ...weighing(route, now) }, route.wanted === 'Blocked' ? 'OutOfService' : 'InService', 0);
      case 'see':
        return seen(route, happening.state, happening.inFlight);
      case 'trouble':
        return { ...route, trouble: { message: 'The router does not answer.', isFinal: happening.isFinal } };
    }
  });
}

function withRoute(snapshot: Snapshot, who: number, where: number, change: (route: RouteState) => RouteState): Snapshot {
  const targets = snapshot.targets.map((target, index) => {
    const routes = target.routes ?? [];
    return index === who % snapshot.targets.length ? { ...target, routes: routes.map((route, place) => (place === where % routes.length ? change(route) : route)) } : target;
  });
  return { ...snapshot, targets };
}

/** It weighs what is wanted of it, or what is said. */
function weighing({ weight }: RouteState, now: number, seen: number | null = weight?.wanted ?? null): Pick<RouteState, 'weight'> {
  return weight === undefined || weight.wanted === null ? {} : { weight: { ...weight, takenAt: weight.takenAt ?? now, seen } };
}
