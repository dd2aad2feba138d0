// Alarms that stop a deployment.

import Type, { type Static } from 'typebox';

export const Alarm = Type.Object({
  name: Type.Optional(Type.String()),
});
export type Alarm = Static<typeof Alarm>;

export const AlarmConfiguration = Type.Object({
  enabled: Type.Optional(Type.Boolean()),
  ignorePollAlarmFailure: Type.Optional(Type.Boolean()),
  alarms: Type.Optional(Type.Array(Alarm)),
});
export type AlarmConfiguration = Static<typeof AlarmConfiguration>;
