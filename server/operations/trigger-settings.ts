// Triggers of a deployment group: whether their targets can be reached at all, and the test message that goes out when one
// is set up, as CodeDeploy sends one.

import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { TriggerConfig } from '../../protocol/model/trigger.ts';
import { noticeSubject, notifyEffect, testNotice } from '../deployer/notices.ts';
import { insertEffect } from '../store/effects.ts';
import type { Database } from '../store/store.ts';
import type { Services } from './services.ts';

/** Throws Failure for a target that nothing could ever be sent to. */
export function checkTriggerTargets(triggers: readonly TriggerConfig[] | undefined, whyNotTarget: Services['whyNotTriggerTarget']): void {
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
  for (const trigger of after) {
    const { triggerName = '', triggerTargetArn = '' } = trigger;
    if (before.some((one) => one.triggerName === triggerName && one.triggerTargetArn === triggerTargetArn)) continue;
    const payload = {
      triggerName,
      target: triggerTargetArn,
      event: null,
      subject: noticeSubject('test', `trigger ${triggerName}`, applicationName, services),
      message: testNotice(trigger, applicationName, groupName, services),
    };
    await insertEffect(tx, notifyEffect(uuid(services.world.random.bytes(16)), { groupId, deploymentId: null }, payload), now);
  }
}
