// Claims about every promotion and every history of one, searched by fast-check; and the checker's own eyes.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { PromotionTriggerEventType } from '../../protocol/model/trigger.ts';
import type { PromotionAction } from '../../server/planner/promotion/actions.ts';
import { applyPromotion } from '../../server/planner/promotion/apply.ts';
import { checkPromotion } from '../../server/planner/promotion/check.ts';
import { planPromotion } from '../../server/planner/promotion/plan.ts';
import type { GroupState, PromotionSnapshot, WaveState } from '../../server/planner/promotion/snapshot.ts';
import { aPromotion, aWave, aWaveGroup, anApproval, bakeMs, promotionNow as now, withGroup, withWave } from '../builders/a-promotion.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 3_000);
const over = ['Succeeded', 'Failed', 'Stopped'];
const hasEnded = ({ promotion }: PromotionSnapshot): boolean => over.includes(promotion.status);

const waves: fc.Arbitrary<readonly WaveState[]> = fc
  .array(fc.record({ groups: fc.integer({ min: 1, max: 3 }), bakeMs: fc.constantFrom(0, 0, 10_000, 60_000), approvalMs: fc.constantFrom(null, null, 30_000) }), { minLength: 1, maxLength: 4 })
  .map((drawn) =>
    drawn.map(({ groups, ...rest }, wave) => aWave(`w${wave}`, Array.from({ length: groups }, (_, group) => aWaveGroup(`${wave}-${group}`, undefined, { previousDeploymentId: group === 1 ? null : `d-before-${wave}-${group}` })), rest)),
  );
const created = fc
  .record({ waves, triggers: fc.option(fc.array(fc.subarray<PromotionTriggerEventType>(['PromotionStart', 'PromotionReady', 'WaveSuccess', 'PromotionRollback', 'PromotionSuccess', 'PromotionFailure', 'PromotionStop']), { maxLength: 2 }), { nil: undefined }), isRevisionReady: fc.boolean(), rollsBackOnFailure: fc.boolean(), earlier: fc.constantFrom(null, null, 'p-0') })
  .map(({ waves: drawn, triggers, earlier, ...rest }): PromotionSnapshot => ({ ...aPromotion({}, { status: 'Created', ...rest }, drawn), earlierPromotionId: earlier, ...(triggers === undefined ? {} : { triggers: triggers.map((events, index) => ({ name: `trigger-${index}`, events })) }) }));

type Happening =
  | { readonly kind: 'end'; readonly which: number; readonly how: string }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'decide'; readonly how: string }
  | { readonly kind: 'ready' | 'turn' }
  | { readonly kind: 'group'; readonly which: number; readonly what: string }
  | { readonly kind: 'stop'; readonly stopsDeployments: boolean; readonly rollback: boolean | null };
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(9), how: fc.constantFrom('Succeeded', 'Succeeded', 'Succeeded', 'Succeeded', 'Failed', 'Stopped') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(1, 9_999, 10_000, 60_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('decide' as const), how: fc.constantFrom('APPROVED', 'APPROVED', 'APPROVED', 'REJECTED') }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'ready' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'turn' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('group' as const), which: fc.nat(9), what: fc.constantFrom('isDeleted', 'replacedBy', 'newerDeploymentId', 'gone') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), stopsDeployments: fc.boolean(), rollback: fc.constantFrom(null, true, false) }) },
);
function happen(snapshot: PromotionSnapshot, event: Happening): PromotionSnapshot {
  const { promotion } = snapshot;
  const change = (from: PromotionSnapshot, which: number, isIt: (group: GroupState) => boolean, changed: (group: GroupState) => Partial<GroupState>): PromotionSnapshot => {
    const fitting = from.waves.flatMap(({ groups }) => groups).filter(isIt);
    const chosen = fitting[which % Math.max(1, fitting.length)];
    return chosen === undefined ? from : withGroup(from, chosen.name.slice('web/'.length), changed(chosen));
  };
  const isRunning = ({ deployment }: GroupState): boolean => deployment !== null && deployment.status !== null && !over.includes(deployment.status);
  switch (event.kind) {
    case 'end': {
      // Where something succeeded, the bundle is known.
      const ready = event.how === 'Succeeded' && snapshot.waves.some(({ groups }) => groups.some(isRunning)) ? happen(snapshot, { kind: 'ready' }) : snapshot;
      return change(ready, event.which, isRunning, (group) => ({ deployment: { ...group.deployment!, deploymentId: `d-${group.groupId}`, status: event.how as 'Failed' } }));
    }
    case 'time':
      return { ...snapshot, now: snapshot.now + event.ms };
    case 'decide':
      return promotion.approval?.decision === null ? { ...snapshot, promotion: { ...promotion, approval: { ...promotion.approval, decision: event.how as 'APPROVED', decidedBy: 'AK' } } } : snapshot;
    case 'ready':
      return { ...snapshot, promotion: { ...promotion, isRevisionReady: true } };
    case 'turn':
      return { ...snapshot, earlierPromotionId: null };
    case 'group':
      return change(
        snapshot,
        event.which,
        (group) => (event.what === 'isDeleted' ? true : event.what === 'gone' ? isRunning(group) : group.deployment?.status === 'Succeeded'),
        (group) => (event.what === 'isDeleted' ? { isDeleted: true } : event.what === 'gone' ? { deployment: { ...group.deployment!, status: null } } : { [event.what]: 'd-else' }),
      );
    case 'stop':
      return promotion.stop !== null ? snapshot : { ...snapshot, promotion: { ...promotion, stop: { why: 'Requested', by: null, stopsDeployments: event.stopsDeployments, rollback: event.rollback } } };
  }
}

