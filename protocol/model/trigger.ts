// Notices about deployments, instances and promotions.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

export const TriggerEventType = word(['DeploymentStart', 'DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop', 'DeploymentRollback', 'DeploymentReady', 'InstanceStart', 'InstanceSuccess', 'InstanceFailure', 'InstanceReady'], 'InvalidTriggerConfigException');
export type TriggerEventType = Static<typeof TriggerEventType>;

export const TriggerConfig = Type.Object({
  triggerName: Type.Optional(Type.String()),
  triggerTargetArn: Type.Optional(Type.String()),
  triggerEvents: Type.Optional(Type.Array(TriggerEventType)),
});
export type TriggerConfig = Static<typeof TriggerConfig>;

/** All that there is to tell of a promotion. */
export const promotionTriggerEvents = ['PromotionStart', 'PromotionReady', 'WaveSuccess', 'PromotionRollback', 'PromotionSuccess', 'PromotionFailure', 'PromotionStop'] as const;

/**
 * Of a promotion path. PromotionReady: a wave waits for approval. WaveSuccess: a wave is behind, its bake included.
 * PromotionRollback: groups are taken back.
 */
export const PromotionTriggerEventType = word([...promotionTriggerEvents], 'InvalidTriggerConfigException');
export type PromotionTriggerEventType = Static<typeof PromotionTriggerEventType>;

export const PromotionTriggerConfig = Type.Object({
  triggerName: Type.Optional(Type.String()),
  triggerTargetArn: Type.Optional(Type.String()),
  triggerEvents: Type.Optional(Type.Array(PromotionTriggerEventType)),
});
export type PromotionTriggerConfig = Static<typeof PromotionTriggerConfig>;
