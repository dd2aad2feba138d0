// Deployments from one fleet to another, for the planner's properties: any created deployment that moves traffic, its targets
// divided into originals and replacements, and what somebody may say about it meanwhile.

import fc from 'fast-check';
import type { BlueGreenState } from '../../server/planner/blue-green-state.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { createdWithTraffic, untold } from './arbitrary-traffic.ts';

const minuteMs = 60_000;

const shares = [
  [{ share: 1, bakeMs: 0 }, { share: 25, bakeMs: minuteMs }, { share: 70, bakeMs: 0 }, { share: 100, bakeMs: 5 * minuteMs }],
  [{ share: 50, bakeMs: 5 * minuteMs }, { share: 100, bakeMs: 0 }],
  [{ share: 100, bakeMs: minuteMs }],
];

export function createdBetweenFleets(): fc.Arbitrary<Snapshot> {
  const chosen = fc.record({
    direction: fc.constantFrom('forward' as const, 'forward' as const, 'forward' as const, 'back' as const),
    readyAction: fc.constantFrom('CONTINUE_DEPLOYMENT' as const, 'STOP_DEPLOYMENT' as const),
    readyWaitMs: fc.constantFrom(minuteMs, 30 * minuteMs),
    terminationWaitMs: fc.constantFrom(0, 5 * minuteMs, 60 * minuteMs),
    releases: fc.boolean(),
  });
  const shared = fc.record({ trafficSteps: fc.constantFrom([], [], ...shares), weighs: fc.constantFrom('member' as const, 'member' as const, 'member' as const, 'group' as const, null) });
  const labels = fc.array(fc.constantFrom('Blue' as const, 'Green' as const), { minLength: 12, maxLength: 12 });
  const minimum = fc.nat(2);
  return fc.tuple(createdWithTraffic(), chosen, labels, minimum, fc.boolean(), shared).map(([snapshot, blueGreen, labelOf, minimumHealthyHosts, wasSeen, { trafficSteps, weighs }]) => {
    const { stages: _stages, decideWithinMs: _asked, ...deployment } = snapshot.deployment;
    const { alarms, ...rest } = snapshot;
    return {
      ...rest,
      // The bake of the alarms is part of the wait in which the originals are kept.
      ...(alarms === undefined ? {} : { alarms: { ...alarms, bakeMs: 0 } }),
      // A way back asks for no more than that.
      deployment: { ...deployment, ...(blueGreen.direction === 'back' ? { mayFail: null } : {}), minimumHealthyHosts, blueGreen: { ...created(blueGreen), trafficSteps: blueGreen.direction === 'back' ? trafficSteps.slice(-1).map(({ share }) => ({ share, bakeMs: 0 })) : trafficSteps } },
      targets: snapshot.targets.map((target, index) => ({ ...target, label: labelOf[index]!, stage: 0, routes: (target.routes ?? []).map((route) => ({ ...(wasSeen ? { ...route, ...untold } : route), weighs })) })),
    };
  });
}

function created(chosen: Pick<BlueGreenState, 'direction' | 'readyAction' | 'readyWaitMs' | 'terminationWaitMs' | 'releases'>): BlueGreenState {
  const isBack = chosen.direction === 'back';
  return { ...chosen, ...(isBack ? { readyAction: 'CONTINUE_DEPLOYMENT', readyWaitMs: 0, terminationWaitMs: 0, releases: false } : {}), readyAt: null, continuedAt: null, movedAt: null, terminationSkippedAt: null };
}

/** `skip`: the wait in which the originals are kept is ended. */
export type Word = { readonly kind: 'continue' | 'skip' };

export function isWord(happening: { readonly kind: string }): happening is Word {
  return happening.kind === 'continue' || happening.kind === 'skip';
}

export function words(): fc.Arbitrary<Word> {
  return fc.constantFrom({ kind: 'continue' as const }, { kind: 'continue' as const }, { kind: 'skip' as const });
}

/** The snapshot after it was said; unchanged where it would be refused. */
export function say(snapshot: Snapshot, { kind }: Word): Snapshot {
  const { blueGreen, status, stopRequestedAt } = snapshot.deployment;
  if (blueGreen === undefined || stopRequestedAt !== null) return snapshot;
  const note = (change: Partial<BlueGreenState>): Snapshot => ({ ...snapshot, deployment: { ...snapshot.deployment, blueGreen: { ...blueGreen, ...change } } });
  if (kind === 'continue') return status === 'Ready' && blueGreen.continuedAt === null ? note({ continuedAt: snapshot.now }) : snapshot;
  return blueGreen.movedAt === null ? snapshot : note({ terminationSkippedAt: blueGreen.terminationSkippedAt ?? snapshot.now });
}
