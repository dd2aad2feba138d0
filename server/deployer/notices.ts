// Notices as they are written into the effects table: what is said is fixed in the transaction that decided it, so that it is
// true of that moment however late it arrives.

import type { PromotionTriggerConfig, PromotionTriggerEventType, TriggerConfig, TriggerEventType } from '../../protocol/model/trigger.ts';
import { type DeploymentNotice, type InstanceNotice, type PromotionNotice, type TestNotice, noticeTime } from '../../protocol/model/notice.ts';
import type { DeploymentDocument, StoredEvents } from '../store/documents.ts';
import type { NewEffect } from '../store/effects.ts';
import type { PromotionDocument } from '../store/promotion-documents.ts';
import type { DeploymentsTable, PromotionsTable, TargetsTable } from '../store/tables.ts';

/** What the executor of `Notify` finds in an effect. */
export interface NotifyPayload {
  readonly triggerName: string;
  /** The trigger's triggerTargetArn: ARN of a topic, URL, or webhook:NAME. */
  readonly target: string;
  /** Null for the message that says that the trigger was set up. */
  readonly event: TriggerEventType | PromotionTriggerEventType | null;
  /** One line for mail. */
  readonly subject: string;
  readonly message: DeploymentNotice | InstanceNotice | PromotionNotice | TestNotice;
}

/** Where this controller is, for ARNs and notices. */
export interface Whereabouts {
  readonly region: string;
  readonly accountId: string;
}

export function notifyEffect(effectId: string, of: Pick<NewEffect, 'groupId' | 'deploymentId'>, payload: NotifyPayload): NewEffect {
  return {
    effectId,
    kind: 'Notify',
    ...of,
    farEnd: farEndOf(payload.target),
    // Whoever listens hears of a deployment in the order in which things happened.
    lane: `Notify ${of.deploymentId ?? of.groupId} ${payload.target}`,
    payload,
  };
}

/** The origin of a URL; anything else stands for itself. */
function farEndOf(target: string): string {
  return /^https?:/i.test(target) && URL.canParse(target) ? new URL(target).origin : target;
}

export interface DeploymentAsItStands {
  readonly row: Pick<DeploymentsTable, 'deployment_id' | 'application_name' | 'group_name' | 'created_at'>;
  readonly status: string;
  readonly completedAt: number | null;
  readonly document: Pick<DeploymentDocument, 'errorInformation'>;
  readonly targets: Iterable<Pick<TargetsTable, 'status'>>;
}

export function deploymentNotice({ row, status, completedAt, document, targets }: DeploymentAsItStands, trigger: TriggerConfig, at: Whereabouts): DeploymentNotice {
  const counts = { Failed: 0, InProgress: 0, Pending: 0, Skipped: 0, Succeeded: 0 };
  for (const target of targets) counts[countedAs(target.status)] += 1;
  const { errorInformation } = document;
  return {
    region: at.region,
    accountId: at.accountId,
    eventTriggerName: trigger.triggerName ?? '',
    applicationName: row.application_name,
    deploymentId: row.deployment_id,
    deploymentGroupName: row.group_name,
    createTime: noticeTime(Number(row.created_at)),
    ...(completedAt === null ? {} : { completeTime: noticeTime(completedAt) }),
    deploymentOverview: { Failed: `${counts.Failed}`, InProgress: `${counts.InProgress}`, Pending: `${counts.Pending}`, Skipped: `${counts.Skipped}`, Succeeded: `${counts.Succeeded}` },
    status,
    ...(errorInformation === undefined ? {} : { errorInformation: { ErrorCode: errorInformation.code, ErrorMessage: errorInformation.message } }),
  };
}

/** Lost is as good as failed, and Ready is still under way: notices have no other number for them. */
function countedAs(status: string): 'Failed' | 'InProgress' | 'Pending' | 'Skipped' | 'Succeeded' {
  switch (status) {
    case 'Unknown':
      return 'Failed';
    case 'Ready':
      return 'InProgress';
    default:
      return status as 'Failed' | 'InProgress' | 'Pending' | 'Skipped' | 'Succeeded';
  }
}

export function instanceNotice(deploymentId: string, target: Pick<TargetsTable, 'arn' | 'status'>, events: StoredEvents, now: number, trigger: TriggerConfig, at: Whereabouts): InstanceNotice {
  return {
    region: at.region,
    accountId: at.accountId,
    eventTriggerName: trigger.triggerName ?? '',
    deploymentId,
    instanceId: target.arn,
    lastUpdatedAt: noticeTime(now),
    instanceStatus: target.status,
    lifecycleEvents: events.map(({ name, status, startedAt, endedAt }) => ({
      LifecycleEvent: name,
      LifecycleEventStatus: status,
      ...(startedAt === null ? {} : { StartTime: noticeTime(startedAt) }),
      ...(endedAt === null ? {} : { EndTime: noticeTime(endedAt) }),
    })),
  };
}

export interface PromotionAsItStands {
  readonly row: Pick<PromotionsTable, 'promotion_id' | 'created_at'>;
  readonly applicationName: string;
  readonly status: string;
  readonly completedAt: number | null;
  readonly document: PromotionDocument;
}

export function promotionNotice({ row, applicationName, status, completedAt, document }: PromotionAsItStands, trigger: PromotionTriggerConfig, at: Whereabouts): PromotionNotice {
  const { errorInformation, waves, open } = document;
  const position = Math.min(open, waves.length - 1);
  return {
    region: at.region,
    accountId: at.accountId,
    eventTriggerName: trigger.triggerName ?? '',
    applicationName,
    promotionId: row.promotion_id,
    promotionPathName: document.promotionPathName,
    createTime: noticeTime(Number(row.created_at)),
    ...(completedAt === null ? {} : { completeTime: noticeTime(completedAt) }),
    status,
    waveName: waves[position]?.waveName ?? '',
    wavePosition: `${position + 1}`,
    waveCount: `${waves.length}`,
    ...(errorInformation === undefined ? {} : { errorInformation: { ErrorCode: errorInformation.code, ErrorMessage: errorInformation.message } }),
  };
}

export function testNoticeOfPath(trigger: PromotionTriggerConfig, applicationName: string, promotionPathName: string, at: Whereabouts): TestNotice {
  const { triggerName = '' } = trigger;
  return { region: at.region, accountId: at.accountId, eventTriggerName: triggerName, applicationName, promotionPathName, message: `The trigger ${triggerName} of promotion path ${promotionPathName} was set up. This is a test: nothing was promoted.` };
}

export function testNotice(trigger: TriggerConfig, applicationName: string, deploymentGroupName: string, at: Whereabouts): TestNotice {
  return {
    region: at.region,
    accountId: at.accountId,
    eventTriggerName: trigger.triggerName ?? '',
    applicationName,
    deploymentGroupName,
    message: `The trigger ${trigger.triggerName ?? ''} of deployment group ${deploymentGroupName} was set up. This is a test: nothing was deployed.`,
  };
}

/** As CodeDeploy heads its mails: SUCCEEDED: AWS CodeDeploy d-XXXXXXXXX in us-east-1 to my-app */
export function noticeSubject(word: string, about: string, applicationName: string, { region }: Whereabouts): string {
  return `${word.toUpperCase()}: AWS CodeDeploy ${about} in ${region} to ${applicationName}`.slice(0, 100);
}
