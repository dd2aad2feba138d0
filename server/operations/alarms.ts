// Alarm configurations, of a group or of one deployment: checked, with what was left out said.

import { Failure } from '../../protocol/errors.ts';
import type { AlarmConfiguration } from '../../protocol/model/alarm.ts';

export const mostAlarms = 10;

/** An absent `enabled` means false: Terraform disables by leaving it out. Throws Failure. */
export function alarmConfiguration(given: AlarmConfiguration, field: string): AlarmConfiguration {
  const { enabled = false, ignorePollAlarmFailure = false, alarms = [], bakeSeconds } = given;
  if (alarms.length > mostAlarms) {
    throw new Failure('AlarmsLimitExceededException', `${field} names ${alarms.length} alarms, but at most ${mostAlarms} are allowed.`, `${field}.alarms`);
  }
  const names = new Set<string>();
  for (const { name } of alarms) {
    if (name === undefined || name === '') throw invalid('An alarm has no name.', field);
    if ([...name].length > 255) throw invalid(`The alarm name ${name.slice(0, 20)}… is longer than 255 characters.`, field);
    if (names.has(name)) throw invalid(`The alarm ${name} is named twice.`, field);
    names.add(name);
  }
  if (enabled && alarms.length === 0) throw invalid(`${field} is enabled, but names no alarm.`, field);
  return { enabled, ignorePollAlarmFailure, alarms, ...(bakeSeconds === undefined ? {} : { bakeSeconds }) };
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidAlarmConfigException', sentence, `${field}.alarms`);
}
