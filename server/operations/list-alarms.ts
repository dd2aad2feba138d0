import type { registry } from '../../protocol/operations/registry.ts';
import { listAlarms as listRows } from '../store/alarms.ts';
import { alarmInfo } from './alarm-info.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listAlarms: Handler<typeof registry.listAlarms> = async ({ store }, { nextToken }) => {
  const question = ['ListAlarms'];
  const page = toPage(question, await listRows(store.db, readNamePlace(question, nextToken), pageSize + 1), (row) => [row.name]);
  return { alarms: page.rows.map(alarmInfo), ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};
