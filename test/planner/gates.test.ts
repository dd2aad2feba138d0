import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Gates } from '../../server/planner/snapshot.ts';
import { earlierInTurn, type Contender } from '../../server/planner/turn.ts';
import { aRunningSnapshot, aSnapshot, aTargetRunning, hour, minute, noon } from '../builders/a-snapshot.ts';
import { actionsOf, decide, messageOf } from './decide.ts';

const open: Gates = { scheduledAt: null, approval: null, calendar: [] };
const asked = { since: noon - hour, expiresAt: noon + hour, decision: null, decidedBy: null, comment: null };
const frozen = { kind: 'Freeze', freezeName: 'incident', reason: 'checkout is down', until: null } as const;
const closed = { kind: 'Window', opensAt: noon + 3 * hour } as const;

describe('a deployment before its start', () => {
  it('with every gate open starts', () => {
    assert.equal(actionsOf(aSnapshot({ deployment: { gates: open } }))[0], 'deployment starts');
  });

  it('waits for its hour, and is looked at then', () => {
    const gates = { ...open, scheduledAt: noon + minute };
    assert.deepEqual(decide(aSnapshot({ deployment: { gates } })), {
      actions: [{ kind: 'QueueDeployment' }],
      waitingOn: [{ reason: 'Scheduled', at: noon + minute }],
      wakeAt: noon + minute,
    });
    assert.equal(actionsOf(aSnapshot({ now: noon + minute, deployment: { gates } }))[0], 'deployment starts');
  });

  it('names every gate that holds it, and is looked at when the first of them may change', () => {
    const gates: Gates = { scheduledAt: noon + 2 * hour, approval: asked, calendar: [frozen, closed] };
    const { waitingOn, wakeAt } = decide(aSnapshot({ deployment: { gates, status: 'Queued' } }));
    assert.deepEqual(waitingOn.map((waiting) => waiting.reason), ['Scheduled', 'Approval', 'Frozen', 'WindowClosed']);
    assert.equal(wakeAt, noon + hour);
  });

  it('that was rejected ends as Stopped with the words of who rejected it, and nothing is rolled back', () => {
    const approval = { ...asked, decision: 'REJECTED', decidedBy: 'AKIDOPS', comment: 'not tonight' } as const;
    const snapshot = aSnapshot({ lastSuccessfulDeploymentId: 'd-1', deployment: { gates: { ...open, approval }, autoRollback: { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST'] } } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'deployment Stopped MANUAL_STOP', 'no rollback']);
    assert.match(messageOf(snapshot), /rejected by AKIDOPS: not tonight/);
  });

  it('that nobody approved in time ends as Stopped, at that very instant', () => {
    const gates = { ...open, approval: asked };
    assert.deepEqual(actionsOf(aSnapshot({ now: noon + hour - 1, deployment: { gates, status: 'Queued' } })), []);
    assert.deepEqual(actionsOf(aSnapshot({ now: noon + hour, deployment: { gates } })), ['i-1 Skipped', 'deployment Stopped TIMEOUT']);
  });

  it('starts when approved, however late it then is', () => {
    const approval = { ...asked, decision: 'APPROVED', decidedBy: 'AKIDOPS' } as const;
    assert.equal(actionsOf(aSnapshot({ now: noon + 5 * hour, deployment: { gates: { ...open, approval } } }))[0], 'deployment starts');
  });

  it('can be stopped while it is held', () => {
    assert.deepEqual(actionsOf(aSnapshot({ deployment: { gates: { ...open, calendar: [frozen] }, stopRequestedAt: noon } })), ['i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('that is superseded says by whom', () => {
    assert.match(messageOf(aSnapshot({ deployment: { stopRequestedAt: noon, supersededBy: 'd-3' } })), /superseded by d-3/);
  });

  it('is held no more by any gate once it has started', () => {
    const snapshot = aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')], deployment: { gates: { scheduledAt: noon + hour, approval: asked, calendar: [frozen, closed] } } });
    assert.deepEqual(decide(snapshot).waitingOn.map((waiting) => waiting.reason), ['LifecycleEvent']);
  });
});

describe('the turn in a group', () => {
  const one = (deploymentId: string, createdAt: number, parts: Partial<Contender> = {}): Contender => ({ deploymentId, createdAt, creator: 'user', hasStarted: false, isHeld: false, ...parts });

  it('goes to the oldest', () => {
    const all = [one('d-B', 2), one('d-A', 1), one('d-C', 3)];
    assert.deepEqual(['d-A', 'd-B', 'd-C'].map((id) => earlierInTurn(id, all)), [null, 'd-A', 'd-A']);
  });

  it('stays with the one that has started, whoever is older', () => {
    const all = [one('d-A', 1), one('d-B', 2, { hasStarted: true })];
    assert.deepEqual(['d-A', 'd-B'].map((id) => earlierInTurn(id, all)), ['d-B', null]);
  });

  it('goes to a rollback before all that have not started', () => {
    const all = [one('d-A', 1), one('d-R', 9, { creator: 'codeDeployRollback' })];
    assert.deepEqual(['d-A', 'd-R'].map((id) => earlierInTurn(id, all)), ['d-R', null]);
  });

  it('passes by a deployment that is held, which then waits for whoever took it', () => {
    const held = one('d-A', 1, { isHeld: true });
    assert.equal(earlierInTurn('d-B', [held, one('d-B', 2)]), null);
    assert.equal(earlierInTurn('d-A', [one('d-A', 1), one('d-B', 2, { hasStarted: true })]), 'd-B');
  });

  it('does not depend on the order they are listed in', () => {
    const all = [one('d-B', 1), one('d-A', 1)];
    assert.equal(earlierInTurn('d-B', all), earlierInTurn('d-B', all.toReversed()));
  });
});