/** Plans, holds every claim against the plan, and writes it. `log` takes what was done, with the instant. */
function planOnce(snapshot: PromotionSnapshot, log: { readonly at: number; readonly action: PromotionAction }[]): PromotionSnapshot {
  const plan = planPromotion(snapshot);
  assert.deepEqual(checkPromotion(snapshot, plan), []);
  const written = applyPromotion(snapshot, plan);
  assert.deepEqual(planPromotion(written), { ...plan, actions: [] }, 'planning again asks for more, or waits for something else');
  for (const action of plan.actions) log.push({ at: snapshot.now, action });
  return written;
}

describe('a promotion, over any history', () => {
  it('keeps every invariant, creates each deployment once and none out of turn, and always ends', function () {
    this.timeout(0);
    let succeeded = 0;
    fc.assert(
      fc.property(created, fc.array(happening, { maxLength: 60 }), (start, history) => {
        const log: { readonly at: number; readonly action: PromotionAction }[] = [];
        const endedAt = new Map<string, number>();
        let snapshot = planOnce(start, log);
        const step = (event: Happening): void => {
          const changed = happen(snapshot, event);
          for (const { groupId, deployment } of changed.waves.flatMap(({ groups }) => groups)) if (deployment?.status === 'Succeeded' && !endedAt.has(groupId)) endedAt.set(groupId, changed.now);
          snapshot = planOnce(changed, log);
        };
        for (const event of history) if (!hasEnded(snapshot)) step(event);
        // From here on all goes well and nobody says a word: time and the ends of deployments alone bring the end.
        step({ kind: 'ready' });
        step({ kind: 'turn' });
        for (let turns = 0; !hasEnded(snapshot); turns += 1) {
          assert.ok(turns < 100, 'it never ends');
          const { wakeAt } = planPromotion(snapshot);
          step(wakeAt === null ? { kind: 'end', which: turns, how: 'Succeeded' } : { kind: 'time', ms: wakeAt - snapshot.now });
        }
        if (snapshot.promotion.status === 'Succeeded') succeeded += 1;
        const creations = log.flatMap(({ at, action }) => (action.kind === 'CreateDeployment' ? [{ at, groupId: action.groupId }] : []));
        assert.equal(new Set(creations.map(({ groupId }) => groupId)).size, creations.length, 'a group got two deployments');
        for (const { at, groupId } of creations) {
          const index = start.waves.findIndex(({ groups }) => groups.some((group) => group.groupId === groupId));
          for (const wave of start.waves.slice(0, index)) {
            const lastEnd = Math.max(...wave.groups.map((group) => endedAt.get(group.groupId) ?? Infinity));
            assert.ok(at >= lastEnd + wave.bakeMs, `${groupId} was begun before ${wave.name} had succeeded and baked`);
          }
        }
      }),
      { numRuns },
    );
    assert.ok(succeeded > numRuns / 20, `only ${succeeded} histories ended well: the others prove little`);
  });

  it('gives the same plan for the same snapshot', () => {
    fc.assert(fc.property(created, (snapshot) => assert.deepEqual(planPromotion(snapshot), planPromotion(structuredClone(snapshot)))), { numRuns: 200 });
  });
});

