import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmName } from '../model/alarm.ts';

export const deleteAlarm = operation({
  name: 'DeleteAlarm',
  route: 'DELETE /v1/alarms/:name',
  summary: 'Forgets what the name of an alarm means. Groups that name it keep doing so; for their deployments it is then unknown.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: AlarmName }),
  output: Type.Object({}),
  errors: [],
});
