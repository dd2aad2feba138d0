// Freezes: when nothing may start. Few and short-lived, so they are read whole. What a freeze covers is kept by id, so
// that renaming an application or a group changes nothing; they go with it when it is deleted.

import { FreezeTimes } from '../../protocol/model/calendar.ts';
import { readDocument, writeDocument } from './documents.ts';
import type { Database } from './store.ts';
import type { FreezesTable } from './tables.ts';

export interface FreezeRow extends FreezesTable {
  readonly times: FreezeTimes;
  /** Names as they are now; null where it covers more than one. */
  readonly applicationName: string | null;
  readonly groupName: string | null;
}

/** All of them, by name. */
export async function listFreezes(db: Database): Promise<readonly FreezeRow[]> {
  const rows = await db
    .selectFrom('freezes')
    .leftJoin('applications', 'applications.application_id', 'freezes.application_id')
    .leftJoin('deployment_groups', 'deployment_groups.group_id', 'freezes.group_id')
    .selectAll('freezes')
    .select(['applications.name as applicationName', 'deployment_groups.name as groupName'])
    .orderBy('freezes.name')
    .execute();
  return rows.map((row) => ({ ...row, times: readTimes(row) }));
}

/** Those that cover the deployment group, by name. */
export async function listFreezesOver(db: Database, applicationId: string, groupId: string): Promise<readonly FreezeTimes[]> {
  const rows = await db
    .selectFrom('freezes')
    .selectAll()
    .where((e) => e.or([e('application_id', 'is', null), e('application_id', '=', applicationId)]))
    .where((e) => e.or([e('group_id', 'is', null), e('group_id', '=', groupId)]))
    .orderBy('name')
    .execute();
  return rows.map(readTimes);
}

export interface NewFreeze {
  readonly times: FreezeTimes;
  readonly applicationId: string | null;
  readonly groupId: string | null;
  /** Id of the access key. */
  readonly createdBy: string;
  readonly createdAt: number;
}

/** @returns false when there is one of that name. */
export async function insertFreeze(tx: Database, { times, applicationId, groupId, createdBy, createdAt }: NewFreeze): Promise<boolean> {
  const inserted = await tx
    .insertInto('freezes')
    .values({
      name: times.freezeName,
      created_at: createdAt,
      created_by: createdBy,
      application_id: applicationId,
      group_id: groupId,
      document: writeDocument(FreezeTimes, times, `freeze ${times.freezeName}`),
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** @returns false when there was none. */
export async function deleteFreeze(tx: Database, name: string): Promise<boolean> {
  const deleted = await tx.deleteFrom('freezes').where('name', '=', name).executeTakeFirst();
  return Number(deleted.numDeletedRows) > 0;
}

function readTimes(row: FreezesTable): FreezeTimes {
  return readDocument(FreezeTimes, row.document, `freeze ${row.name}`);
}
