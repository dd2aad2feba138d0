import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { dueEffects, endEffect, forgetEffects, insertEffect, listEffects, nextDueAt, postponeEffect, releaseLanes } from '../../server/store/effects.ts';
import type { Store } from '../../server/store/store.ts';
import { stores } from './stores.ts';

for (const { name, open } of stores) {
  describe(`effects in ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const add = (effectId: string, lane = 'one', farEnd = 'a', deploymentId: string | null = 'd-1', now = 100) =>
      store.transaction((tx) => insertEffect(tx, { effectId, kind: 'Notify', groupId: 'g', deploymentId, farEnd, lane, payload: { effectId } }, now));
    const due = async (now: number, underWay: string[] = [], busy: string[] = [], limit = 10) => (await dueEffects(store.db, now, limit, underWay, busy)).map((row) => row.effect_id);
    const end = async (effectId: string, now: number, error: string | null = null) => {
      const row = await store.db.selectFrom('effects').selectAll().where('effect_id', '=', effectId).executeTakeFirstOrThrow();
      await store.transaction((tx) => endEffect(tx, row, now, error));
    };

    it('are due one after another within a lane, whatever becomes of them', async () => {
      await add('1');
      await add('2');
      await add('3');
      await add('x', 'other');
      assert.deepEqual(await due(100), ['1', 'x']);
      await end('1', 200);
      assert.deepEqual(await due(200), ['x', '2']);
      await end('2', 300, 'gone');
      assert.deepEqual(await due(300), ['x', '3']);
      await end('3', 400);
      await add('4', 'one', 'a', 'd-1', 500);
      assert.deepEqual(await due(500), ['x', '4']);
    });

    it('that failed are due again at the instant given, and keep their lane waiting', async () => {
      await add('1');
      await add('2');
      await store.transaction((tx) => postponeEffect(tx, '1', 900, 'no answer'));
      assert.deepEqual(await due(899), []);
      assert.equal(await nextDueAt(store.db, [], []), 900);
      assert.deepEqual(await due(900), ['1']);
      const [row] = await dueEffects(store.db, 900, 1, [], []);
      assert.equal(Number(row?.attempts), 1);
      assert.equal(row?.last_error, 'no answer');
    });

    it('are left out while they are under way, or their far end is busy', async () => {
      await add('1', 'l1', 'a');
      await add('2', 'l2', 'a');
      await add('3', 'l3', 'b');
      assert.deepEqual(await due(100, ['1'], []), ['2', '3']);
      assert.deepEqual(await due(100, ['1'], ['a']), ['3']);
      assert.equal(await nextDueAt(store.db, ['1', '2', '3'], []), null);
    });

    it('of a lane whose first was left behind are found and made due', async () => {
      await add('1');
      await add('2');
      await store.db.updateTable('effects').set({ next_attempt_at: null }).execute();
      assert.deepEqual(await due(1_000), []);
      await store.transaction((tx) => releaseLanes(tx, 700));
      assert.deepEqual(await due(1_000), ['1']);
    });

    it('are forgotten some time after their end, and never before it', async () => {
      await add('1');
      await add('2');
      await add('3');
      await end('1', 200);
      await end('2', 300, 'gone');
      await store.transaction((tx) => forgetEffects(tx, 250));
      assert.deepEqual((await store.db.selectFrom('effects').select('effect_id').orderBy('effect_id').execute()).map((row) => row.effect_id), ['2', '3']);
    });

    it('are listed newest first, of a deployment or of a group', async () => {
      await add('1', 'one', 'a', 'd-1', 100);
      await add('2', 'two', 'a', null, 200);
      await add('3', 'one', 'a', 'd-2', 300);
      const ids = async (...args: Parameters<typeof listEffects> extends [unknown, unknown, ...infer Rest] ? Rest : never) => (await listEffects(store.db, 'Notify', ...args)).map((row) => row.effect_id);
      assert.deepEqual(await ids({ groupId: 'g' }, null, 2), ['3', '2']);
      assert.deepEqual(await ids({ groupId: 'g' }, { createdAt: 200, effectId: '2' }, 2), ['1']);
      assert.deepEqual(await ids({ deploymentId: 'd-1' }, null, 9), ['1']);
    });
  });
}
