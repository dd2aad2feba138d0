// Every kind of store there is, so that each claim about the queries is made of all of them.

import { openPostgresStore } from '../../server/store/postgres.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { silentLog } from '../../world/log.ts';
import { realClock } from '../../world/real/clock.ts';
import { realRandom } from '../../world/real/random.ts';
import { databaseServer } from './database-server.ts';

/** What a controller in a test opens a server's database with. */
export const storeOptions = { holder: 'this test', world: { clock: realClock, random: realRandom, log: silentLog } };

export interface KindOfStore {
  readonly name: string;
  /** An empty one. */
  readonly open: () => Promise<Store>;
}

export const stores: readonly KindOfStore[] = [
  { name: 'SQLite', open: () => openSqliteStore(':memory:') },
  { name: 'PostgreSQL', open: openEmptyDatabase },
];

/** The store of claims that are not about stores: SQLite, unless the whole run is made on another. */
export const usualStore: KindOfStore = stores.find(({ name }) => name === process.env['FAIRLEAD_TEST_STORE']) ?? stores[0]!;

/** Databases with all tables and no rows, to be used again. */
const empty: string[] = [];

async function openEmptyDatabase(): Promise<Store> {
  const server = await databaseServer();
  const url = empty.pop() ?? (await server.newDatabase());
  const store = await openPostgresStore(url, storeOptions);
  return {
    ...store,
    async close() {
      await store.close();
      await server.empty(url);
      empty.push(url);
    },
  };
}
