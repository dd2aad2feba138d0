import type { registry } from '../../protocol/operations/registry.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import type { Handler } from './services.ts';

export const listInstances: Handler<typeof registry.listInstances> = async ({ store, isConnected }) => {
  const rows = await listLiveInstances(store.db);
  return {
    instances: rows.map((row) => ({
      instanceName: row.name,
      instanceArn: row.arn,
      kind: row.kind === 'ec2' ? 'ec2' : 'onPremises',
      tags: [...effectiveTags(row)],
      ...(row.zone === null || row.zone === undefined ? {} : { zone: row.zone }),
      isEnrolled: row.public_key !== null,
      isConnected: isConnected(row.instance_id),
      ...(row.last_seen_at === null ? {} : { lastSeenAt: Number(row.last_seen_at) }),
      ...(row.agent_version === null ? {} : { agentVersion: row.agent_version }),
    })),
  };
};
