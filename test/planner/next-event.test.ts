import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ignorableEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import { plan } from '../../server/planner/plan.ts';
import { aRunningSnapshot, aTarget, aTargetAllDone, aTargetBefore, aTargetRunning, aTargetWhoseEventFailed } from '../builders/a-snapshot.ts';
import { actionsOf } from './decide.ts';

describe('a target in progress', () => {
  for (const [index, event] of inPlaceEvents.entries()) {
    it(`before ${event} is commanded ${event} with the next generation`, () => {
      assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetBefore('i-1', event)] })), [`i-1 run ${event} #${index + 1}`]);
    });

    it(`running ${event} is left to run it`, () => {
      assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetRunning('i-1', event)] })), []);
    });

    it(`whose ${event} failed is Failed`, () => {
      const snapshot = aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', event), aTargetRunning('i-2', 'Install')] });
      assert.deepEqual(actionsOf(snapshot), ['i-1 Failed']);
    });

    it(`whose ${event} failed ${ignorableEvents.includes(event) ? 'goes on' : 'is Failed'} where application stop failures are ignored`, () => {
      const snapshot = aRunningSnapshot({
        targets: [aTargetWhoseEventFailed('i-1', event), aTargetRunning('i-2', 'Install')],
        deployment: { ignoreApplicationStopFailures: true },
      });
      assert.deepEqual(actionsOf(snapshot), ignorableEvents.includes(event) ? ['i-1 run DownloadBundle #2'] : ['i-1 Failed']);
    });
  }

  it('all of whose events succeeded is Succeeded', () => {
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetAllDone('i-1')] })), ['i-1 Succeeded', 'deployment Succeeded']);
  });

  it('that succeeded makes room for the next in the same plan', () => {
    const snapshot = aRunningSnapshot({ targets: [aTargetAllDone('i-1'), aTarget('i-2')], minimum: 1 });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Succeeded', 'i-2 starts', 'i-2 run ApplicationStop #1']);
  });

  it('without events, or Ready in place, is a broken promise and said so', () => {
    assert.throws(() => plan(aRunningSnapshot({ targets: [aTarget('i-1', { status: 'InProgress' })] })), /i-1 of d-2 is InProgress without/);
    assert.throws(() => plan(aRunningSnapshot({ targets: [aTarget('i-1', { status: 'Ready' })] })), /i-1 of d-2 is Ready/);
  });
});
