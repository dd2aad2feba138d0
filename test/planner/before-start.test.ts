import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetRunning, pendingTargets } from '../builders/a-snapshot.ts';
import { actionsOf, decide, messageOf } from './decide.ts';

describe('an ended deployment', () => {
  for (const status of ['Succeeded', 'Failed', 'Stopped'] as const) {
    it(`(${status}) has nothing to do and waits for nothing`, () => {
      assert.deepEqual(decide(aSnapshot({ deployment: { status } })), { actions: [], waitingOn: [], wakeAt: null });
    });
  }
});

describe('a deployment behind an earlier one', () => {
  it('is queued, touches nothing and says for whom it waits', () => {
    assert.deepEqual(decide(aSnapshot({ earlierDeploymentId: 'd-1' })), {
      actions: [{ kind: 'QueueDeployment' }],
      waitingOn: [{ reason: 'EarlierDeployment', deploymentId: 'd-1' }],
      wakeAt: null,
    });
  });

  it('can be stopped while it waits', () => {
    const snapshot = aSnapshot({ earlierDeploymentId: 'd-1', deployment: { stopRequestedAt: 1 } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
  });
});

describe('a deployment that cannot go ahead', () => {
  it('does not wait behind an earlier one to say so', () => {
    const snapshot = aSnapshot({ earlierDeploymentId: 'd-1', deployment: { defect: { code: 'REVISION_MISSING', message: 'It is gone.' } } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'deployment Failed REVISION_MISSING']);
  });

  it('with a defect fails with it, every target skipped', () => {
    const snapshot = aSnapshot({ targets: pendingTargets(2), deployment: { defect: { code: 'REVISION_MISSING', message: 'It is gone.' } } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'i-2 Skipped', 'deployment Failed REVISION_MISSING']);
    assert.equal(messageOf(snapshot), 'It is gone.');
  });

  it('without targets fails with NO_INSTANCES and says what to check', () => {
    const snapshot = aSnapshot({ targets: [] });
    assert.deepEqual(actionsOf(snapshot), ['deployment Failed NO_INSTANCES']);
    assert.match(messageOf(snapshot), /No instance matched.*Check that the tags/);
  });

  it('because it must keep as many as it has fails at once, every target skipped, and says the numbers', () => {
    const snapshot = aSnapshot({ targets: pendingTargets(2), minimum: 2 });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'i-2 Skipped', 'deployment Failed HEALTH_CONSTRAINTS_INVALID']);
    assert.match(messageOf(snapshot), /at least 2 healthy instances.* has 2/);
  });

  it('is never ended on those grounds once a host was touched', () => {
    const defect = { code: 'REVISION_MISSING', message: 'It is gone.' } as const;
    const snapshot = aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')], deployment: { defect } });
    assert.deepEqual(actionsOf(snapshot), []);
  });
});

describe('a deployment that goes ahead', () => {
  for (const status of ['Created', 'Queued'] as const) {
    it(`from ${status} starts, lays out the events of its first target and commands the first event`, () => {
      const { actions } = decide(aSnapshot({ deployment: { status } }));
      assert.deepEqual(actions, [
        { kind: 'StartDeployment' },
        { kind: 'StartTarget', targetId: 'i-1', events: inPlaceEvents },
        { kind: 'RunEvent', targetId: 'i-1', event: 'ApplicationStop', generation: 1 },
      ]);
    });
  }

  it('takes unhealthy hosts first, then unknown, old and current ones, by lot within each', () => {
    const targets = [
      aTarget('i-1', { standing: 'current', lot: 1 }),
      aTarget('i-2', { standing: 'old', lot: 9 }),
      aTarget('i-3', { standing: 'old', lot: 3 }),
      aTarget('i-4', { standing: 'unknown', lot: 5 }),
      aTarget('i-5', { standing: 'unhealthy', lot: 8 }),
      aTarget('i-6', { standing: 'unhealthy', lot: 7 }),
    ];
    const started = (minimum: number) => actionsOf(aSnapshot({ targets, minimum })).flatMap((action) => /^(i-\d+) starts/.exec(action)?.[1] ?? []);
    assert.deepEqual(started(0), ['i-6', 'i-5', 'i-4', 'i-3', 'i-2', 'i-1']);
    assert.deepEqual(started(3), ['i-6', 'i-5', 'i-4'], 'no more than there is room for');
  });

  it('decides the same whatever order its targets are loaded in', () => {
    const targets = pendingTargets(6);
    const actions = actionsOf(aSnapshot({ targets, minimum: 3 }));
    assert.deepEqual(actionsOf(aSnapshot({ targets: targets.toReversed(), minimum: 3 })), actions);
  });
});
