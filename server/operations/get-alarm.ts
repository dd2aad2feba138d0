import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findAlarm } from '../store/alarms.ts';
import { alarmInfo } from './alarm-info.ts';
import type { Handler } from './services.ts';

export const getAlarm: Handler<typeof registry.getAlarm> = async ({ store }, { name }) => {
  const row = await findAlarm(store.db, name);
  if (row === null) throw new Failure('NotFoundException', `No alarm ${name} is defined here. List them with ListAlarms.`, 'name');
  return { alarm: alarmInfo(row) };
};
