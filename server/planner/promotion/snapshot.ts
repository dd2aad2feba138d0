// All that a decision about one promotion may depend on, `now` included. Loaded in one read transaction.

import type { DeploymentStatus } from '../../../protocol/model/deployment.ts';
import type { PromotionStatus } from '../../../protocol/model/promotion.ts';
import type { PromotionTriggerEventType } from '../../../protocol/model/trigger.ts';
import type { ApprovalState, Baking, Instant } from '../snapshot.ts';

export interface PromotionSnapshot {
  readonly now: Instant;
  readonly promotion: PromotionState;
  /** Frozen when the promotion was created; at least one, each with groups, no group twice. */
  readonly waves: readonly WaveState[];
  /** Another promotion along the same path that goes first, or null. Means nothing once this one has started. */
  readonly earlierPromotionId: string | null;
  /** Who wants to be told of what; frozen when the promotion was created. Absent: nobody. Names are unique. */
  readonly triggers?: readonly PromotionTriggerState[];
}

export interface PromotionTriggerState {
  readonly name: string;
  readonly events: readonly PromotionTriggerEventType[];
}

export interface PromotionState {
  readonly promotionId: string;
  readonly status: PromotionStatus;
  /** Index of the wave whose turn it is; the number of waves once the last is behind. */
  readonly openWave: number;
  /** Every deployment of the open wave has succeeded, and nothing follows until then. */
  readonly baking: Baking | null;
  /** Of the open wave; null: nobody was asked yet, or nobody has to be. */
  readonly approval: ApprovalState | null;
  /** Whether the bundle is known. Before that one deployment is created, to fetch it, and no other: all get the same bytes. */
  readonly isRevisionReady: boolean;
  readonly rollsBackOnFailure: boolean;
  readonly stop: StopState | null;
}

export interface StopState {
  readonly why: 'Requested' | 'Superseded' | 'PathDeleted';
  /** Of 'Superseded': by which promotion. */
  readonly by: string | null;
  /** Deployments under way are asked to stop too; otherwise they are let end. */
  readonly stopsDeployments: boolean;
  /** What was said of rolling back; null when nothing was (each group's configuration decides; what had succeeded stays). */
  readonly rollback: boolean | null;
}

export interface WaveState {
  readonly name: string;
  readonly bakeMs: number;
  /** How long the wave waits for approval before the promotion is stopped; null: it needs none. */
  readonly approvalMs: number | null;
  readonly groups: readonly GroupState[];
}

export interface GroupState {
  readonly groupId: string;
  /** APPLICATION/GROUP, for people. */
  readonly name: string;
  /** Whether it was deleted. */
  readonly isDeleted: boolean;
  /** The promotion's deployment to it; null: not created yet. */
  readonly deployment: PromotedDeployment | null;
  /** Of a group whose deployment succeeded: the one that has since given it another revision, or null. */
  readonly replacedBy: string | null;
  /** The newest deployment created for it since, follow-ons of ours aside; null: none. A rollback would undo it. */
  readonly newerDeploymentId: string | null;
  /** What a rollback would deploy again: the last success before ours. Null: there was none. */
  readonly previousDeploymentId: string | null;
}

export interface PromotedDeployment {
  readonly deploymentId: string;
  /** Null: it is not there any more, since its application was deleted. */
  readonly status: DeploymentStatus | null;
  /** Why it ended unsuccessfully. */
  readonly message: string | null;
  readonly isStopRequested: boolean;
}
