// Access keys: who may call the API. Secrets are stored encrypted (server/access-keys.ts knows how); revoked keys stay
// as a record.

import type { Database } from './store.ts';
import type { AccessKeysTable } from './tables.ts';

export async function insertAccessKey(db: Database, row: AccessKeysTable): Promise<void> {
  await db.insertInto('access_keys').values(row).execute();
}

export async function findAccessKey(db: Database, accessKeyId: string): Promise<AccessKeysTable | null> {
  return (await db.selectFrom('access_keys').selectAll().where('access_key_id', '=', accessKeyId).executeTakeFirst()) ?? null;
}

/** Up to `limit` keys in order of their ids, those after `after` (null: from the first). */
export async function listAccessKeys(db: Database, after: string | null, limit: number): Promise<readonly AccessKeysTable[]> {
  let query = db.selectFrom('access_keys').selectAll().orderBy('access_key_id').limit(limit);
  if (after !== null) query = query.where('access_key_id', '>', after);
  return query.execute();
}

export async function updateAccessKey(db: Database, accessKeyId: string, change: Partial<Pick<AccessKeysTable, 'role' | 'applications' | 'description' | 'last_used_at'>>): Promise<void> {
  await db.updateTable('access_keys').set(change).where('access_key_id', '=', accessKeyId).execute();
}

/** Keys for an application that was renamed are for it under its new name. */
export async function renameInScopes(tx: Database, name: string, newName: string): Promise<void> {
  const rows = await tx.selectFrom('access_keys').select(['access_key_id', 'applications']).where('applications', 'is not', null).execute();
  for (const row of rows) {
    const scope = JSON.parse(row.applications!) as readonly string[];
    if (scope.includes(name)) await updateAccessKey(tx, row.access_key_id, { applications: JSON.stringify(scope.map((one) => (one === name ? newName : one))) });
  }
}

/** Keys that can always put things right: live administrators' keys for everything, which never expire. */
export async function countLastingAdministrators(db: Database): Promise<number> {
  const row = await db
    .selectFrom('access_keys')
    .select((e) => e.fn.countAll().as('count'))
    .where('role', '=', 'admin')
    .where('applications', 'is', null)
    .where('expires_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Gives a key another secret and makes it live again, as the administrator's. */
export async function replaceSecret(db: Database, accessKeyId: string, secretEncrypted: string): Promise<void> {
  await db
    .updateTable('access_keys')
    .set({ secret_encrypted: secretEncrypted, revoked_at: null, role: 'admin', applications: null, expires_at: null })
    .where('access_key_id', '=', accessKeyId)
    .execute();
}

/** Silent when the key is not there or revoked already. */
export async function revokeAccessKey(db: Database, accessKeyId: string, now: number): Promise<void> {
  await db
    .updateTable('access_keys')
    .set({ revoked_at: now })
    .where('access_key_id', '=', accessKeyId)
    .where('revoked_at', 'is', null)
    .execute();
}

export async function countLiveAccessKeys(db: Database): Promise<number> {
  const row = await db
    .selectFrom('access_keys')
    .select((e) => e.fn.countAll().as('count'))
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
