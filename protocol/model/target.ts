// An instance within one deployment.

import Type, { type Static } from 'typebox';
import { LifecycleEvent } from './lifecycle-event.ts';
import { DeploymentId } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const TargetStatus = word(['Pending', 'InProgress', 'Succeeded', 'Failed', 'Skipped', 'Unknown', 'Ready'], 'InvalidInstanceStatusException');
export type TargetStatus = Static<typeof TargetStatus>;

export const TargetLabel = word(['Blue', 'Green']);
export type TargetLabel = Static<typeof TargetLabel>;

export const InstanceTarget = Type.Object({
  deploymentId: DeploymentId,
  targetId: Type.String(),
  targetArn: Type.String(),
  status: TargetStatus,
  lastUpdatedAt: InstantType,
  lifecycleEvents: Type.Array(LifecycleEvent),
  instanceLabel: Type.Optional(TargetLabel),
});
export type InstanceTarget = Static<typeof InstanceTarget>;

export const DeploymentTarget = Type.Object({
  deploymentTargetType: word(['InstanceTarget', 'LambdaTarget', 'ECSTarget', 'CloudFormationTarget']),
  instanceTarget: InstanceTarget,
  lambdaTarget: Type.Optional(Type.Unknown()),
  ecsTarget: Type.Optional(Type.Unknown()),
  cloudFormationTarget: Type.Optional(Type.Unknown()),
});
export type DeploymentTarget = Static<typeof DeploymentTarget>;
