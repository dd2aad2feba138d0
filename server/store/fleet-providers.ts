// Fleet providers: who makes instances under a name, and takes them away. What they are asked with is stored encrypted
// (server/access-keys.ts knows how).

import type { Database } from './store.ts';
import type { FleetProvidersTable } from './tables.ts';

export async function findFleetProvider(db: Database, name: string): Promise<FleetProvidersTable | null> {
  return (await db.selectFrom('fleet_providers').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

/** Up to `limit` in order of their names, those after `after` (null: from the first). */
export async function listFleetProviders(db: Database, after: string | null, limit: number): Promise<readonly FleetProvidersTable[]> {
  let query = db.selectFrom('fleet_providers').selectAll().orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return query.execute();
}

/** Puts the provider in the place of the one of that name; when that was first put stays. */
export async function putFleetProvider(tx: Database, row: FleetProvidersTable): Promise<void> {
  const { name: _, created_at: __, ...changed } = row;
  await tx
    .insertInto('fleet_providers')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(changed))
    .execute();
}

export async function deleteFleetProvider(tx: Database, name: string): Promise<void> {
  await tx.deleteFrom('fleet_providers').where('name', '=', name).execute();
}

/** What a provider's sealed secret is bound to: that of one provider fits nothing else. */
export function sealedFor(name: string): string {
  return `fleet-provider:${name}`;
}
