// What revoking and updating access keys share: the key must be there, and somebody must remain who can put things right.

import { Failure } from '../../protocol/errors.ts';
import { countLastingAdministrators, findAccessKey } from '../store/access-keys.ts';
import type { Database } from '../store/store.ts';
import type { AccessKeysTable } from '../store/tables.ts';

export async function requireAccessKey(tx: Database, accessKeyId: string): Promise<AccessKeysTable> {
  const row = await findAccessKey(tx, accessKeyId);
  if (row === null) throw new Failure('NotFoundException', `There is no access key with the id ${accessKeyId}. List them with ListAccessKeys.`, 'accessKeyId');
  return row;
}

/** Asked after `row` was changed, in its transaction: without an administrator's key that lasts, nobody could make another. */
export async function requireAdministrator(tx: Database, row: AccessKeysTable): Promise<void> {
  const wasOne = row.role === 'admin' && row.applications === null && row.expires_at === null;
  if (!wasOne || (await countLastingAdministrators(tx)) > 0) return;
  throw new Failure('InvalidOperationException', `${row.access_key_id} is the last administrator's access key for all applications that does not expire; make another one first.`, 'accessKeyId');
}
