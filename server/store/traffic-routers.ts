// Traffic routers: what a load balancer's name means to this controller. The credentials it is asked with are stored
// encrypted (server/access-keys.ts knows how).

import type { RouterCredentials } from '../../protocol/model/traffic-router.ts';
import type { Database } from './store.ts';
import type { TrafficRoutersTable } from './tables.ts';

export async function findTrafficRouter(db: Database, name: string): Promise<TrafficRoutersTable | null> {
  return (await db.selectFrom('traffic_routers').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

/** Up to `limit` in order of their names, those after `after` (null: from the first). */
export async function listTrafficRouters(db: Database, after: string | null, limit: number): Promise<readonly TrafficRoutersTable[]> {
  let query = db.selectFrom('traffic_routers').selectAll().orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return query.execute();
}

/** Puts the router in the place of the one of that name; when that was first put stays. */
export async function putTrafficRouter(tx: Database, row: TrafficRoutersTable): Promise<void> {
  const { name: _, created_at: __, ...changed } = row;
  await tx
    .insertInto('traffic_routers')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(changed))
    .execute();
}

export async function deleteTrafficRouter(tx: Database, name: string): Promise<void> {
  await tx.deleteFrom('traffic_routers').where('name', '=', name).execute();
}

/** What a router's sealed credentials are bound to: those of one router fit nothing else. */
export function sealedFor(name: string): string {
  return `traffic-router:${name}`;
}

/** Null when they were sealed under a key file that is gone. */
export function openCredentials(
  { name, credentials_encrypted: sealed }: Pick<TrafficRoutersTable, 'name' | 'credentials_encrypted'>,
  open: (sealed: string, boundTo: string) => string | null,
): { readonly credentials: RouterCredentials | null } | null {
  if (sealed === null) return { credentials: null };
  const text = open(sealed, sealedFor(name));
  return text === null ? null : { credentials: JSON.parse(text) as RouterCredentials };
}
