// Secrets of a deployment group, sealed: what lies here is of no use without the key file beside the database.

import type { Database } from './store.ts';
import type { GroupSecretsTable } from './tables.ts';

/** By name. */
export async function listGroupSecrets(db: Database, groupId: string): Promise<readonly GroupSecretsTable[]> {
  return db.selectFrom('group_secrets').selectAll().where('group_id', '=', groupId).orderBy('name').execute();
}

export async function putGroupSecret(tx: Database, row: GroupSecretsTable): Promise<void> {
  const { value_encrypted, updated_at, updated_by } = row;
  await tx
    .insertInto('group_secrets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['group_id', 'name']).doUpdateSet({ value_encrypted, updated_at, updated_by }))
    .execute();
}

/** @returns false when there was none. */
export async function deleteGroupSecret(tx: Database, groupId: string, name: string): Promise<boolean> {
  const deleted = await tx.deleteFrom('group_secrets').where('group_id', '=', groupId).where('name', '=', name).executeTakeFirst();
  return Number(deleted.numDeletedRows) > 0;
}

/** What a secret is bound to: sealed for one group and name, it opens for no other. */
export function groupSecretBinding(groupId: string, name: string): string {
  return `group-secret:${groupId}:${name}`;
}
