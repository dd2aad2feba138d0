// What is written comes back, and sorts and compares, the same in every database: the places where they differ by nature.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Store } from '../../server/store/store.ts';
import { insertApplication, listApplicationNames, findApplication } from '../../server/store/applications.ts';
import { listTargets, listTargetIds, insertTargets } from '../../server/store/targets.ts';
import { listRevisions, insertRevision } from '../../server/store/revisions.ts';
import { recordUpload, findNewestUpload } from '../../server/store/uploads.ts';
import { takeChunk, readPieces, defaultLogLimits } from '../../server/store/logs.ts';
import { findDeployment, insertDeployment } from '../../server/store/deployments.ts';
import { aDeployment, anApplication, anUpload, aRevision, aTarget } from './rows.ts';
import { stores } from './stores.ts';

/** By code point, which is neither a language's order nor, beyond U+FFFF, JavaScript's. */
const inOrder = ['-a', '1', 'A', 'B', 'Z', '_', 'a', 'a b', 'ab', 'b', 'z', 'Ä', 'ß', 'ä', 'é', 'é1', '\u{ff5e}', '\u{1f600}'];

for (const { name: kind, open } of stores) {
  describe(`values in ${kind}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it('of text sort by code point, and a page begins where the last one ended', async () => {
      for (const name of [...inOrder].reverse()) await insertApplication(store.db, anApplication(name));
      assert.deepEqual(await listApplicationNames(store.db, null, 99), inOrder);
      const paged: string[] = [];
      for (let page: readonly string[]; (page = await listApplicationNames(store.db, paged.at(-1) ?? null, 5)).length > 0; ) paged.push(...page);
      assert.deepEqual(paged, inOrder);
    });

    it('of text that is part of a key sort the same way', async () => {
      await insertTargets(store.db, [...inOrder].reverse().map((id) => aTarget(id)));
      assert.deepEqual((await listTargets(store.db, 'd-AAAAAAAAA')).map((row) => row.target_id), inOrder);
      assert.deepEqual(await listTargetIds(store.db, 'd-AAAAAAAAA', { statuses: [], labels: [] }, 'Z', 3), ['_', 'a', 'a b']);
    });

    it('of text are the same only if every character is', async () => {
      await insertApplication(store.db, anApplication('web'));
      await insertApplication(store.db, anApplication('WEB', { application_id: 'other' }));
      await insertApplication(store.db, anApplication('we\u0301b', { application_id: 'third' }));
      assert.equal((await findApplication(store.db, 'WEB'))?.application_id, 'other');
      assert.equal(await findApplication(store.db, 'w\u00e9b'), null);
      assert.equal(await findApplication(store.db, 'web '), null);
    });

    it('of a prefix count characters, not bytes, and know no wildcards', async () => {
      for (const key of ['\u{1f600}/é/1', '\u{1f600}/e/1', '%/1', '%/2', 'x/1']) await insertRevision(store.db, aRevision(key));
      const keys = async (keyPrefix: string): Promise<(string | null)[]> =>
        (await listRevisions(store.db, { applicationId: 'id-of-web', orderBy: 'registered_at', isDescending: false, bucket: null, keyPrefix, locationKeys: null, after: null, limit: 9 })).map((row) => row.s3_key);
      assert.deepEqual(await keys('\u{1f600}/é'), ['\u{1f600}/é/1']);
      assert.deepEqual(await keys('%/'), ['%/1', '%/2']);
    });

    it('of text come back whole, but for U+0000 and halves of characters, which become U+FFFD', async () => {
      const attempt = { attemptId: 'a', deploymentId: 'd-AAAAAAAAA', targetId: 'web', event: 'Install' };
      const text = 'tab\t quote\' "double" back\\slash $1 ? :x \u{1f600} \u007f \u0001 e\u0301';
      const chunk = (line: string, offset: number) => ({ index: 0, restart: 0, stream: 'stdout' as const, offset, lengths: [10], at: 1, text: line });
      await store.transaction((tx) => takeChunk(tx, attempt, chunk(text, 0), defaultLogLimits));
      await store.transaction((tx) => takeChunk(tx, attempt, chunk('nul\0 half\ud800', 10), defaultLogLimits));
      assert.deepEqual((await readPieces(store.db, 'd-AAAAAAAAA', { after: 0, limit: 9 })).map((piece) => piece.text), [text, 'nul\ufffd half\ufffd']);
      assert.equal(await findApplication(store.db, 'no\0such'), null);
    });

    it('of numbers are numbers, up to the greatest a number holds', async () => {
      const greatest = Number.MAX_SAFE_INTEGER;
      await store.transaction((tx) => recordUpload(tx, anUpload({ size: greatest, created_at: greatest - 1 })));
      const upload = await findNewestUpload(store.db, 'fairlead', 'web/a.zip');
      assert.deepEqual([upload?.size, upload?.created_at], [greatest, greatest - 1]);
      await insertDeployment(store.db, aDeployment('d-AAAAAAAAA', { created_at: 1_700_000_000_000, wake_at: null, version: 2 ** 40 }));
      const row = await findDeployment(store.db, 'd-AAAAAAAAA');
      assert.deepEqual([row?.created_at, row?.wake_at, row?.version, row?.minimum_healthy_hosts], [1_700_000_000_000, null, 2 ** 40, 0]);
    });

    it('counted and summed are numbers too', async () => {
      await insertTargets(store.db, [aTarget('a', { lot: 2 ** 33, generation: 1 }), aTarget('b', { lot: 1, generation: 2 })]);
      const row = await store.db
        .selectFrom('targets')
        .select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number>('lot').as('lots'), fn.sum<number>('generation').as('generations'), fn.max('lot').as('most')])
        .executeTakeFirstOrThrow();
      assert.deepEqual({ ...row }, { count: 2, lots: 2 ** 33 + 1, generations: 3, most: 2 ** 33 });
    });

    it('tell how many rows a change met', async () => {
      await insertApplication(store.db, anApplication('web'));
      const change = (name: string) => store.db.updateTable('applications').set({ tags: '[]' }).where('name', '=', name).executeTakeFirst();
      assert.deepEqual([Number((await change('web')).numUpdatedRows), Number((await change('nobody')).numUpdatedRows)], [1, 0]);
    });
  });
}
