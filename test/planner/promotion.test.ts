// What a promotion does next: waves, bakes, approvals, failures and stops. Every plan looked at is shown to settle, and
// the checker agrees with it.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PromotionAction, PromotionPlan } from '../../server/planner/promotion/actions.ts';
import { applyPromotion } from '../../server/planner/promotion/apply.ts';
import { checkPromotion } from '../../server/planner/promotion/check.ts';
import { planPromotion } from '../../server/planner/promotion/plan.ts';
import type { PromotionSnapshot, StopState } from '../../server/planner/promotion/snapshot.ts';
import { promotionWaitingSentence } from '../../protocol/model/promotion-waiting.ts';
import { anApproval, aPromotion, bakeMs, deploymentTo, promotionNow as now, withGroup, withWave } from '../builders/a-promotion.ts';

function decide(snapshot: PromotionSnapshot): PromotionPlan {
  const plan = planPromotion(snapshot);
  assert.deepEqual(checkPromotion(snapshot, plan), []);
  assert.deepEqual(planPromotion(applyPromotion(snapshot, plan)), { ...plan, actions: [] }, 'it does not settle');
  for (const waiting of plan.waitingOn) assert.doesNotMatch(promotionWaitingSentence(waiting, snapshot.now), /NaN|undefined|null/);
  return plan;
}

function inShort(action: PromotionAction): string {
  switch (action.kind) {
    case 'QueuePromotion':
      return 'queue';
    case 'StartPromotion':
      return 'start';
    case 'AskApproval':
      return `ask until +${action.expiresAt - now}`;
    case 'CreateDeployment':
      return `create ${action.groupId}`;
    case 'StopDeployment':
      return `stop ${action.deploymentId} ${action.rollback}`;
    case 'BakeWave':
      return `bake until +${action.until - now}`;
    case 'OpenWave':
      return `open ${action.wave}`;
    case 'RollBackGroup':
      return `roll back ${action.groupId} to ${action.ofDeploymentId}`;
    case 'NoteNoRollback':
      return `keep ${action.groupId}`;
    case 'Notify':
      return `tell ${action.trigger} of ${action.event}`;
    case 'FinishPromotion':
      return `${action.status}${action.error === null ? '' : ` ${action.error.code}`}`;
  }
}

const actionsOf = (snapshot: PromotionSnapshot): readonly string[] => decide(snapshot).actions.map(inShort);
const holdsOf = (snapshot: PromotionSnapshot): readonly string[] => decide(snapshot).waitingOn.map(({ reason }) => reason);
const messageOf = (snapshot: PromotionSnapshot): string => {
  const finish = decide(snapshot).actions.find((action) => action.kind === 'FinishPromotion');
  return finish?.error?.message ?? '';
};
const stop = (over: Partial<StopState> = {}): StopState => ({ why: 'Requested', by: null, stopsDeployments: true, rollback: null, ...over });
const baked = { since: now - bakeMs, until: now };

describe('the triggers of a promotion', () => {
  const triggers = [
    { name: 'all', events: ['PromotionStart', 'PromotionReady', 'WaveSuccess', 'PromotionRollback', 'PromotionSuccess', 'PromotionFailure', 'PromotionStop'] },
    { name: 'ends', events: ['PromotionSuccess', 'PromotionFailure'] },
  ] as const;
  const heard = (snapshot: PromotionSnapshot): readonly string[] => actionsOf({ ...snapshot, triggers }).filter((text) => text.startsWith('tell'));

  it('hear of its start, each wave that is behind and its end, and only of what they ask about', () => {
    assert.deepEqual(actionsOf({ ...aPromotion({}, { status: 'Created' }), triggers }), ['start', 'tell all of PromotionStart', 'create id-staging']);
    const good = withGroup(aPromotion(), 'staging', { deployment: deploymentTo('staging', 'Succeeded') });
    assert.deepEqual(heard({ ...good, promotion: { ...good.promotion, status: 'Baking', baking: baked } }), ['tell all of WaveSuccess']);
  });

  it('hear of a failure, and once of going back', () => {
    const failed = withGroup(aPromotion({}, { rollsBackOnFailure: true }), 'staging', { deployment: deploymentTo('staging', 'Failed') });
    assert.deepEqual(heard(failed), ['tell all of PromotionFailure', 'tell ends of PromotionFailure']);
  });
});

