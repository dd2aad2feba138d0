// Claims about every snapshot and every history, searched by fast-check. A failure prints its seed and the smallest
// case; the checker (server/planner/check.ts) is by another hand than the planner.
// FAIRLEAD_RUNS makes the search longer: FAIRLEAD_RUNS=100000 mocha test/planner/properties.test.ts

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Plan } from '../../server/planner/actions.ts';
import { apply } from '../../server/planner/apply.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { refuse } from '../../server/planner/refusal.ts';
import { createdSnapshots, happen, happenings, onceEventLists, startedSnapshots } from './arbitrary-snapshots.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 1_000);

describe('the planner, over any snapshot', () => {
  it('makes plans that the checker passes, and has nothing to add once they are written', function () {
    this.timeout(0);
    fc.assert(
      fc.property(fc.oneof(createdSnapshots(), startedSnapshots()), (snapshot) => {
        planOnce(snapshot);
      }),
      { numRuns },
    );
  });

  it('gives the same plan for the same snapshot, whatever the order of its targets, and leaves it as it was', function () {
    this.timeout(0);
    fc.assert(
      fc.property(fc.oneof(createdSnapshots(), startedSnapshots()), (snapshot) => {
        // A write to what is frozen throws.
        const first = plan(deepFreeze(snapshot));
        assert.deepEqual(plan(snapshot), first);
        const turned = plan({ ...snapshot, targets: [...snapshot.targets].reverse() });
        assert.deepEqual(sorted(turned), sorted(first));
      }),
      { numRuns },
    );
  });

  it('plans nothing for a deployment that has ended', () => {
    fc.assert(
      fc.property(startedSnapshots(), fc.constantFrom('Succeeded', 'Failed', 'Stopped'), (snapshot, status) => {
        const ended: Snapshot = { ...snapshot, deployment: { ...snapshot.deployment, status: status as 'Failed' } };
        assert.deepEqual(plan(ended), { actions: [], waitingOn: [], wakeAt: null });
      }),
    );
  });
});

describe('the planner, over any history', () => {
  it('keeps every invariant at every step, and always ends the deployment', function () {
    this.timeout(0);
    fc.assert(
      fc.property(createdSnapshots(), fc.array(happenings(), { maxLength: 80 }), onceEventLists(), (created, history, onceEvents) => {
        let snapshot = planOnce(created);
        for (const happening of history) {
          if (hasEnded(snapshot)) break;
          snapshot = planOnce(happen(snapshot, happening, onceEvents));
          assertRunOnce(snapshot, onceEvents);
        }
        // From here on nobody is heard: time alone must bring the end.
        snapshot = planOnce(withoutHolds(snapshot));
        for (let wakes = 0; !hasEnded(snapshot); wakes += 1) {
          assert.ok(wakes < 200, 'the deployment never ends');
          const { wakeAt } = plan(snapshot);
          assert.ok(wakeAt !== null, 'nobody will ever look again');
          snapshot = planOnce({ ...snapshot, now: wakeAt });
        }
        assertRunOnce(snapshot, onceEvents);
        const succeeded = snapshot.targets.filter((target) => target.status === 'Succeeded').length;
        assert.ok(snapshot.deployment.status !== 'Succeeded' || succeeded >= Math.max(1, created.deployment.minimumHealthyHosts), 'it succeeded with fewer than the minimum');
        assert.ok(snapshot.now <= created.now + elapsedIn(history) + 480 * 60_000 + (created.alarms?.bakeMs ?? 0) + 10 * 60_000, 'the deployment took longer than it may');
      }),
      { numRuns },
    );
  });

  it('ends well when every agent does as it is told', function () {
    this.timeout(0);
    const sound = createdSnapshots().map(withQuietAlarms).filter((snapshot) => snapshot.deployment.stopRequestedAt === null && refuse(snapshot) === null);
    fc.assert(
      fc.property(sound, fc.infiniteStream(fc.nat(5)), onceEventLists(), (created, order, onceEvents) => {
        const targets = created.targets.map((target) => ({ ...target, agent: { isConnected: true, silentSince: null } }));
        let snapshot = planOnce(withoutHolds({ ...created, targets }));
        for (const who of order) {
          if (hasEnded(snapshot)) break;
          const { baking, alarmBakeUntil } = snapshot.deployment;
          snapshot = planOnce(happen({ ...snapshot, now: baking?.until ?? alarmBakeUntil ?? snapshot.now + 1_000 }, { kind: 'succeed', who }, onceEvents));
        }
        assertRunOnce(snapshot, onceEvents);
        assert.equal(snapshot.deployment.status, 'Succeeded');
        assert.ok(snapshot.targets.every((target) => target.status === 'Succeeded'));
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    );
  });
});

/** They are watched, and all is well. */
function withQuietAlarms(snapshot: Snapshot): Snapshot {
  const { alarms, now } = snapshot;
  return alarms === undefined ? snapshot : { ...snapshot, alarms: { ...alarms, alarms: alarms.alarms.map((alarm) => ({ ...alarm, state: 'OK', goodUntil: now + 1000 * 3_600_000 })) } };
}

/** Plans, holds every claim against the plan, and writes it. */
function planOnce(snapshot: Snapshot): Snapshot {
  const made = plan(snapshot);
  assert.deepEqual(check(snapshot, made), []);
  const after = apply(snapshot, made);
  assert.deepEqual(plan(after).actions, [], 'planning again asks for more');
  if (!hasEnded(after)) assert.deepEqual(plan(after), { ...made, actions: [] });
  assert.ok(!made.actions.some((action) => action.kind === 'StartTarget') || servingAtLeast(after) >= after.deployment.minimumHealthyHosts, 'too few targets are left serving');
  return after;
}

/** What is to run once was begun on one target at most, and where it was left out, it had succeeded on another. */
function assertRunOnce({ targets }: Snapshot, onceEvents: readonly string[]): void {
  for (const name of onceEvents.filter((each) => each !== 'ApplicationStop')) {
    const commanded = targets.flatMap(({ events }) => events.filter((event) => event.name === name && event.commandedAt !== null));
    const whole = commanded.filter((event) => event.skipsOnce !== true);
    assert.ok(whole.length <= 1, `the once scripts of ${name} were begun on ${whole.length} targets`);
    assert.ok(commanded.length === whole.length || whole[0]?.status === 'Succeeded', `${name} was run without its once scripts, and nobody had run them`);
  }
}

/** Targets that we have not taken out of service and that have not failed. */
function servingAtLeast(snapshot: Snapshot): number {
  return snapshot.targets.filter((target) => target.status === 'Pending' || target.status === 'Succeeded').length;
}

function hasEnded(snapshot: Snapshot): boolean {
  return ['Succeeded', 'Failed', 'Stopped'].includes(snapshot.deployment.status);
}

function elapsedIn(history: readonly { readonly kind: string; readonly ms?: number }[]): number {
  return history.reduce((sum, happening) => sum + (happening.ms ?? 0), 0);
}

function sorted(made: Plan): unknown {
  const inOrder = (list: readonly unknown[]) => list.map((entry) => JSON.stringify(entry, (_, value: unknown) => (isTextList(value) ? [...value].sort() : value))).sort();
  return { actions: inOrder(made.actions), waitingOn: inOrder(made.waitingOn), wakeAt: made.wakeAt };
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}

function withoutHolds(snapshot: Snapshot): Snapshot {
  const { gates: _gates, ...deployment } = snapshot.deployment;
  return { ...snapshot, earlierDeploymentId: null, deployment };
}
