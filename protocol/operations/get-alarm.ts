import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmDefinition, AlarmName } from '../model/alarm.ts';
import { InstantType } from '../model/timestamp.ts';

export const AlarmInfo = Type.Object({
  ...AlarmDefinition.properties,
  headerNames: Type.Array(Type.String()),
  createdAt: InstantType,
  updatedAt: InstantType,
});

export const getAlarm = operation({
  name: 'GetAlarm',
  route: 'GET /v1/alarms/:name',
  summary: 'Says what the name of an alarm means here.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ name: AlarmName }),
  output: Type.Object({ alarm: AlarmInfo }),
  errors: ['NotFoundException'],
});
