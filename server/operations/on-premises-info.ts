// On-premises instances as callers see them. An agent that enrolled under such a name is one too.

import type { InstanceInfo } from '../../protocol/model/instance.ts';
import { effectiveTags } from '../store/instances.ts';
import type { InstancesTable } from '../store/tables.ts';

/** `tags` is there even when empty: `aws deploy deregister` dies without it. */
export function onPremisesInfo(row: InstancesTable): InstanceInfo {
  return {
    instanceName: row.name,
    ...(row.iam_session_arn === null ? {} : { iamSessionArn: row.iam_session_arn }),
    ...(row.iam_user_arn === null ? {} : { iamUserArn: row.iam_user_arn }),
    instanceArn: row.arn,
    registerTime: Number(row.registered_at),
    ...(row.deregistered_at === null ? {} : { deregisterTime: Number(row.deregistered_at) }),
    tags: effectiveTags(row).map(({ Key, Value }) => ({ Key, Value })),
  };
}
