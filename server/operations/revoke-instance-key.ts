// For a host that is lost or that somebody has been on: its key is worth nothing from here on, its running session included.

import type { registry } from '../../protocol/operations/registry.ts';
import { revokeKey } from '../store/instances.ts';
import { requireLiveInstance } from './lookup.ts';
import type { Handler } from './services.ts';

export const revokeInstanceKey: Handler<typeof registry.revokeInstanceKey> = async ({ store, expel }, { instanceName }) => {
  const instanceId = await store.transaction(async (tx) => {
    const { instance_id } = await requireLiveInstance(tx, instanceName);
    await revokeKey(tx, instance_id);
    return instance_id;
  });
  expel(instanceId, 'keyRevoked');
  return {};
};
