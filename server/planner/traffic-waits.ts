// What a target waits for at its routers, as it is told: one hold for each router that is not as it should be.

import type { TargetTrafficWaiting } from '../../protocol/model/traffic-waiting.ts';
import type { RouteState } from './traffic-state.ts';
import type { TrafficHold } from './traffic.ts';

export function trafficWaits(targetId: string, { kind, event, routes, since, deadline, healthyUntil }: TrafficHold): readonly TargetTrafficWaiting[] {
  return routes.map((route): TargetTrafficWaiting => {
    const common = { targetId, ...seen(route), deadline };
    switch (kind) {
      case 'Draining':
        return { reason: kind, ...common, ...(route.inFlight === null ? {} : { inFlight: route.inFlight }), since, ...(route.isForced ? { isForced: true } : {}) };
      case 'AwaitingServing':
        return { reason: kind, ...common, since, ...(healthyUntil === null ? {} : { healthyUntil }) };
      case 'RotationUnsure':
        return { reason: kind, ...common, event };
    }
  });
}

function seen({ router, state, trouble }: RouteState): Pick<TargetTrafficWaiting, 'router' | 'state' | 'trouble'> {
  return { router, ...(state === null ? {} : { state }), ...(trouble === null ? {} : { trouble: trouble.message }) };
}
