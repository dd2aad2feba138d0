import type { registry } from '../../protocol/operations/registry.ts';
import { spanAt } from '../calendar/holds.ts';
import { listFreezes as listRows } from '../store/freezes.ts';
import type { Handler } from './services.ts';

export const listFreezes: Handler<typeof registry.listFreezes> = async ({ store }, _input, { now }) => ({
  freezes: (await listRows(store.db)).map(({ times, applicationName, groupName, created_at: createdAt, created_by: createdBy }) => ({
    ...times,
    ...(applicationName === null ? {} : { applicationName }),
    ...(groupName === null ? {} : { deploymentGroupName: groupName }),
    createdAt: Number(createdAt),
    createdBy,
    isInForce: spanAt(times, now) !== null,
  })),
});
