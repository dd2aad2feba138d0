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

/** Gives a key another secret and makes it live again. */
export async function replaceSecret(db: Database, accessKeyId: string, secretEncrypted: string): Promise<void> {
  await db
    .updateTable('access_keys')
    .set({ secret_encrypted: secretEncrypted, revoked_at: null })
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
