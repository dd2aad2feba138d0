// Which controller a database belongs to, where several could reach it: one row with the holder's name, until when, and
// a fencing number that grows with each new holder. Time is the database's own, since controllers' clocks may differ.
// The table is made before any migration, because only the holder may migrate.

import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from './tables.ts';

const name = 'controller';

/** Tables of a database, and its own clock in epoch milliseconds. */
export interface LeaseDoor {
  readonly db: Kysely<Tables>;
  readonly now: RawBuilder<number>;
}

export type TakenLease =
  | { readonly kind: 'taken'; readonly epoch: number }
  | { readonly kind: 'held'; readonly holder: string; readonly endsInMs: number };

export async function makeLeaseTable(db: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists leases (name text primary key, holder text not null, epoch bigint not null, expires_at bigint not null)`.execute(db);
}

/** Takes the lease when nobody holds it any more. Waits for the last holder's transactions that are being kept. */
export async function takeLease({ db, now }: LeaseDoor, holder: string, leaseMs: number): Promise<TakenLease> {
  await db.insertInto('leases').values({ name, holder: '', epoch: 0, expires_at: 0 }).onConflict((conflict) => conflict.column('name').doNothing()).execute();
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('leases').select(['holder', 'epoch', 'expires_at']).select(now.as('now')).where('name', '=', name).forUpdate().executeTakeFirstOrThrow();
    // The instant was read before the row was waited for: too early at worst, which only makes the wait longer.
    if (row.expires_at > row.now) return { kind: 'held', holder: row.holder, endsInMs: row.expires_at - row.now };
    const epoch = row.epoch + 1;
    await tx.updateTable('leases').set({ holder, epoch, expires_at: sql<number>`${now} + ${leaseMs}` }).where('name', '=', name).execute();
    return { kind: 'taken', epoch };
  });
}

/** False when another holds it by now. Late is fine as long as nobody else came. */
export async function renewLease({ db, now }: LeaseDoor, epoch: number, leaseMs: number): Promise<boolean> {
  const renewed = await db.updateTable('leases').set({ expires_at: sql<number>`${now} + ${leaseMs}` }).where('name', '=', name).where('epoch', '=', epoch).executeTakeFirst();
  return Number(renewed.numUpdatedRows) === 1;
}

/** Lets go, so that the next holder need not wait. */
export async function releaseLease(db: Kysely<Tables>, epoch: number): Promise<void> {
  await db.updateTable('leases').set({ expires_at: 0 }).where('name', '=', name).where('epoch', '=', epoch).execute();
}

/** What the database's clock says now. */
export async function databaseNow({ db, now }: LeaseDoor): Promise<number> {
  return Number((await db.selectNoFrom(now.as('now')).executeTakeFirstOrThrow()).now);
}

/** Who holds it. */
export async function holderOf(db: Kysely<Tables>): Promise<string> {
  return (await db.selectFrom('leases').select('holder').where('name', '=', name).executeTakeFirst())?.holder ?? '';
}
