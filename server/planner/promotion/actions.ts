// What a plan for a promotion may ask for, and the plan itself. `apply.ts` says in code what each action means.

import type { PromotionError } from '../../../protocol/model/promotion.ts';
import type { PromotionWaiting } from '../../../protocol/model/promotion-waiting.ts';
import type { PromotionTriggerEventType } from '../../../protocol/model/trigger.ts';
import type { Instant } from '../snapshot.ts';

export interface PromotionActions {
  /** Another one goes first: Created becomes Queued. */
  QueuePromotion: Record<never, never>;
  /** Created or Queued becomes InProgress. Only one promotion of a path can. */
  StartPromotion: Record<never, never>;
  /** From now on the open wave waits for somebody's word. */
  AskApproval: { readonly expiresAt: Instant };
  /** A deployment of the promotion's revision to a group of the open wave; what is waiting in the group's queue goes first. */
  CreateDeployment: { readonly groupId: string };
  StopDeployment: { readonly deploymentId: string; readonly rollback: boolean | null };
  /** Every deployment of the open wave has succeeded: InProgress becomes Baking. */
  BakeWave: { readonly until: Instant };
  /** The open wave is behind; the next has its turn. */
  OpenWave: { readonly wave: number };
  /** Takes a group back to what it had before the promotion. Only beside FinishPromotion. */
  RollBackGroup: { readonly groupId: string; readonly ofDeploymentId: string };
  /** A rollback was due and is not made: said among the status messages. Only beside FinishPromotion. */
  NoteNoRollback: { readonly groupId: string; readonly message: string };
  /** Final. Nothing of it is running. */
  FinishPromotion: { readonly status: 'Succeeded' | 'Failed' | 'Stopped'; readonly error: PromotionError | null };
  /** Tell whoever stands behind the path's trigger of that name, of the promotion as it then stands. */
  Notify: { readonly trigger: string; readonly event: PromotionTriggerEventType };
}

export type PromotionAction = { [K in keyof PromotionActions]: { readonly kind: K } & PromotionActions[K] }[keyof PromotionActions];

export interface PromotionPlan {
  /** In the order they are to be written. */
  readonly actions: readonly PromotionAction[];
  /** Why nothing more can be done now. Empty only when the promotion ends or has ended. */
  readonly waitingOn: readonly PromotionWaiting[];
  /** When to look again even if nothing is heard; null when only news can change anything. */
  readonly wakeAt: Instant | null;
}
