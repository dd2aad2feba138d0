// What one decision of the planner costs, in this process, by the size of the fleet: in the middle of a rollout, a report
// has come in and one target has its next event to be told.

import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot } from '../../test/builders/a-snapshot.ts';

export interface DecisionCost {
  readonly planUs: number;
  readonly checkUs: number;
}

export function decisionCost(targets: number): DecisionCost {
  const snapshot = midway(targets);
  const made = plan(snapshot);
  if (made.actions.length !== 1) throw new Error(`one action was expected, not ${JSON.stringify(made.actions).slice(0, 200)}`);
  return { planUs: costOf(() => plan(snapshot)), checkUs: costOf(() => check(snapshot, made)) };
}

/** Microseconds of one call, over a fifth of a second. */
function costOf(act: () => unknown): number {
  for (let i = 0; i < 3; i += 1) act();
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < 200) {
    act();
    calls += 1;
  }
  return (1000 * (performance.now() - began)) / calls;
}

function midway(count: number): Snapshot {
  const base = aRunningSnapshot();
  const now = base.now;
  const targets = Array.from({ length: count }, (_, index): TargetState => {
    const done = index === 0 ? 2 : 1;
    return {
      targetId: `i-${index}`,
      status: 'InProgress',
      standing: 'old',
      lot: index,
      generation: 2,
      agent: { isConnected: true, silentSince: null },
      events: inPlaceEvents.map((name, position) => ({
        name,
        status: position < done ? 'Succeeded' : position === 1 ? 'InProgress' : 'Pending',
        commandedAt: position <= 1 ? now - 1000 : null,
        startedAt: position <= 1 ? now - 900 : null,
        endedAt: position < done ? now - 800 : null,
      })),
    };
  });
  return { ...base, targets };
}
