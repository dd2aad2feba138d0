// What a trigger sends, to the letter as CodeDeploy's SNS messages: every value a string, counts and times included.
// Times are seconds since 1970 with three decimals.

import Type, { type Static } from 'typebox';

export const DeploymentNotice = Type.Object({
  region: Type.String(),
  accountId: Type.String(),
  eventTriggerName: Type.String(),
  applicationName: Type.String(),
  deploymentId: Type.String(),
  deploymentGroupName: Type.String(),
  createTime: Type.String(),
  completeTime: Type.Optional(Type.String()),
  deploymentOverview: Type.Object({ Failed: Type.String(), InProgress: Type.String(), Pending: Type.String(), Skipped: Type.String(), Succeeded: Type.String() }),
  status: Type.String(),
  errorInformation: Type.Optional(Type.Object({ ErrorCode: Type.String(), ErrorMessage: Type.String() })),
});
export type DeploymentNotice = Static<typeof DeploymentNotice>;

export const InstanceNotice = Type.Object({
  region: Type.String(),
  accountId: Type.String(),
  eventTriggerName: Type.String(),
  deploymentId: Type.String(),
  instanceId: Type.String({ description: 'An ARN.' }),
  lastUpdatedAt: Type.String(),
  instanceStatus: Type.String(),
  lifecycleEvents: Type.Array(
    Type.Object({ LifecycleEvent: Type.String(), LifecycleEventStatus: Type.String(), StartTime: Type.Optional(Type.String()), EndTime: Type.Optional(Type.String()) }),
  ),
});
export type InstanceNotice = Static<typeof InstanceNotice>;

/** Ours: of a promotion, in the same manner. */
export const PromotionNotice = Type.Object({
  region: Type.String(),
  accountId: Type.String(),
  eventTriggerName: Type.String(),
  applicationName: Type.String(),
  promotionId: Type.String(),
  promotionPathName: Type.String(),
  createTime: Type.String(),
  completeTime: Type.Optional(Type.String()),
  status: Type.String(),
  /** The wave whose turn it is, or was last; its place is counted from 1. */
  waveName: Type.String(),
  wavePosition: Type.String(),
  waveCount: Type.String(),
  errorInformation: Type.Optional(Type.Object({ ErrorCode: Type.String(), ErrorMessage: Type.String() })),
});
export type PromotionNotice = Static<typeof PromotionNotice>;

/** Sent once when a trigger is set up, so that its owner sees that word arrives. */
export const TestNotice = Type.Object({
  region: Type.String(),
  accountId: Type.String(),
  eventTriggerName: Type.String(),
  applicationName: Type.String(),
  /** Absent of a trigger of a promotion path, which is named instead. */
  deploymentGroupName: Type.Optional(Type.String()),
  promotionPathName: Type.Optional(Type.String()),
  message: Type.String(),
});
export type TestNotice = Static<typeof TestNotice>;

/** An instant in epoch milliseconds as notices spell it: 1446744188.595 */
export function noticeTime(instant: number): string {
  return (instant / 1000).toFixed(3);
}
