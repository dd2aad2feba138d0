// The steps by which a config lets a fleet in: CodeDeploy's three ways and ours, as one list in milliseconds. Pure.

import type { TrafficRoutingConfig } from '../../protocol/model/traffic-routing.ts';
import type { TrafficStep } from '../planner/blue-green-state.ts';

const minuteMs = 60_000;

/** Of a config that was checked (../operations/config-traffic.ts). Empty: all of the traffic at once; else the last is of 100 percent. */
export function trafficStepsOf({ type = 'AllAtOnce', timeBasedCanary = {}, timeBasedLinear = {}, timeBasedSteps = { steps: [] } }: TrafficRoutingConfig): readonly TrafficStep[] {
  switch (type) {
    case 'AllAtOnce':
      return [];
    case 'TimeBasedCanary':
      return [{ share: timeBasedCanary.canaryPercentage ?? 0, bakeMs: (timeBasedCanary.canaryInterval ?? 0) * minuteMs }, { share: 100, bakeMs: 0 }];
    case 'TimeBasedLinear': {
      const { linearPercentage: by = 100, linearInterval = 0 } = timeBasedLinear;
      const between = Array.from({ length: Math.ceil(100 / by) - 1 }, (_, index) => ({ share: by * (index + 1), bakeMs: linearInterval * minuteMs }));
      return [...between, { share: 100, bakeMs: 0 }];
    }
    case 'TimeBasedSteps':
      return timeBasedSteps.steps.map(({ percentage, bakeSeconds }) => ({ share: percentage, bakeMs: 1000 * (bakeSeconds ?? timeBasedSteps.bakeSeconds ?? 0) }));
  }
}