describe('a promotion', () => {
  it('begins with its first wave alone', () => {
    assert.deepEqual(actionsOf(aPromotion({}, { status: 'Created' })), ['start', 'create id-staging']);
  });

  it('waits for an earlier one along the same path, and starts when that is over', () => {
    const behind = { ...aPromotion({}, { status: 'Created' }), earlierPromotionId: 'p-0' };
    assert.deepEqual(actionsOf(behind), ['queue']);
    assert.deepEqual(holdsOf(behind), ['EarlierPromotion']);
    assert.deepEqual(actionsOf(aPromotion({}, { status: 'Queued' })), ['start', 'create id-staging']);
  });

  for (const status of ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'] as const) {
    it(`waits while a deployment of the wave is ${status}`, () => {
      assert.deepEqual(actionsOf(aPromotion({ staging: status })), []);
      assert.deepEqual(holdsOf(aPromotion({ staging: status })), ['WaveUnderWay']);
    });
  }

  it('bakes once every deployment of the wave has succeeded, and not before', () => {
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded' })), [`bake until +${bakeMs}`]);
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded', eu: 'Succeeded', us: 'InProgress' }, { openWave: 1 })), []);
  });

  it('goes on when the bake is over, not an instant before, with all groups of the next wave at once', () => {
    const during = aPromotion({ staging: 'Succeeded' }, { status: 'Baking', baking: { since: now - bakeMs + 1, until: now + 1 } });
    assert.deepEqual(decide(during), { actions: [], waitingOn: [{ reason: 'WaveBaking', wave: 'staging', position: 1, of: 3, since: now - bakeMs + 1, until: now + 1 }], wakeAt: now + 1 });
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded' }, { status: 'Baking', baking: baked })), ['open 1', 'create id-eu', 'create id-us']);
  });

  it('goes on at once where a wave does not bake', () => {
    assert.deepEqual(actionsOf(withWave(aPromotion({ staging: 'Succeeded' }), 0, { bakeMs: 0 })), ['open 1', 'create id-eu', 'create id-us']);
  });

  it('has succeeded when the last wave has, and has baked', () => {
    const last = aPromotion({ staging: 'Succeeded', eu: 'Succeeded', us: 'Succeeded', asia: 'Succeeded' }, { openWave: 2 });
    assert.deepEqual(actionsOf(last), ['open 3', 'Succeeded']);
    assert.deepEqual(actionsOf(withWave(last, 2, { bakeMs: 5 })), ['bake until +5']);
  });

  it('creates one deployment until the bundle is known, so that all get the same bytes', () => {
    const [staging, europe, asia] = aPromotion().waves;
    const wide = (over: Partial<PromotionSnapshot['promotion']>, eu?: 'Queued'): PromotionSnapshot => withGroup(aPromotion({}, over, [europe!, staging!, asia!]), 'eu', { deployment: eu === undefined ? null : deploymentTo('eu', eu) });
    assert.deepEqual(actionsOf(wide({ isRevisionReady: false })), ['create id-eu']);
    assert.deepEqual(actionsOf(wide({ isRevisionReady: false }, 'Queued')), []);
    assert.match(promotionWaitingSentence(decide(wide({ isRevisionReady: false }, 'Queued')).waitingOn[0]!, now), /1 more of its groups wait until the revision has been fetched/);
    assert.deepEqual(actionsOf(wide({}, 'Queued')), ['create id-us']);
  });

  it('fails when a deployment of a wave fails, and no later wave begins', () => {
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Failed' })), ['Failed WAVE_FAILED']);
    assert.equal(messageOf(aPromotion({ staging: 'Failed' })), 'Wave staging failed. Deployment d-staging to web/staging failed: Too many failed.');
  });

  it('counts a deployment that was stopped, and one that is gone, as failed', () => {
    assert.match(messageOf(aPromotion({ staging: 'Stopped' })), /d-staging to web\/staging was stopped\./);
    assert.match(messageOf(aPromotion({ staging: null })), /d-staging to web\/staging is gone: its application was deleted/);
  });

  it('lets the other groups of a failed wave end first', () => {
    const failing = aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'InProgress' }, { openWave: 1 });
    assert.deepEqual(actionsOf(failing), []);
    assert.deepEqual(decide(failing).waitingOn, [{ reason: 'WaveFailed', wave: 'europe', position: 2, of: 3, failed: ['web/eu'], deploymentIds: ['d-us'] }]);
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Succeeded' }, { openWave: 1 })), ['Failed WAVE_FAILED']);
  });

  it('takes back what it had changed where the path says so: earlier waves, and what succeeded of the failed one', () => {
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Succeeded' }, { openWave: 1, rollsBackOnFailure: true })), [
      'roll back id-staging to d-before-staging',
      'roll back id-us to d-before-us',
      'Failed WAVE_FAILED',
    ]);
  });

  it('takes nothing back that somebody has deployed to since, or that had nothing before', () => {
    const failed = aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Succeeded' }, { openWave: 1, rollsBackOnFailure: true });
    const kept = withGroup(withGroup(failed, 'staging', { newerDeploymentId: 'd-newer' }), 'us', { previousDeploymentId: null });
    assert.deepEqual(actionsOf(kept), ['keep id-staging', 'keep id-us', 'Failed WAVE_FAILED']);
  });

  it('does not begin a wave whose group was deleted', () => {
    const without = withGroup(aPromotion({ staging: 'Succeeded' }, { status: 'Baking', baking: baked }), 'us', { isDeleted: true });
    assert.deepEqual(actionsOf(without), ['open 1', 'Failed DEPLOYMENT_GROUP_MISSING']);
    assert.match(messageOf(without), /Wave europe cannot be deployed to: web\/us was deleted/);
  });

  it('does not begin a wave when an earlier one has been given another revision meanwhile', () => {
    const moved = withGroup(aPromotion({ staging: 'Succeeded' }, { status: 'Baking', baking: baked }), 'staging', { replacedBy: 'd-other' });
    assert.deepEqual(actionsOf(moved), ['open 1', 'Failed REVISION_REPLACED']);
    assert.match(messageOf(moved), /deployment d-other has since given web\/staging, of an earlier wave, another revision/);
  });

  it('that has ended does nothing', () => {
    assert.deepEqual(decide(aPromotion({ staging: 'Failed' }, { status: 'Failed' })), { actions: [], waitingOn: [], wakeAt: null });
  });
});

