// What is foreseen, held against what the planner does step by step when nothing goes wrong.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { apply } from '../../server/planner/apply.ts';
import { foresee, type Wave } from '../../server/planner/foresight.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { aSnapshot, aTarget, connected, minute, neverSeen, pendingTargets, second } from '../builders/a-snapshot.ts';
import { createdSnapshots, happen } from './arbitrary-snapshots.ts';
import { createdWithTraffic, happenAtRouter } from './arbitrary-traffic.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 500);
const ids = (waves: readonly Wave[]): string[] => waves.map(({ targetIds }) => targetIds.join(' '));
const ample = { eventStartMs: 1_000_000_000, eventMs: 1_000_000_000, deploymentMs: 100_000_000_000 };

describe('what is foreseen', () => {
  it('is one target after another where one may be away, in the order of the lots', () => {
    const { waves, outcome } = foresee(aSnapshot({ minimum: 2, targets: pendingTargets(3).toReversed() }));
    assert.deepEqual(waves, [{ targetIds: ['i-1'], stage: null, bakeMs: 0 }, { targetIds: ['i-2'], stage: null, bakeMs: 0 }, { targetIds: ['i-3'], stage: null, bakeMs: 0 }]);
    assert.deepEqual(outcome, { status: 'Succeeded', error: null });
  });

  it('is the end at once, with its reason, where the minimum can never be met', () => {
    const { waves, outcome } = foresee(aSnapshot({ minimum: 10, targets: pendingTargets(10) }));
    assert.deepEqual([waves, outcome?.status, outcome?.error?.code], [[], 'Failed', 'HEALTH_CONSTRAINTS_INVALID']);
    assert.match(outcome?.error?.message ?? '', /at least 10 healthy instances throughout, and the deployment has 10/);
  });

  it('is stage after stage, each with the time it is watched for', () => {
    const stage = { kind: 'step', minimumHealthyHosts: null, mayFail: 0 } as const;
    const targets = pendingTargets(4).map((target, index) => ({ ...target, stage: index === 0 ? 0 : 1 }));
    const { waves, outcome } = foresee(aSnapshot({ minimum: 1, targets, deployment: { stages: [{ ...stage, name: '1', bakeMs: 10 * minute }, { ...stage, name: '100%', bakeMs: 0 }] } }));
    assert.deepEqual(waves, [{ targetIds: ['i-1'], stage: 0, bakeMs: 10 * minute }, { targetIds: ['i-2', 'i-3', 'i-4'], stage: 1, bakeMs: 0 }]);
    assert.equal(outcome?.status, 'Succeeded');
  });

  it('says how long alarms are watched after the last target, whatever they say now', () => {
    const alarms = { ignoresPollFailure: false, bakeMs: 90 * second, alarms: [{ name: 'errors', isDryRun: false, state: 'ALARM', detail: '', goodUntil: 0, activeAt: null }] } as const;
    const { alarmBakeMs, outcome } = foresee(aSnapshot({ alarms }));
    assert.deepEqual([alarmBakeMs, outcome?.status], [90 * second, 'Succeeded']);
  });

  it('is the end that absent agents bring: fewer at a time after each, until too few are left', () => {
    const targets = ['i-1', 'i-2', 'i-3', 'i-4'].map((id) => aTarget(id, { agent: id === 'i-1' || id === 'i-2' ? neverSeen : connected }));
    const created = aSnapshot({ minimum: 2, targets });
    assert.equal(foresee(created).outcome?.status, 'Succeeded');
    const { waves, outcome } = foresee(created, new Set(['i-1', 'i-2']));
    assert.deepEqual([ids(waves), outcome?.status, outcome?.error?.code], [['i-1 i-2'], 'Failed', 'AGENT_ISSUE']);
    assert.equal(foresee(created, new Set(['i-4'])).outcome?.status, 'Succeeded');
  });

  it('is not looked at without end: where it would cost too much, there are some waves and no outcome', () => {
    const { waves, outcome } = foresee(aSnapshot({ minimum: 19, targets: pendingTargets(20) }), new Set(), 5 * 20);
    assert.deepEqual([ids(waves), outcome], [['i-1', 'i-2', 'i-3', 'i-4', 'i-5'], null]);
  });

  it('is what the planner does when every agent does as it is told, event by event, in the same time', () => {
    fc.assert(
      fc.property(calm(createdSnapshots()), (created) => {
        const { waves, outcome } = foresee(created);
        assert.deepEqual({ waves: ids(waves), outcome: outcome?.status }, lived(created));
      }),
      { numRuns },
    );
  });

  it('is the same behind a balancer, where every router does as it is told', () => {
    fc.assert(
      fc.property(calm(createdWithTraffic()), (created) => {
        const { waves, outcome } = foresee(created);
        assert.deepEqual({ waves: ids(waves), outcome: outcome?.status }, lived(created));
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});

/** Nothing stands against the start, and there is time enough. */
function calm(created: fc.Arbitrary<Snapshot>): fc.Arbitrary<Snapshot> {
  return created.map(({ alarms: _, triggers: _t, listeningSince: _l, ...snapshot }) => {
    const { gates: _g, decideWithinMs: _d, ...deployment } = snapshot.deployment;
    return {
      ...snapshot,
      deployment: { ...deployment, stopRequestedAt: null, stopRollback: null, ...(deployment.traffic === undefined ? {} : { traffic: { ...deployment.traffic, serveMs: ample.eventMs, drainMs: ample.eventMs, minHealthyMs: 0 } }) },
      targets: snapshot.targets.map((target) => ({ ...target, agent: connected })),
      earlierDeploymentId: null,
      limits: ample,
    };
  });
}

/** All targets in flight are let do one event each, then planned, and so on. */
function lived(created: Snapshot): { readonly waves: string[]; readonly outcome: string | undefined } {
  const waves: string[] = [];
  let snapshot = created;
  for (let steps = 0; steps < 3_000; steps += 1) {
    const next = plan(snapshot);
    const started = next.actions.flatMap((action) => (action.kind === 'StartTarget' ? [action.targetId] : []));
    if (started.length > 0) waves.push(started.join(' '));
    snapshot = apply(snapshot, next);
    const finish = next.actions.find((action) => action.kind === 'FinishDeployment');
    if (finish !== undefined) return { waves, outcome: finish.status };
    const busy = snapshot.targets.map(({ status }, who) => (status === 'InProgress' ? who : -1)).filter((who) => who >= 0);
    for (const who of snapshot.targets.keys()) for (const where of (snapshot.targets[0]?.routes ?? []).keys()) snapshot = happenAtRouter(snapshot, { kind: 'comply', who, where });
    for (const who of busy) if (!isAtRouters(snapshot, who)) snapshot = happen(snapshot, { kind: 'succeed', who }, []);
    if (busy.length === 0 && next.waitingOn.every(({ reason }) => reason === 'ZoneBaking' || reason === 'StepBaking')) snapshot = { ...snapshot, now: Math.max(snapshot.now, next.wakeAt ?? 0) };
  }
  throw new Error('It does not end.');
}

function isAtRouters({ targets }: Snapshot, who: number): boolean {
  return targets[who]!.events.some(({ name, status }) => status === 'InProgress' && (name === 'BlockTraffic' || name === 'AllowTraffic'));
}
