import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Action } from '../../server/planner/actions.ts';
import { apply } from '../../server/planner/apply.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetBefore, aTargetRunning, aTargetSucceeded, noon, pendingTargets } from '../builders/a-snapshot.ts';

const write = (snapshot: Snapshot, ...actions: Action[]): Snapshot => apply(snapshot, { actions, waitingOn: [], wakeAt: null });
const only = ({ targets }: Snapshot): TargetState => targets[0] ?? assert.fail('no target');
const statuses = (target: TargetState): string => target.events.map((event) => event.status).join(' ');

describe('applying a plan', () => {
  it('starts the deployment and its target, and numbers the command', () => {
    const snapshot = aSnapshot();
    const after = apply(snapshot, plan(snapshot));
    assert.equal(after.deployment.status, 'InProgress');
    assert.equal(after.deployment.startedAt, noon);
    assert.equal(only(after).generation, 1);
    assert.equal(statuses(only(after)), 'InProgress Pending Pending Pending Pending Pending Pending');
    assert.deepEqual(only(after).events[0], { name: 'ApplicationStop', status: 'InProgress', commandedAt: noon, startedAt: null, endedAt: null });
  });

  it('fails an event with its cause, and skips what was still pending when the target ends', () => {
    const after = write(
      aRunningSnapshot({ targets: [aTargetRunning('i-1', 'AfterInstall')] }),
      { kind: 'FailEvent', targetId: 'i-1', event: 'AfterInstall', generation: 5, cause: 'EventTimeout', message: 'late' },
      { kind: 'FinishTarget', targetId: 'i-1', status: 'Failed' },
    );
    assert.equal(only(after).status, 'Failed');
    assert.equal(statuses(only(after)), 'Succeeded Succeeded Succeeded Succeeded Failed Skipped Skipped');
    assert.equal(only(after).events[4]?.givenUp, 'EventTimeout');
    assert.deepEqual(only(after).events[6], { name: 'ValidateService', status: 'Skipped', commandedAt: null, startedAt: null, endedAt: noon });
  });

  it('leaves the snapshot it was given as it was', () => {
    const snapshot = aSnapshot({ targets: pendingTargets(3) });
    const before = structuredClone(snapshot);
    apply(snapshot, plan(snapshot));
    assert.deepEqual(snapshot, before);
  });

  const misfits: readonly (readonly [string, TargetState, Action])[] = [
    ['start what has started', aTargetBefore('i-1', 'Install'), { kind: 'StartTarget', targetId: 'i-1', events: ['Install'] }],
    ['run an event beside another', aTargetRunning('i-1', 'Install'), { kind: 'RunEvent', targetId: 'i-1', event: 'AfterInstall', generation: 5 }],
    ['run an event twice', aTargetBefore('i-1', 'Install'), { kind: 'RunEvent', targetId: 'i-1', event: 'BeforeInstall', generation: 4 }],
    ['use a generation again', aTargetBefore('i-1', 'Install'), { kind: 'RunEvent', targetId: 'i-1', event: 'Install', generation: 3 }],
    ['finish a target whose event still runs', aTargetRunning('i-1', 'Install'), { kind: 'FinishTarget', targetId: 'i-1', status: 'Failed' }],
    ['finish a target twice', aTargetSucceeded('i-1'), { kind: 'FinishTarget', targetId: 'i-1', status: 'Failed' }],
    ['touch a stranger', aTarget('i-1'), { kind: 'FinishTarget', targetId: 'i-9', status: 'Skipped' }],
  ];
  for (const [what, target, action] of misfits) {
    it(`refuses to ${what}`, () => assert.throws(() => write(aRunningSnapshot({ targets: [target] }), action), /does not fit|no target of/));
  }
});

describe('the cost of a plan', () => {
  it('is bounded: a fleet of 20,000 is planned in well under a second, at its start and in the middle', () => {
    const created = aSnapshot({ targets: pendingTargets(20_000), minimum: 10_000 });
    const began = performance.now();
    const first = plan(created);
    const running = apply(created, first);
    plan(running);
    const tookMs = performance.now() - began;
    assert.equal(first.actions.length, 1 + 2 * 10_000);
    assert.ok(tookMs < 1000, `took ${Math.round(tookMs)} ms`);
  });
});
