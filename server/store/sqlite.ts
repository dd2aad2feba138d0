// SQLite through node:sqlite: WAL, synchronous=FULL, so that what was committed survives a power cut. One of the only
// two files that may know which database this is.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { bindable } from './bindable.ts';
import { migrate } from './migrate.ts';

/** Opens (creating if need be) the database in `file`, or a fresh one in memory for ':memory:'. */
export async function openSqliteStore(file: string): Promise<Store> {
  const native = new DatabaseSync(file);
  native.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000; pragma cache_size = -32768; pragma wal_autocheckpoint = 4000; pragma temp_store = memory;');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(native) }) });
  await migrate(db);
  // A database in memory is known to the connection that made it only.
  const reads = file === ':memory:' ? db : readOnly(file);
  return {
    db,
    transaction: (work) => db.transaction().execute(work),
    reads,
    picture: (work) => reads.transaction().execute(work),
    // The folder's lock lets in one controller (data-lock.ts).
    epoch: 0,
    deposed: new AbortController().signal,
    async close() {
      if (reads !== db) await reads.destroy();
      await db.destroy();
    },
  };
}

/** A connection of its own: in WAL mode who reads and who writes do not wait for each other. */
function readOnly(file: string): Kysely<Tables> {
  const native = new DatabaseSync(file, { readOnly: true });
  native.exec('pragma busy_timeout = 5000;');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(native) }) });
}

/** Writes a database file, as it is at one instant, to a new file, while others read and write it. */
export function copySqliteFile(from: string, to: string): void {
  const native = new DatabaseSync(from, { readOnly: true });
  try {
    native.exec('pragma busy_timeout = 30000');
    native.prepare('vacuum into ?').run(to);
  } finally {
    native.close();
  }
}

/** What a database file looks like from beside it. Changes nothing; throws what the database says of a file that is none. */
export function inspectSqliteFile(file: string): { readonly migrations: readonly string[]; readonly trouble: string | null } {
  const native = new DatabaseSync(file, { readOnly: true });
  try {
    native.exec('pragma busy_timeout = 5000');
    const migrations = native.prepare('select name from migrations order by name').all().map(({ name }) => String(name));
    const [verdict] = native.prepare('pragma quick_check(1)').all().map((row) => String(Object.values(row)[0]));
    return { migrations, trouble: verdict === 'ok' ? null : (verdict ?? 'the check said nothing') };
  } finally {
    native.close();
  }
}

/** Statements kept ready. The controller has some hundreds of texts, but lists of any length make new ones. */
const mostPrepared = 500;

/** node:sqlite in the shape Kysely expects of better-sqlite3. */
function adapt(native: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => native.close(),
    prepare(text) {
      const known = prepared.get(text);
      if (known !== undefined) return known;
      const made = adaptStatement(native.prepare(text));
      // The oldest goes, used or not: whoever asks again pays once.
      if (prepared.size >= mostPrepared) prepared.delete(prepared.keys().next().value!);
      prepared.set(text, made);
      return made;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...valuesOf(parameters)),
    run: (parameters) => statement.run(...valuesOf(parameters)),
    iterate: (parameters) => statement.iterate(...valuesOf(parameters)) as IterableIterator<unknown>,
  };
}

function valuesOf(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map(bindable) as SQLInputValue[];
}
