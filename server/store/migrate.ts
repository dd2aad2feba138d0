// Brings the tables up to date: every migration not yet recorded runs, in order, with its record in one transaction.
// A database written by a newer Fairlead is refused before anything is touched.

import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';
import { up as firstTables } from './migrations/0001-first-tables.ts';
import { up as applicationTags } from './migrations/0002-application-tags.ts';
import { up as oneLiveInstance } from './migrations/0003-one-live-instance.ts';
import { up as uploadSignatures } from './migrations/0005-upload-signatures.ts';
import { up as hookOutput } from './migrations/0004-hook-output.ts';

const migrations: readonly { readonly name: string; readonly up: (db: Kysely<never>) => Promise<void> }[] = [
  { name: '0001-first-tables', up: firstTables },
  { name: '0002-application-tags', up: applicationTags },
  { name: '0003-one-live-instance', up: oneLiveInstance },
  { name: '0004-hook-output', up: hookOutput },
  { name: '0005-upload-signatures', up: uploadSignatures },
];

export async function migrate(db: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists migrations (name text primary key)`.execute(db);
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(tx);
    const done = new Set(rows.map((row) => row.name));
    const known = new Set(migrations.map((migration) => migration.name));
    const newer = [...done].find((name) => !known.has(name));
    if (newer !== undefined) {
      throw new Error(`This database was written by a newer Fairlead (it has ${newer}). Install that version, or restore a backup made with this one.`);
    }
    for (const { name, up } of migrations) {
      if (done.has(name)) continue;
      await up(tx as unknown as Kysely<never>);
      await sql`insert into migrations (name) values (${name})`.execute(tx);
    }
  });
}
