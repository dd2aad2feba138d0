// Alarms as callers see them: the definition, and the names of the header fields, never their values.

import { AlarmDefinition } from '../../protocol/model/alarm.ts';
import type { OutputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readDocument } from '../store/documents.ts';
import type { AlarmsTable } from '../store/tables.ts';

export function alarmInfo(row: AlarmsTable): OutputOf<typeof registry.getAlarm>['alarm'] {
  return {
    ...readDocument(AlarmDefinition, row.document, `alarm ${row.name}`),
    headerNames: JSON.parse(row.header_names) as string[],
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
