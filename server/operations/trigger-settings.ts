// Triggers of a deployment group or a promotion path: whether their targets can be reached at all, and the test message that goes out when one
// is set up, as CodeDeploy sends one.

import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { PromotionTriggerConfig, TriggerConfig } from '../../protocol/model/trigger.ts';
import { noticeSubject, notifyEffect, testNotice, testNoticeOfPath } from '../deployer/notices.ts';
import type { TestNotice } from '../../protocol/model/notice.ts';
import { insertEffect } from '../store/effects.ts';
import type { Database } from '../store/store.ts';
import type { Services } from './services.ts';

/** Throws Failure for a target that nothing could ever be sent to. */
export function checkTriggerTargets(triggers: readonly (TriggerConfig | PromotionTriggerConfig)[] | undefined, whyNotTarget: Services['whyNotTriggerTarget']): void {
  for (const { triggerName = '', triggerTargetArn } of triggers ?? []) {
    // Absent or empty is refused elsewhere, in its own words.
    const refusal = triggerTargetArn === undefined || triggerTargetArn === '' ? null : whyNotTarget(triggerTargetArn);
    if (refusal !== null) throw new Failure('InvalidTriggerConfigException', `The target of trigger ${triggerName} ${refusal}.`, 'triggerConfigurations');
  }
}

export interface TriggerChange {
  readonly before: readonly TriggerConfig[];
  readonly after: readonly TriggerConfig[];
  readonly groupId: string;
  readonly groupName: string;
  readonly applicationName: string;
}

/** Writes a test message for each trigger that is new or has another target. The caller nudges the effects after the commit. */
export async function announceTriggers(tx: Database, { before, after, groupId, groupName, applicationName }: TriggerChange, services: Services, now: number): Promise<void> {
  for (const trigger of newOnes(before, after)) await announce(tx, groupId, trigger, testNotice(trigger, applicationName, groupName, services), applicationName, services, now);
}

export interface PathTriggerChange {
  readonly before: readonly PromotionTriggerConfig[];
  readonly after: readonly PromotionTriggerConfig[];
  readonly pathId: string;
  readonly pathName: string;
  readonly applicationName: string;
}

/** The same of a promotion path. */
export async function announcePathTriggers(tx: Database, { before, after, pathId, pathName, applicationName }: PathTriggerChange, services: Services, now: number): Promise<void> {
  for (const trigger of newOnes(before, after)) await announce(tx, pathId, trigger, testNoticeOfPath(trigger, applicationName, pathName, services), applicationName, services, now);
}

type Trigger = Pick<TriggerConfig, 'triggerName' | 'triggerTargetArn'>;

function newOnes<One extends Trigger>(before: readonly Trigger[], after: readonly One[]): readonly One[] {
  return after.filter(({ triggerName, triggerTargetArn }) => !before.some((one) => one.triggerName === triggerName && one.triggerTargetArn === triggerTargetArn));
}

async function announce(tx: Database, ownerId: string, { triggerName = '', triggerTargetArn = '' }: Trigger, message: TestNotice, applicationName: string, services: Services, now: number): Promise<void> {
  const payload = { triggerName, target: triggerTargetArn, event: null, subject: noticeSubject('test', `trigger ${triggerName}`, applicationName, services), message };
  await insertEffect(tx, notifyEffect(uuid(services.world.random.bytes(16)), { groupId: ownerId, deploymentId: null }, payload), now);
}
