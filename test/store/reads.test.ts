// Who only reads is not held up by who writes, and sees what is committed.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { findSetting, writeSetting } from '../../server/store/settings.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import { readingFrom, type Store } from '../../server/store/store.ts';
import { stores } from './stores.ts';

const folder = mkdtempSync(join(tmpdir(), 'fairlead-reads-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const onDisk = [{ name: 'SQLite on disk', open: () => openSqliteStore(join(folder, `${(count += 1)}.db`)) }, ...stores.filter(({ name }) => name !== 'SQLite')];

for (const { name, open } of onDisk) {
  describe(`reading beside a transaction, on ${name},`, () => {
    let store: Store;
    let commit: () => void;
    let writing: Promise<void>;

    /** Begins a transaction that has written and is not committed. */
    beforeEach(async () => {
      store = await open();
      await store.transaction((tx) => writeSetting(tx, 'colour', 'blue'));
      const mayCommit = new Promise<void>((resolve) => (commit = resolve));
      await new Promise<void>((written) => {
        writing = store.transaction(async (tx) => {
          await writeSetting(tx, 'colour', 'green');
          written();
          await mayCommit;
        });
      });
    });
    afterEach(async () => {
      commit();
      await writing;
      await store.close();
    });

    it('sees what was committed before, at once', async () => {
      assert.equal(await findSetting(store.reads, 'colour'), 'blue');
      assert.equal(await store.picture((tx) => findSetting(tx, 'colour')), 'blue');
      assert.equal(await findSetting(readingFrom(store).db, 'colour'), 'blue');
    });

    it('sees what is committed as soon as it is', async () => {
      commit();
      await writing;
      assert.equal(await findSetting(store.reads, 'colour'), 'green');
    });

    it('sees one picture, whatever is committed meanwhile', async () => {
      const seen = await store.picture(async (tx) => {
        const before = await findSetting(tx, 'colour');
        commit();
        await writing;
        return [before, await findSetting(tx, 'colour')];
      });
      assert.deepEqual(seen, ['blue', 'blue']);
      assert.equal(await findSetting(store.reads, 'colour'), 'green');
    });

    it('changes nothing in a picture', async () => {
      await assert.rejects(store.picture((tx) => writeSetting(tx, 'colour', 'red')));
    });
  });
}
