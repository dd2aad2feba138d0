// Alarms: what a name means to this controller. The header fields of an alarm's requests are stored encrypted
// (server/access-keys.ts knows how).

import type { AlarmHeader } from '../../protocol/model/alarm.ts';
import type { Database } from './store.ts';
import type { AlarmsTable } from './tables.ts';

export async function findAlarm(db: Database, name: string): Promise<AlarmsTable | null> {
  return (await db.selectFrom('alarms').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

/** Up to `limit` in order of their names, those after `after` (null: from the first). */
export async function listAlarms(db: Database, after: string | null, limit: number): Promise<readonly AlarmsTable[]> {
  let query = db.selectFrom('alarms').selectAll().orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return query.execute();
}

/** Puts the alarm in the place of the one of that name; when that was first put stays. */
export async function putAlarm(tx: Database, row: AlarmsTable): Promise<void> {
  const { name: _, created_at: __, ...changed } = row;
  await tx
    .insertInto('alarms')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(changed))
    .execute();
}

export async function deleteAlarm(tx: Database, name: string): Promise<void> {
  await tx.deleteFrom('alarms').where('name', '=', name).execute();
}

/** What an alarm's sealed headers are bound to: those of one alarm fit no other, and no access key. */
export function sealedFor(name: string): string {
  return `alarm:${name}`;
}

/** Null when they were sealed under a key file that is gone. */
export function openHeaders({ name, headers_encrypted: sealed }: Pick<AlarmsTable, 'name' | 'headers_encrypted'>, open: (sealed: string, boundTo: string) => string | null): readonly AlarmHeader[] | null {
  if (sealed === null) return [];
  const text = open(sealed, sealedFor(name));
  return text === null ? null : (JSON.parse(text) as AlarmHeader[]);
}
