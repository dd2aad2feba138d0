// A router that does as a script says: shows itself after one second, takes a question after one second, drains in four more, finds a host healthy in three,
// unless told otherwise. Time is a number.

import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { Action } from '../../server/planner/actions.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import type { RouteState } from '../../server/planner/traffic-state.ts';

/** What is peculiar about one target at the router. */
export interface RouterPeculiarity {
  /** Requests to it take this long to end; null: they never do by themselves. */
  readonly drainsInMs?: number | null;
  readonly isNeverHealthy?: boolean;
  /** So long after it was taken out, the router has forgotten it for a while. */
  readonly forgottenAfterMs?: number;
}

/** What will be seen of a target, if nothing else was asked for since `askedAt`. */
export interface Sighting {
  readonly at: number;
  readonly targetId: string;
  /** Null: when nothing was asked for yet. */
  readonly askedAt: number | null;
  readonly taken: boolean;
  readonly state: MemberState;
  readonly inFlight: number | null;
}

const takesMs = 1_000;
const healthyAfterMs = 3_000;

export function sightingsOf(action: Action, { now: askedAt, targets }: Snapshot, peculiarityOf: (targetId: string) => RouterPeculiarity): Sighting[] {
  if (action.kind === 'StartDeployment') return targets.map(({ targetId }) => ({ at: askedAt + takesMs, targetId, askedAt: null, taken: false, state: 'InService', inFlight: 2 }));
  if (action.kind !== 'BlockTraffic' && action.kind !== 'AllowTraffic' && action.kind !== 'LetBackIn') return [];
  const { targetId } = action;
  const { drainsInMs = 4_000, isNeverHealthy = false, forgottenAfterMs } = peculiarityOf(targetId);
  const seen = (after: number, state: MemberState, inFlight: number | null = null): Sighting => ({ at: askedAt + takesMs + after, targetId, askedAt, taken: after === 0, state, inFlight });
  if (action.kind !== 'BlockTraffic') return isNeverHealthy ? [seen(0, 'Unhealthy')] : [seen(0, 'Unhealthy'), seen(healthyAfterMs, 'InService')];
  if (action.isForced) return [seen(0, 'OutOfService', 0)];
  return [
    seen(0, 'Draining', 2),
    ...(drainsInMs === null ? [] : [seen(drainsInMs, 'OutOfService', 0)]),
    ...(forgottenAfterMs === undefined ? [] : [seen(forgottenAfterMs, 'InService', 5), seen(forgottenAfterMs + 5_000, 'OutOfService', 0)]),
  ];
}

/** The snapshot once it was seen; null when something else is wanted by now. */
export function see(snapshot: Snapshot, { at, targetId, askedAt, taken, state, inFlight }: Sighting): Snapshot | null {
  const routes = snapshot.targets.find((target) => target.targetId === targetId)?.routes ?? [];
  if (routes.every((route) => route.askedAt !== askedAt)) return null;
  const after = (route: RouteState): RouteState => ({ ...route, takenAt: taken ? at : route.takenAt, state, inFlight, since: route.state === state ? route.since : at, observedAt: at });
  return { ...snapshot, targets: snapshot.targets.map((target) => (target.targetId === targetId ? { ...target, routes: routes.map(after) } : target)) };
}
