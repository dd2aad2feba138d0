// SQLite through node:sqlite: WAL, synchronous=FULL, so that what was committed survives a power cut. One of the only
// two files that may know which database this is.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { migrate } from './migrate.ts';

/** Opens (creating if need be) the database in `file`, or a fresh one in memory for ':memory:'. */
export async function openSqliteStore(file: string): Promise<Store> {
  const native = new DatabaseSync(file);
  native.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(native) }) });
  await migrate(db);
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    close: () => db.destroy(),
  };
}

/** node:sqlite in the shape Kysely expects of better-sqlite3. */
function adapt(native: DatabaseSync): SqliteDatabase {
  return {
    close: () => native.close(),
    prepare: (text) => {
      const statement = native.prepare(text);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])) as IterableIterator<unknown>,
      };
    },
  };
}
