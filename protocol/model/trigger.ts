// Notices about deployments and instances.

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
