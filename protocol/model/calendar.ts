// When deployments may start. A window says when they may; a freeze when they may not. Both recur by a cron expression in
// a time zone, or (a freeze) stand from one instant to another. Ours, not CodeDeploy's.

import Type, { type Static } from 'typebox';
import { ApplicationName, DeploymentGroupName } from './names.ts';
import { InstantType } from './timestamp.ts';

const Cron = Type.String({
  maxLength: 200,
  description: 'When it begins: minute hour day-of-month month day-of-week, as in crontab. "0 22 * * 1-5" is at ten in the evening on weekdays.',
});
const TimeZone = Type.String({ maxLength: 100, description: 'IANA name of the time zone the cron expression is read in, such as Europe/Berlin; UTC when not given.' });
const DurationMinutes = Type.Integer({ minimum: 1, maximum: 44_640, description: 'How long it lasts, in minutes of real time; up to 31 days.' });

export const DeploymentWindow = Type.Object({ cron: Cron, timeZone: Type.Optional(TimeZone), durationMinutes: DurationMinutes });
export type DeploymentWindow = Static<typeof DeploymentWindow>;

/** Somebody's word that a deployment need not heed windows and freezes. */
export const CalendarOverride = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 256 }),
  by: Type.String({ description: 'Id of the access key.' }),
  at: InstantType,
});
export type CalendarOverride = Static<typeof CalendarOverride>;

/** When a freeze is in force: by cron and duration, from one instant to another, or both; with neither, until it is lifted. */
const times = {
  freezeName: Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9._+=,@-]+$', description: 'Its name: 1 to 100 letters, digits and . _ + = , @ -' }),
  reason: Type.String({ minLength: 1, maxLength: 256, description: 'Why nothing may start; everyone who is held reads it.' }),
  startsAt: Type.Optional(InstantType),
  endsAt: Type.Optional(InstantType),
  cron: Type.Optional(Cron),
  timeZone: Type.Optional(TimeZone),
  durationMinutes: Type.Optional(DurationMinutes),
};
export const FreezeTimes = Type.Object(times);
export type FreezeTimes = Static<typeof FreezeTimes>;

/** It covers everything, one application, or one deployment group of it. */
export const FreezeInput = Type.Object({
  ...times,
  applicationName: Type.Optional(ApplicationName),
  deploymentGroupName: Type.Optional(DeploymentGroupName),
});
export type FreezeInput = Static<typeof FreezeInput>;

export const Freeze = Type.Object({
  ...times,
  applicationName: Type.Optional(ApplicationName),
  deploymentGroupName: Type.Optional(DeploymentGroupName),
  createdAt: InstantType,
  createdBy: Type.String({ description: 'Id of the access key that made it.' }),
  isInForce: Type.Boolean({ description: 'Whether it holds deployments now.' }),
});
export type Freeze = Static<typeof Freeze>;
