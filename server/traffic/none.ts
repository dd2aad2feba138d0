// The router of traffic that nobody moves: blocks and allows at once. Which is which is not known to it, so it says of a
// member what was last asked of this router; before that, that it is in service.

import type { Observation, TrafficRouter } from './traffic-router.ts';

export function noRouter(): TrafficRouter {
  const blocked = new Set<string>();
  const seen = (targetId: string): Observation => ({
    state: blocked.has(targetId) ? 'OutOfService' : 'InService',
    inFlight: null,
    weight: null,
    detail: 'There is no balancer: this router blocks and allows at once.',
  });
  return {
    capabilities: { weights: null, drain: 'time' },
    preflight: async () => [],
    async block(targets) {
      for (const { targetId } of targets) blocked.add(targetId);
    },
    async allow(targets) {
      for (const { targetId } of targets) blocked.delete(targetId);
    },
    setWeights: async () => undefined,
    observe: async (targets) => new Map(targets.map(({ targetId }) => [targetId, seen(targetId)])),
  };
}
