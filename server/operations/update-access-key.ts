// What is not given stays; an empty list of applications is all of them.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { updateAccessKey as updateRow } from '../store/access-keys.ts';
import { requireAccessKey, requireAdministrator } from './lookup-access-key.ts';
import type { Handler } from './services.ts';

export const updateAccessKey: Handler<typeof registry.updateAccessKey> = async ({ store, keyRing }, input) => {
  const { accessKeyId, role, description, applications } = input;
  const change = {
    ...(role === undefined ? {} : { role }),
    ...(description === undefined ? {} : { description }),
    ...(applications === undefined ? {} : { applications: applications.length === 0 ? null : JSON.stringify([...new Set(applications)].sort()) }),
  };
  if (Object.keys(change).length === 0) throw new Failure('ValidationException', 'Say what changes: role, description or applications.');
  await store.transaction(async (tx) => {
    const row = await requireAccessKey(tx, accessKeyId);
    if (row.revoked_at !== null) throw new Failure('InvalidOperationException', `The access key ${accessKeyId} was revoked; make a new one.`, 'accessKeyId');
    await updateRow(tx, accessKeyId, change);
    await requireAdministrator(tx, row);
  });
  keyRing.changed(accessKeyId);
  return {};
};
