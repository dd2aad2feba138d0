import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmDefinition, AlarmHeader } from '../model/alarm.ts';

export const putAlarm = operation({
  name: 'PutAlarm',
  route: 'PUT /v1/alarms/:name',
  summary: 'Says what the name of an alarm means: a Prometheus query, an alarm of CloudWatch, or an HTTP address. Replaces what it meant before.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    ...AlarmDefinition.properties,
    headers: Type.Optional(
      Type.Array(AlarmHeader, { maxItems: 20, description: 'Header fields of each request to the source, such as Authorization: stored encrypted, never shown. Those there were stay when not given, as long as the address keeps its origin.' }),
    ),
  }),
  output: Type.Object({}),
  errors: ['InvalidInputException'],
});
