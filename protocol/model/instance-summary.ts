// The deprecated shape of a target, still asked for by old scripts.

import Type, { type Static } from 'typebox';
import { LifecycleEvent } from './lifecycle-event.ts';
import { DeploymentId } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const InstanceStatus = word(['Pending', 'InProgress', 'Succeeded', 'Failed', 'Skipped', 'Unknown', 'Ready'], 'InvalidInstanceStatusException');
export type InstanceStatus = Static<typeof InstanceStatus>;

export const InstanceType = word(['Blue', 'Green'], 'InvalidInstanceTypeException');
export type InstanceType = Static<typeof InstanceType>;

export const InstanceSummary = Type.Object({
  deploymentId: Type.Optional(DeploymentId),
  instanceId: Type.Optional(Type.String()),
  status: Type.Optional(InstanceStatus),
  lastUpdatedAt: Type.Optional(InstantType),
  lifecycleEvents: Type.Optional(Type.Array(LifecycleEvent)),
  instanceType: Type.Optional(InstanceType),
});
export type InstanceSummary = Static<typeof InstanceSummary>;
