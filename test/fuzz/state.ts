// Whether anything was written. SQLite counts rows changed on its one connection, so that a case that changed nothing is
// known by one number; PostgreSQL is asked how many rows each table has and which transaction wrote last. What the
// controller does by itself is waited for before a case, and told apart by trying again.

import { sql } from 'kysely';
import type { Store } from '../../server/store/store.ts';
import { realClock } from '../../world/real/clock.ts';
import { usualStore } from '../store/stores.ts';

/** A number that is another one when something was changed. */
export async function countChanges(store: Store): Promise<number> {
  if (usualStore.name !== 'SQLite') return stampOf(store);
  await setAside(store);
  const { rows } = await sql<{ n: number }>`select total_changes() - 2 * (select n from signatures_noted) as n`.execute(store.db);
  return rows[0]!.n;
}

const known = new WeakSet<Store>();

/** That a signature was used is written down for refusals too: such rows are counted, each with the row that counts it. */
async function setAside(store: Store): Promise<void> {
  if (known.has(store)) return;
  known.add(store);
  await sql`create temp table signatures_noted (n integer not null)`.execute(store.db);
  await sql`insert into signatures_noted values (0)`.execute(store.db);
  for (const what of ['insert', 'delete']) {
    await sql`create temp trigger ${sql.ref(`note_${what}`)} after ${sql.raw(what)} on signed_writes begin update signatures_noted set n = n + 1; end`.execute(store.db);
  }
}

/** Without what is written for refusals too, and the lease that is renewed all the time. */
export async function stampOf(store: Store): Promise<number> {
  const { rows: tables } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('signed_writes', 'leases') order by 1`.execute(store.db);
  const stamps = tables.map(({ name }) => sql`select count(*) as n, coalesce(max(cast(cast(xmin as text) as bigint)), 0) as newest from ${sql.table(name)}`);
  const { rows } = await sql<{ stamp: number }>`select sum(n) + 1000000 * max(newest) as stamp from (${sql.join(stamps, sql` union all `)}) as tables`.execute(store.db);
  return Number(rows[0]!.stamp);
}

/** Until nothing is written any more for some turns of the loop. */
export async function comeToRest(store: Store): Promise<void> {
  let last = await countChanges(store);
  for (let quiet = 0; quiet < 3; ) {
    await realClock.sleep(3);
    const now = await countChanges(store);
    quiet = now === last ? quiet + 1 : 0;
    last = now;
  }
}

/** Tries what was refused: false when it changes rows each of three times. */
export async function changesNothing(store: Store, attempt: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 0; tries < 3; tries += 1) {
    await comeToRest(store);
    const before = await countChanges(store);
    await attempt();
    if ((await countChanges(store)) === before) return true;
  }
  return false;
}