describe('a wave that needs approval', () => {
  const atWave = (over: Partial<PromotionSnapshot['promotion']>): PromotionSnapshot => withWave(aPromotion({ staging: 'Succeeded' }, { openWave: 1, ...over }), 1, { approvalMs: 3_600_000 });

  it('asks once the wave before has baked, and waits so long and no longer', () => {
    assert.deepEqual(actionsOf(atWave({ openWave: 0, baking: baked, status: 'Baking' })), ['open 1', 'ask until +3600000']);
    assert.equal(decide(atWave({ approval: anApproval() })).wakeAt, now + 3_600_000);
    assert.deepEqual(holdsOf(atWave({ approval: anApproval() })), ['WaveApproval']);
    const late = { ...atWave({ approval: anApproval() }), now: now + 3_600_000 };
    assert.deepEqual(actionsOf(late), ['Stopped TIMEOUT']);
    assert.equal(messageOf(late), 'Nobody approved wave europe within 60 min. Earlier waves keep the revision; promote again and have it approved in time.');
  });

  it('begins when it is approved, and stops the promotion when it is rejected', () => {
    assert.deepEqual(actionsOf(atWave({ approval: anApproval({ decision: 'APPROVED', decidedBy: 'AK' }) })), ['create id-eu', 'create id-us']);
    const no = atWave({ approval: anApproval({ decision: 'REJECTED', decidedBy: 'AK', comment: 'not today' }), rollsBackOnFailure: true });
    assert.deepEqual(actionsOf(no), ['Stopped MANUAL_STOP']);
    assert.match(messageOf(no), /Wave europe was rejected by AK: not today\. Earlier waves keep the revision/);
  });

  it('may be the first', () => {
    assert.deepEqual(actionsOf(withWave(aPromotion({}, { status: 'Created' }), 0, { approvalMs: 5 })), ['start', 'ask until +5']);
  });
});

describe('a promotion that is to stop', () => {
  const running = (over: Partial<StopState>): PromotionSnapshot => aPromotion({ staging: 'Succeeded', eu: 'InProgress', us: 'Succeeded' }, { openWave: 1, stop: stop(over) });

  it('stops what runs, as it was told about rolling back', () => {
    assert.deepEqual(actionsOf(running({})), ['stop d-eu null']);
    assert.deepEqual(actionsOf(running({ rollback: true })), ['stop d-eu true']);
    assert.deepEqual(actionsOf(withGroup(running({}), 'eu', { deployment: deploymentTo('eu', 'InProgress', { isStopRequested: true }) })), []);
    assert.deepEqual(holdsOf(running({})), ['StopRequested']);
  });

  it('lets end what runs, where that was said', () => {
    assert.deepEqual(actionsOf(running({ stopsDeployments: false })), []);
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded' }, { stop: stop({ stopsDeployments: false }) })), ['Stopped MANUAL_STOP']);
  });

  it('takes back what had succeeded only when asked to', () => {
    const done = (over: Partial<StopState>): PromotionSnapshot => aPromotion({ staging: 'Succeeded', eu: 'Stopped', us: 'Succeeded' }, { openWave: 1, rollsBackOnFailure: true, stop: stop(over) });
    assert.deepEqual(actionsOf(done({})), ['Stopped MANUAL_STOP']);
    assert.deepEqual(actionsOf(done({ rollback: true })), ['roll back id-staging to d-before-staging', 'roll back id-us to d-before-us', 'Stopped MANUAL_STOP']);
  });

  it('stops though it waits, bakes, or needs approval', () => {
    assert.deepEqual(actionsOf({ ...aPromotion({}, { status: 'Queued', stop: stop() }), earlierPromotionId: 'p-0' }), ['Stopped MANUAL_STOP']);
    assert.deepEqual(actionsOf(aPromotion({ staging: 'Succeeded' }, { status: 'Baking', baking: { since: now, until: now + 9 }, stop: stop() })), ['Stopped MANUAL_STOP']);
    assert.deepEqual(actionsOf(withWave(aPromotion({}, { approval: anApproval(), stop: stop() }), 0, { approvalMs: 9 })), ['Stopped MANUAL_STOP']);
  });

  it('says why it stopped', () => {
    assert.equal(messageOf(aPromotion({}, { stop: stop() })), 'The promotion was stopped on request.');
    assert.equal(messageOf(aPromotion({}, { stop: stop({ why: 'Superseded', by: 'p-2' }) })), 'The promotion was superseded by p-2, which goes along the same path.');
    assert.equal(messageOf(aPromotion({}, { stop: stop({ why: 'PathDeleted' }) })), 'The promotion was stopped because its promotion path was deleted.');
  });
});
