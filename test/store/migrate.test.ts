import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openSqliteStore } from '../../server/store/sqlite.ts';

describe('migrations', () => {
  it('run once, and a database written by a newer Fairlead is refused by name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-store-'));
    try {
      const file = join(folder, 'fairlead.db');
      await (await openSqliteStore(file)).close();
      const store = await openSqliteStore(file);
      await store.db.insertInto('applications').values({ application_id: 'a', name: 'a', created_at: 1, tags: '[]' }).execute();
      await sql`insert into migrations (name) values ('9999-from-the-future')`.execute(store.db);
      await store.close();
      await assert.rejects(openSqliteStore(file), /newer Fairlead \(it has 9999-from-the-future\)/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
