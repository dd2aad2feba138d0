// The secret is shown this once. That an application of the scope exists is not asked: a pipeline's key may be made
// before its application.

import type { registry } from '../../protocol/operations/registry.ts';
import { insertAccessKey } from '../store/access-keys.ts';
import type { Handler } from './services.ts';

export const createAccessKey: Handler<typeof registry.createAccessKey> = async ({ store, keyRing }, input, { accessKeyId: maker, now, concerns }) => {
  const { role, description = '', applications: given = [], expiresInSeconds } = input;
  const applications = given.length === 0 ? null : [...new Set(given)].sort();
  const expiresAt = expiresInSeconds === undefined ? null : now + expiresInSeconds * 1000;
  const { key, sealed } = keyRing.make();
  await store.transaction((tx) => {
    concerns(`access-key:${key.accessKeyId}`);
    return insertAccessKey(tx, {
      access_key_id: key.accessKeyId,
      secret_encrypted: sealed,
      created_at: now,
      revoked_at: null,
      role,
      applications: applications === null ? null : JSON.stringify(applications),
      description,
      created_by: maker,
      expires_at: expiresAt,
      last_used_at: null,
    });
  });
  return { ...key, role, ...(applications === null ? {} : { applications }), ...(expiresAt === null ? {} : { expiresAt }) };
};
