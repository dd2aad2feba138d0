// Checked whole before anything is written: a freeze that can never be in force would lull its author.

import { Failure } from '../../protocol/errors.ts';
import type { FreezeTimes } from '../../protocol/model/calendar.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { whyNotCron } from '../calendar/cron.ts';
import { holdStarts } from '../store/deployments.ts';
import { insertFreeze } from '../store/freezes.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const createFreeze: Handler<typeof registry.createFreeze> = async ({ store, wakeAll }, input, { now, accessKeyId }) => {
  const { applicationName, deploymentGroupName, ...times } = input;
  checkTimes(times, now);
  if (deploymentGroupName !== undefined && applicationName === undefined) {
    throw invalid('deploymentGroupName needs applicationName beside it.', 'applicationName');
  }
  await store.transaction(async (tx) => {
    const application = applicationName === undefined ? null : await requireApplication(tx, applicationName);
    const group = application === null || deploymentGroupName === undefined ? null : await requireGroup(tx, application, deploymentGroupName);
    const scope = { applicationId: application?.application_id ?? null, groupId: group?.group_id ?? null };
    if (!(await insertFreeze(tx, { times, ...scope, createdBy: accessKeyId, createdAt: now }))) {
      throw new Failure('FreezeAlreadyExistsException', `There is a freeze ${times.freezeName} already. Lift it first, or choose another name.`, 'freezeName');
    }
    await holdStarts(tx, scope);
  });
  wakeAll();
  return {};
};

function checkTimes({ cron, timeZone, durationMinutes, startsAt, endsAt }: FreezeTimes, now: number): void {
  if ((cron === undefined) !== (durationMinutes === undefined)) throw invalid('cron and durationMinutes go together: when it begins, and how long it lasts.', cron === undefined ? 'cron' : 'durationMinutes');
  if (timeZone !== undefined && cron === undefined) throw invalid('timeZone is for cron: startsAt and endsAt are instants.', 'timeZone');
  const fault = cron === undefined ? null : whyNotCron(cron, timeZone ?? 'UTC');
  if (fault !== null) throw invalid(fault, 'cron');
  if (endsAt !== undefined && endsAt <= Math.max(now, startsAt ?? now)) throw invalid('The freeze would end before it begins: endsAt is past, or not after startsAt.', 'endsAt');
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}
