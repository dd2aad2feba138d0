// At once: the key is asked for with every request, and streams that are open hear of it. Revoking twice is no error.

import type { registry } from '../../protocol/operations/registry.ts';
import { revokeAccessKey as revokeRow } from '../store/access-keys.ts';
import { requireAccessKey, requireAdministrator } from './lookup-access-key.ts';
import type { Handler } from './services.ts';

export const revokeAccessKey: Handler<typeof registry.revokeAccessKey> = async ({ store, keyRing }, { accessKeyId }, { now }) => {
  await store.transaction(async (tx) => {
    const row = await requireAccessKey(tx, accessKeyId);
    if (row.revoked_at !== null) return;
    await revokeRow(tx, accessKeyId, now);
    await requireAdministrator(tx, row);
  });
  keyRing.changed(accessKeyId);
  return {};
};
