// How a blue/green deployment provisions, waits, and retires.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { TargetInstances } from './target-instances.ts';

export const DeploymentReadyAction = word(['CONTINUE_DEPLOYMENT', 'STOP_DEPLOYMENT'], 'InvalidBlueGreenDeploymentConfigurationException');
export type DeploymentReadyAction = Static<typeof DeploymentReadyAction>;

export const DeploymentReadyOption = Type.Object({
  actionOnTimeout: Type.Optional(DeploymentReadyAction),
  waitTimeInMinutes: Type.Optional(Type.Integer()),
});
export type DeploymentReadyOption = Static<typeof DeploymentReadyOption>;

export const GreenFleetProvisioningAction = word(['DISCOVER_EXISTING', 'COPY_AUTO_SCALING_GROUP'], 'InvalidBlueGreenDeploymentConfigurationException');
export type GreenFleetProvisioningAction = Static<typeof GreenFleetProvisioningAction>;

export const GreenFleetProvisioningOption = Type.Object({
  action: Type.Optional(GreenFleetProvisioningAction),
  /** Ours: the replacements where a deployment names none. Those that are the group already are never meant, so two fleets can take turns. */
  targetInstances: Type.Optional(TargetInstances),
  /** Ours: how many are made where the group's Auto Scaling group is a fleet provider; as many as there are originals when not given. */
  instanceCount: Type.Optional(Type.Integer()),
});
export type GreenFleetProvisioningOption = Static<typeof GreenFleetProvisioningOption>;

export const InstanceAction = word(['TERMINATE', 'KEEP_ALIVE'], 'InvalidBlueGreenDeploymentConfigurationException');
export type InstanceAction = Static<typeof InstanceAction>;

export const BlueInstanceTerminationOption = Type.Object({
  action: Type.Optional(InstanceAction),
  terminationWaitTimeInMinutes: Type.Optional(Type.Integer()),
});
export type BlueInstanceTerminationOption = Static<typeof BlueInstanceTerminationOption>;

export const BlueGreenDeploymentConfiguration = Type.Object({
  terminateBlueInstancesOnDeploymentSuccess: Type.Optional(BlueInstanceTerminationOption),
  deploymentReadyOption: Type.Optional(DeploymentReadyOption),
  greenFleetProvisioningOption: Type.Optional(GreenFleetProvisioningOption),
});
export type BlueGreenDeploymentConfiguration = Static<typeof BlueGreenDeploymentConfiguration>;
