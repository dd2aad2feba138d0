import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { makeEffects, type EffectLimits, type Effects } from '../../server/deployer/effects.ts';
import type { Effect, EffectOutcome, Executors } from '../../server/deployer/executors.ts';
import { insertEffect } from '../../server/store/effects.ts';
import type { Store } from '../../server/store/store.ts';
import { silentLog } from '../../world/log.ts';
import { SimClock } from '../simulation/sim-clock.ts';
import { SimRandom } from '../simulation/sim-random.ts';
import { usualStore } from '../store/stores.ts';

describe('the effects table, carried out', () => {
  let store: Store;
  let clock: SimClock;
  let effects: Effects;
  const tried: string[] = [];
  beforeEach(async () => {
    store = await usualStore.open();
    clock = new SimClock();
    tried.length = 0;
  });
  afterEach(async () => {
    await effects.close();
    await store.close();
  });

  const start = (act: (effect: Effect, signal: AbortSignal) => Promise<EffectOutcome>, limits: Partial<EffectLimits> = {}, giveUpAfterMs = 3_600_000) => {
    const executors: Executors = {
      Notify: {
        giveUpAfterMs,
        carryOut(effect, signal) {
          tried.push(`${effect.effectId}@${Math.round(clock.monotonic() / 1000)}`);
          return act(effect, signal);
        },
      },
    };
    effects = makeEffects({ store, world: { clock, random: new SimRandom('effects'), log: silentLog }, executors, limits });
  };
  const add = async (effectId: string, lane = effectId, farEnd = 'a', kind = 'Notify') => {
    await store.transaction((tx) => insertEffect(tx, { effectId, kind, groupId: 'g', deploymentId: null, farEnd, lane, payload: {} }, clock.now()));
  };
  const unfinished = async () => (await store.db.selectFrom('effects').select('effect_id').where('done_at', 'is', null).where('abandoned_at', 'is', null).execute()).length;
  async function run(ms: number): Promise<void> {
    let isOver = false;
    clock.after(ms, () => (isOver = true));
    await clock.run(Infinity, () => isOver, () => {});
  }
  const failed = (mayRetry = true): EffectOutcome => ({ kind: 'failed', error: 'no answer', mayRetry });
  const rowOf = (effectId: string) => store.db.selectFrom('effects').selectAll().where('effect_id', '=', effectId).executeTakeFirstOrThrow();

  it('tries again after growing pauses until it is done', async () => {
    let attempts = 0;
    start(async () => ((attempts += 1) < 4 ? failed() : { kind: 'done' }));
    await add('1');
    effects.nudge();
    await run(120_000);
    assert.equal(tried.length, 4);
    const row = await rowOf('1');
    assert.ok(row.done_at !== null && row.last_error === null);
    assert.equal(Number(row.attempts), 4);
  });

  it('goes on after a restart with what was cut off, under the same id', async () => {
    start((_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))));
    await add('1');
    effects.nudge();
    await run(1_000);
    await effects.close();
    assert.equal(Number((await rowOf('1')).attempts), 0, 'an attempt cut off by leaving does not count');
    start(async () => ({ kind: 'done' }));
    await run(1_000);
    assert.deepEqual(tried.map((one) => one.split('@')[0]), ['1', '1']);
    assert.equal(await unfinished(), 0);
  });

  it('gives up what is hopeless at once, and the rest when patience ends, each with its error', async () => {
    start(async ({ effectId }) => failed(effectId !== 'hopeless'), {}, 600_000);
    await add('hopeless');
    await add('stubborn');
    effects.nudge();
    await run(3_600_000);
    assert.equal(tried.filter((one) => one.startsWith('hopeless')).length, 1);
    for (const effectId of ['hopeless', 'stubborn']) {
      const row = await rowOf(effectId);
      assert.ok(row.abandoned_at !== null && row.last_error === 'no answer');
    }
    const last = Number(tried.at(-1)!.split('@')[1]);
    assert.ok(last > 60 && last <= 600, `the last try was after ${last} s`);
  });

  it('keeps one far end that hangs from keeping others waiting, and ends each attempt in time', async () => {
    start(({ effectId }, signal) =>
      effectId.startsWith('slow')
        ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(failed())))
        : Promise.resolve({ kind: 'done' } as const),
    { atOnce: 6, atOncePerFarEnd: 2, attemptMs: 30_000 });
    for (let i = 0; i < 10; i += 1) await add(`slow-${i}`, `slow-${i}`, 'slow');
    for (let i = 0; i < 10; i += 1) await add(`quick-${i}`, `quick-${i}`, 'quick');
    effects.nudge();
    await run(5_000);
    assert.equal(tried.filter((one) => one.startsWith('quick')).length, 10);
    assert.equal(tried.filter((one) => one.startsWith('slow')).length, 2);
    await run(40_000);
    assert.ok(tried.filter((one) => one.startsWith('slow')).length >= 4);
  });

  it('keeps the order within a lane over failures', async () => {
    const failures = new SimRandom('failures');
    start(async () => (failures.chance(0.4) ? failed() : { kind: 'done' }));
    for (let i = 0; i < 12; i += 1) await add(String(i).padStart(2, '0'), 'lane');
    effects.nudge();
    await run(3_600_000);
    assert.equal(await unfinished(), 0);
    const firsts = [...new Set(tried.map((one) => one.split('@')[0]!))];
    assert.deepEqual(firsts, firsts.toSorted());
  });

  it('finds what is in the table without being told', async () => {
    start(async () => ({ kind: 'done' }));
    await run(1_000);
    await add('1');
    await run(20_000);
    assert.equal(await unfinished(), 0);
  });

  it('leaves a kind that it does not know for a controller that does', async () => {
    start(async () => ({ kind: 'done' }));
    await add('1', '1', 'a', 'Teleport');
    effects.nudge();
    await run(10_000);
    assert.match((await rowOf('1')).last_error ?? '', /does not know how to carry out Teleport/);
    assert.equal(await unfinished(), 1);
  });
});
