import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmInfo } from './get-alarm.ts';
import { NextToken } from '../model/names.ts';

export const listAlarms = operation({
  name: 'ListAlarms',
  route: 'GET /v1/alarms',
  summary: 'Lists the alarms that were defined here, by name.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ nextToken: Type.Optional(NextToken) }),
  output: Type.Object({ alarms: Type.Array(AlarmInfo), nextToken: Type.Optional(Type.String()) }),
  errors: ['InvalidNextTokenException'],
});
