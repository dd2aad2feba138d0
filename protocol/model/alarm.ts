// Alarms: which ones a deployment heeds, what an alarm's name means to this controller, and how one stands.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const Alarm = Type.Object({
  name: Type.Optional(Type.String()),
  dryRun: Type.Optional(Type.Boolean({ description: 'Only reported: it stops nothing. Ours.' })),
});
export type Alarm = Static<typeof Alarm>;

/** As much as CodeDeploy lets a blue/green deployment wait. */
export const mostBakeSeconds = 172_800;

export const AlarmConfiguration = Type.Object({
  enabled: Type.Optional(Type.Boolean()),
  ignorePollAlarmFailure: Type.Optional(Type.Boolean()),
  alarms: Type.Optional(Type.Array(Alarm)),
  bakeSeconds: Type.Optional(
    Type.Integer({ minimum: 0, maximum: mostBakeSeconds, description: 'How long the alarms are watched after the last instance before the deployment counts as a success. Ours; 0 when not given.', 'x-invalid': 'InvalidAlarmConfigException' }),
  ),
});
export type AlarmConfiguration = Static<typeof AlarmConfiguration>;

/** INCONCLUSIVE: asked and answered, and the answer says neither. ERROR: it could not be asked, or nobody knows the name. */
export const AlarmState = word(['OK', 'ALARM', 'INCONCLUSIVE', 'ERROR']);
export type AlarmState = Static<typeof AlarmState>;

/** How an alarm that a deployment heeds was seen last. */
export const ObservedAlarm = Type.Object({
  name: Type.String(),
  dryRun: Type.Boolean(),
  state: Type.Optional(AlarmState),
  detail: Type.Optional(Type.String({ description: 'What was heard; of a probe how many requests there were and how many failed.' })),
  observedAt: Type.Optional(InstantType),
  activeAt: Type.Optional(InstantType),
});
export type ObservedAlarm = Static<typeof ObservedAlarm>;

export const AlarmName = Type.String({ minLength: 1, maxLength: 255, description: 'Name of an alarm, as alarm configurations name it.' });

const Comparison = word(['GREATER', 'GREATER_OR_EQUAL', 'LESS', 'LESS_OR_EQUAL', 'EQUAL', 'NOT_EQUAL']);
export type Comparison = Static<typeof Comparison>;

const Url = Type.String({ pattern: '^https?://[^\\s@]+$', maxLength: 2048, description: 'An http or https address, without a user.' });

export const PrometheusAlarm = Type.Object(
  {
    kind: Type.Literal('prometheus'),
    url: Url,
    query: Type.String({ minLength: 1, maxLength: 4096, description: 'PromQL. It should give a value at all times: a comparison belongs in `comparison`, since what it filters away is no data.' }),
    comparison: Comparison,
    threshold: Type.Number(),
    forSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400, description: 'The comparison must hold for so long, as this controller sees it; INCONCLUSIVE until then.' })),
  },
  { additionalProperties: false },
);
export type PrometheusAlarm = Static<typeof PrometheusAlarm>;

export const CloudWatchAlarm = Type.Object(
  {
    kind: Type.Literal('cloudwatch'),
    alarmName: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Its name there; the same when not given.' })),
    region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,50}$', description: 'The region of the controller\'s configuration when not given.' })),
  },
  { additionalProperties: false },
);
export type CloudWatchAlarm = Static<typeof CloudWatchAlarm>;

export const HttpAlarm = Type.Object(
  {
    kind: Type.Literal('http'),
    url: Url,
    expectedStatus: Type.Optional(Type.Integer({ minimum: 100, maximum: 599, description: 'Any other status is an alarm; any 2xx is expected when not given.' })),
    pointer: Type.Optional(Type.String({ pattern: '^(/.*)?$', maxLength: 512, description: 'JSON pointer into the answer, compared with `value`.' })),
    comparison: Type.Optional(Comparison),
    value: Type.Optional(Type.Union([Type.String({ maxLength: 1024 }), Type.Number(), Type.Boolean()], { description: 'It is an alarm when the comparison (EQUAL when not given) does not hold.' })),
  },
  { additionalProperties: false },
);
export type HttpAlarm = Static<typeof HttpAlarm>;

export const ProbeAlarm = Type.Object(
  {
    kind: Type.Literal('probe'),
    url: Url,
    expectedStatus: Type.Optional(Type.Integer({ minimum: 100, maximum: 599, description: 'Any other status is a failure; any 2xx is expected when not given.' })),
    perSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: 50, description: 'How often the service is asked; 5 when not given.' })),
    failures: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'It is an alarm when so many have failed within the last minute; 1 when not given.' })),
  },
  { additionalProperties: false },
);
export type ProbeAlarm = Static<typeof ProbeAlarm>;

export const AlarmSource = Type.Union([PrometheusAlarm, CloudWatchAlarm, HttpAlarm, ProbeAlarm], { 'x-invalid': 'InvalidInputException' });
export type AlarmSource = Static<typeof AlarmSource>;

export const AlarmDefinition = Type.Object({
  name: AlarmName,
  description: Type.Optional(Type.String({ maxLength: 256 })),
  source: AlarmSource,
  pollSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, description: 'How often it is asked while a deployment heeds it; 15 when not given, 1 for a probe.' })),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 60, description: 'How long one answer may take; 10 when not given, 5 for a probe.' })),
});
export type AlarmDefinition = Static<typeof AlarmDefinition>;

/** Header fields of each request to the source: credentials, as a rule. Stored encrypted and never shown. */
export const AlarmHeader = Type.Object({
  name: Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$' }),
  value: Type.String({ minLength: 1, maxLength: 8192, pattern: '^[^\\r\\n\\0]+$' }),
});
export type AlarmHeader = Static<typeof AlarmHeader>;