describe('the checker of promotions', () => {
  const create = (group: string): PromotionAction => ({ kind: 'CreateDeployment', groupId: `id-${group}` });
  const finish = (status: 'Succeeded' | 'Failed' | 'Stopped'): PromotionAction => ({ kind: 'FinishPromotion', status, error: status === 'Succeeded' ? null : { code: 'MANUAL_STOP', message: '' } });
  const baking = { since: now, until: now + bakeMs };
  const wrong: readonly (readonly [claim: string, snapshot: PromotionSnapshot, actions: readonly PromotionAction[], named: RegExp])[] = [
    ['a wave begun before the one before has succeeded', aPromotion({ staging: 'InProgress' }), [{ kind: 'OpenWave', wave: 1 }, create('eu')], /left behind before all of it has succeeded/],
    ['a wave begun while the one before bakes', aPromotion({ staging: 'Succeeded' }, { baking }), [{ kind: 'OpenWave', wave: 1 }, create('eu')], /left behind before it has baked/],
    ['a bake left out', aPromotion({ staging: 'Succeeded' }), [{ kind: 'OpenWave', wave: 1 }], /left behind before it has baked/],
    ['a bake that is too short', aPromotion({ staging: 'Succeeded' }), [{ kind: 'BakeWave', until: now + 1 }], /which is not 60000 ms from now/],
    ['a wave left out', aPromotion({ staging: 'Succeeded' }, { baking: { since: 0, until: now } }), [{ kind: 'OpenWave', wave: 2 }, create('asia')], /Wave 3 is opened after wave 1/],
    ['a deployment out of turn', aPromotion({}), [create('asia')], /created out of turn/],
    ['a second deployment to a group', aPromotion({ staging: 'Queued' }), [create('staging')], /A second deployment to web\/staging/],
    ['a deployment after a failure', aPromotion({ staging: 'Succeeded', eu: 'Failed' }, { openWave: 1 }), [create('us')], /after another of its wave has failed/],
    ['a deployment without approval', withWave(aPromotion({}, { approval: anApproval() }), 0, { approvalMs: 1 }), [create('staging')], /before wave staging was approved/],
    ['a deployment to a group that was deleted', withGroup(aPromotion(), 'staging', { isDeleted: true }), [create('staging')], /which was deleted/],
    ['a deployment while it stops', aPromotion({}, { stop: { why: 'Requested', by: null, stopsDeployments: true, rollback: null } }), [create('staging')], /although the promotion is to stop/],
    ['a deployment before its turn', { ...aPromotion({}, { status: 'Queued' }), earlierPromotionId: 'p-0' }, [{ kind: 'StartPromotion' }, create('staging')], /while p-0 goes first/],
    ['other bytes for the next group', aPromotion({ staging: 'Succeeded', eu: 'Queued' }, { openWave: 1, isRevisionReady: false }), [create('us')], /what bytes the first one got/],
    ['a wave begun over a replaced revision', withGroup(aPromotion({ staging: 'Succeeded' }, { openWave: 1 }), 'staging', { replacedBy: 'd-x' }), [create('eu')], /has another revision now/],
    ['a stop nobody asked for', aPromotion({ staging: 'InProgress' }), [{ kind: 'StopDeployment', deploymentId: 'd-staging', rollback: null }], /nobody asked for it/],
    ['an early success', aPromotion({ staging: 'Succeeded' }), [finish('Succeeded')], /before the last wave is behind/],
    ['a failure without one', aPromotion({ staging: 'Succeeded' }), [finish('Failed')], /nothing of it has failed/],
    ['an end while something runs', aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'InProgress' }, { openWave: 1 }), [finish('Failed')], /while deployments of it are running/],
    ['a rollback nobody asked for', aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Failed' }, { openWave: 1 }), [{ kind: 'RollBackGroup', groupId: 'id-staging', ofDeploymentId: 'd-before-staging' }, finish('Failed')], /nobody asked for it/],
    ['a rollback forgotten', aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Failed' }, { openWave: 1, rollsBackOnFailure: true }), [finish('Failed')], /web\/staging is to be rolled back, and nothing is said/],
    ['a rollback over what is newer', withGroup(aPromotion({ staging: 'Succeeded', eu: 'Failed', us: 'Failed' }, { openWave: 1, rollsBackOnFailure: true }), 'staging', { newerDeploymentId: 'd-n' }), [{ kind: 'RollBackGroup', groupId: 'id-staging', ofDeploymentId: 'd-before-staging' }, finish('Failed')], /over d-n, which is newer/],
    ['word that is not given', { ...aPromotion({}, { status: 'Created' }), triggers: [{ name: 'chat', events: ['PromotionStart'] }] }, [{ kind: 'StartPromotion' }, create('staging')], /Told is nobody, and to be told is chat of PromotionStart/],
    ['word that nobody asked for', aPromotion({}, { status: 'Created' }), [{ kind: 'StartPromotion' }, { kind: 'Notify', trigger: 'chat', event: 'PromotionStart' }, create('staging')], /Told is chat of PromotionStart, and to be told is nobody/],
    ['a promotion left standing', aPromotion(), [], /Nothing of it is running, and nothing holds it/],
  ];
  for (const [claim, snapshot, actions, named] of wrong) {
    it(`names ${claim}`, () => {
      const isEnd = actions.some(({ kind }) => kind === 'FinishPromotion');
      const violations = checkPromotion(snapshot, { actions, waitingOn: isEnd ? [] : [{ reason: 'EarlierPromotion', promotionId: 'p-9' }], wakeAt: null });
      assert.ok(violations.some((sentence) => named.test(sentence)), violations.join('\n'));
    });
  }
});
