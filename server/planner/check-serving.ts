// Ninth part of `check.ts`: who serves. Written from the promise that no host is taken out of rotation by our doing while that
// would leave fewer in service than the minimum, as the routers show them.

import { count, isWaitingToStart, ofStage, whyNothingNew, whyTooManyFailed } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import { firstLookSays } from './check-traffic.ts';
import type { Instant, Snapshot } from './snapshot.ts';

/** It has routers, and one of them does not send it requests, or is not to. */
export function isOutAtRouters({ routes }: Pick<ReplayedTarget, 'routes'>): boolean {
  return !routes.every(({ wanted, state }) => state === 'InService' && wanted !== 'Blocked');
}

interface Spare {
  /** Hosts that could be taken if everybody that has not failed served. */
  readonly byCount: number;
  /** The same among those that do serve. */
  readonly bySight: number;
  readonly outPending: number;
  readonly servingPending: number;
  /** Out at the routers, and not to be started now. */
  readonly missing: readonly ReplayedTarget[];
}

function spare(snapshot: Snapshot, after: Replayed): Spare {
  const isDivided = (snapshot.deployment.stages ?? []).length > 0;
  const here = isDivided ? ofStage(after, after.openStage) : [...after.targets.values()];
  const zone = snapshot.deployment.stages?.[after.openStage]?.minimumHealthyHosts ?? null;
  const isHere = new Set(here);
  const isMissing = (target: ReplayedTarget): boolean => isOutAtRouters(target) && (target.status === 'Succeeded' || (target.status === 'Pending' && !isHere.has(target)));
  const outPending = here.filter((target) => target.status === 'Pending' && isOutAtRouters(target)).length;
  const left = (targets: readonly ReplayedTarget[], minimum: number): number => {
    const { all, failed, inFlight, leftOut } = count({ targets: new Map(targets.map((target) => [target.targetId, target])) });
    return all - failed - leftOut - inFlight - minimum;
  };
  const everyone = [...after.targets.values()];
  const byCount = [left(everyone, snapshot.deployment.minimumHealthyHosts), ...(zone === null ? [] : [left(here, zone)])];
  const missing = [everyone.filter(isMissing).length, here.filter(isMissing).length];
  return {
    byCount: Math.min(...byCount),
    bySight: Math.min(...byCount.map((room, index) => room - missing[index]! - outPending)),
    outPending,
    servingPending: here.filter((target) => target.status === 'Pending' && !isOutAtRouters(target)).length,
    missing: everyone.filter(isMissing),
  };
}

/** A plan that takes a host that serves must leave enough that do. */
export function checkServing(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (snapshot.deployment.traffic === undefined) return;
  const routes = new Map(snapshot.targets.map((target) => [target.targetId, target.routes ?? []]));
  const taken = after.started.filter((id) => !isOutAtRouters({ routes: routes.get(id) ?? [] }));
  const { bySight } = spare(snapshot, after);
  if (taken.length > 0 && bySight < 0) complain(`${taken.join(', ')} would be taken out of rotation, which leaves ${-bySight} too few in service.`);
}

/** How many more could be started, of those that the counts would allow; as many as these where nobody looks at routers. */
export function startableBySight(snapshot: Snapshot, after: Replayed, byCount: number): number {
  if (snapshot.deployment.traffic === undefined) return byCount;
  const { outPending, bySight, servingPending } = spare(snapshot, after);
  return Math.min(byCount, outPending + Math.max(0, Math.min(bySight, servingPending)));
}

/** Until when a deployment with nothing in flight may wait for hosts that are not in service any more; null: it has no such reason. */
export function mayLackUntil(snapshot: Snapshot, after: Replayed): Instant | null {
  const { traffic } = snapshot.deployment;
  if (traffic === undefined || isWaitingToStart(after.status) || count(after).inFlight + count(after).held > 0 || whyNothingNew(snapshot, after) !== null || whyTooManyFailed(snapshot, after) !== null || after.bakesUntil !== null || firstLookSays(snapshot, after) !== null) return null;
  const { byCount, bySight, servingPending, missing } = spare(snapshot, after);
  if (servingPending === 0 || byCount <= 0 || bySight > 0 || missing.length === 0) return null;
  // Whoever is kept out does not come back by waiting.
  const returning = missing.filter(({ routes }) => !routes.some(({ wanted }) => wanted === 'Blocked'));
  if (bySight + returning.length < 1) return snapshot.now;
  const sinces = returning.map(({ routes }) => routes.filter(({ state }) => state !== 'InService').reduce((latest, { since }) => Math.max(latest, since ?? snapshot.now), 0));
  return sinces.reduce((first, since) => Math.min(first, since), Infinity) + traffic.serveMs;
}

/** Whether it is so that too few are in service for another to be taken, though the counts would allow it. */
export function isTrueOfServing(waiting: { readonly serving: number; readonly inFlight: number; readonly pending: number; readonly missing: readonly string[] }, snapshot: Snapshot, after: Replayed): boolean {
  const { byCount, bySight, servingPending, outPending, missing } = spare(snapshot, after);
  const { all, failed, inFlight, leftOut } = count(after);
  const isCounted = waiting.serving === all - failed - leftOut - inFlight - outPending - missing.length && waiting.inFlight === inFlight && waiting.pending === servingPending;
  return isCounted && byCount > 0 && bySight <= 0 && servingPending > 0 && [...waiting.missing].sort().join() === missing.map(({ targetId }) => targetId).sort().join();
}
