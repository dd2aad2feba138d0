// What is to be asked of a router now: whatever it has not taken yet, and whatever is seen elsewhere than where it is wanted.
// Pure. One that is on its way is asked again now and then only: some routers go in steps, one a question.

import { routeKey, type WatchedRoute } from '../store/traffic-routes.ts';

export interface Question {
  readonly how: 'block' | 'force' | 'allow' | 'weigh';
  readonly routes: readonly WatchedRoute[];
}

const againAfterMs = 2_000;

/** `now` and `askedAt` (by route) on a clock that only goes on. Blocking comes first. */
export function questionsFor(routes: readonly WatchedRoute[], now: number, askedAt: ReadonlyMap<string, number>): readonly Question[] {
  const due = routes.filter((route) => isDue(route, now - (askedAt.get(routeKey(route)) ?? -Infinity)));
  const wanting = (wanted: string, isForced: number): WatchedRoute[] => due.filter((route) => route.wanted === wanted && (wanted === 'Allowed' || route.is_forced === isForced));
  const questions: Question[] = [
    { how: 'block', routes: wanting('Blocked', 0) },
    { how: 'force', routes: wanting('Blocked', 1) },
    { how: 'allow', routes: wanting('Allowed', 0).filter((route) => whoKeepsOut(route, routes) === null) },
    { how: 'weigh', routes: raisedFirst(routes.filter((route) => isWeightDue(route, now - (askedAt.get(weightKey(route)) ?? -Infinity)))) },
  ];
  return questions.filter((question) => question.routes.length > 0);
}

/** Of questions about its weight, beside those about its rotation. */
export function weightKey(route: WatchedRoute): string {
  return `weight ${routeKey(route)}`;
}

/** Whoever is on the way out gets no more than before until that is taken. */
function isWeightDue({ wanted, taken_at: takenAt, weight_wanted: weight, weight_taken_at: weighedAt, weight: seen, is_trouble_final: isFinal }: WatchedRoute, sinceAskedMs: number): boolean {
  if (weight === null || (wanted === 'Blocked' && takenAt === null)) return false;
  if (isFinal === 1 && sinceAskedMs < againAfterMs) return false;
  return weighedAt === null || (seen !== weight && sinceAskedMs >= againAfterMs);
}

/** In this order there is never a moment without anybody to serve. */
function raisedFirst(routes: readonly WatchedRoute[]): readonly WatchedRoute[] {
  const isRaised = ({ weight_wanted: wanted, weight }: WatchedRoute): boolean => (wanted ?? 0) > (weight ?? 0);
  return routes.toSorted((a, b) => Number(isRaised(b)) - Number(isRaised(a)));
}

/** Another group may share the member: it is let in when nobody wants it out. Null: nobody does. */
export function whoKeepsOut({ instance_id: id, wanted, target_id: targetId }: WatchedRoute, routes: readonly WatchedRoute[]): string | null {
  const other = wanted === 'Allowed' ? routes.find((route) => route.instance_id === id && route.wanted === 'Blocked') : undefined;
  return other === undefined ? null : `Another deployment group that ${targetId} is in wants it out of rotation (${other.deployment_id}).`;
}

function isDue({ wanted, taken_at: takenAt, state, is_trouble_final: isFinal }: WatchedRoute, sinceAskedMs: number): boolean {
  if (wanted === null || (isFinal === 1 && sinceAskedMs < againAfterMs)) return false;
  if (takenAt === null) return true;
  if (wanted === 'Blocked') return state === 'InService' || state === 'Unhealthy' || (state === 'Draining' && sinceAskedMs >= againAfterMs);
  return (state === 'OutOfService' || state === 'Draining') && sinceAskedMs >= againAfterMs;
}
