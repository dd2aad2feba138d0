// Several balancers, or several nodes and backends of one, seen as one: a member is where the one of them is that is least
// far, whichever way it is going. All are asked at once, and all are waited for.

import type { Capabilities, Observation, TrafficRouter } from './traffic-router.ts';
import { RouterTrouble } from './traffic-router.ts';

/** Of one member, as seen at several places; there must be one at least. */
export function seenAsOne(places: readonly Observation[]): Observation {
  const first = places[0];
  if (first === undefined) throw new Error('A member was observed nowhere.');
  if (places.length === 1) return first;
  const counts = places.map(({ inFlight }) => inFlight).filter((count) => count !== null);
  const weights = places.map(({ weight }) => weight).filter((weight) => weight !== null);
  return {
    state: leastFar(new Set(places.map(({ state }) => state))),
    inFlight: counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0),
    weight: new Set(weights).size === 1 ? weights[0]! : null,
    detail: [...new Set(places.map(({ detail }) => detail))].join(' '),
  };
}

/**
 * Neither a member that one node still sends requests to may pass for blocked, nor one that a node has blocked for being in
 * service: what is in between is Draining, or Unhealthy where nothing is blocked.
 */
function leastFar(states: ReadonlySet<Observation['state']>): Observation['state'] {
  if (states.size === 1) return [...states][0]!;
  if (states.has('Unknown')) return 'Unknown';
  const isBlockedSomewhere = states.has('OutOfService') || states.has('Draining');
  if (states.has('Unhealthy')) return 'Unhealthy';
  if (states.has('InService')) return isBlockedSomewhere ? 'Draining' : 'Unhealthy';
  return states.has('Draining') ? 'Draining' : 'OutOfService';
}

/** Several routers as one. There must be one at least. */
export function routersAsOne(routers: readonly TrafficRouter[]): TrafficRouter {
  const [first, ...others] = routers;
  if (first === undefined) throw new Error('No router was given.');
  if (others.length === 0) return first;
  return {
    capabilities: leastCapable(routers.map(({ capabilities }) => capabilities)),
    preflight: async (targets, signal) => (await ofAll(routers, (router) => router.preflight(targets, signal))).flat(),
    block: async (targets, how, signal) => void (await ofAll(routers, (router) => router.block(targets, how, signal))),
    allow: async (targets, signal) => void (await ofAll(routers, (router) => router.allow(targets, signal))),
    setWeights: async (weights, targets, signal) => void (await ofAll(routers, (router) => router.setWeights(weights, targets, signal))),
    async observe(targets, signal) {
      const seen = await ofAll(routers, (router) => router.observe(targets, signal));
      return new Map(targets.map(({ targetId }) => [targetId, seenAsOne(seen.map((one) => one.get(targetId)!))]));
    },
  };
}

function leastCapable(all: readonly Capabilities[]): Capabilities {
  const drains = ['time', 'processExit', 'exact'] as const;
  return { weights: all.every(({ weights }) => weights === all[0]?.weights) ? (all[0]?.weights ?? null) : null, drain: drains.find((drain) => all.some((one) => one.drain === drain)) ?? 'time' };
}

/** Waits for all, so that none goes on behind the caller's back; then throws what failed, as one sentence. */
export async function ofAll<Asked, Answer>(all: readonly Asked[], ask: (one: Asked) => Promise<Answer>): Promise<readonly Answer[]> {
  const ends = await Promise.allSettled(all.map(ask));
  const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }) => reason as unknown);
  const defect = failures.find((failure) => !(failure instanceof RouterTrouble));
  if (defect !== undefined) throw defect;
  if (failures.length > 0) {
    const troubles = failures as RouterTrouble[];
    throw new RouterTrouble([...new Set(troubles.map(({ message }) => message))].join(' '), troubles.every(({ isPassing }) => isPassing));
  }
  return ends.map((end) => (end as PromiseFulfilledResult<Answer>).value);
}
