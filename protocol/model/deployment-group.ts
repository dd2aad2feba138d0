// Who is deployed to, how, and what watches over it.

import Type, { type Static } from 'typebox';
import { AlarmConfiguration } from './alarm.ts';
import { ComputePlatform } from './application.ts';
import { BlueGreenDeploymentConfiguration } from './blue-green.ts';
import { DeploymentStatus } from './deployment.ts';
import { DeploymentStyle } from './deployment-style.ts';
import { LoadBalancerInfo } from './load-balancer.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId } from './names.ts';
import { RevisionLocation } from './revision.ts';
import { AutoRollbackConfiguration } from './rollback.ts';
import { word } from './shape.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from './tag-filter.ts';
import { InstantType } from './timestamp.ts';
import { TriggerConfig } from './trigger.ts';

export const OutdatedInstancesStrategy = word(['UPDATE', 'IGNORE'], 'InvalidInputException');
export type OutdatedInstancesStrategy = Static<typeof OutdatedInstancesStrategy>;

/**
 * What a broken ApplicationStop of the last revision may do to the next deployment: fail the target (as CodeDeploy), be
 * ignored, or not run at all because the new revision's ApplicationStop runs in its place. Ours; absent is FAIL.
 */
export const ApplicationStopPolicy = word(['FAIL', 'IGNORE', 'USE_NEW_REVISION'], 'InvalidInputException');
export type ApplicationStopPolicy = Static<typeof ApplicationStopPolicy>;

export const AutoScalingGroup = Type.Object({
  name: Type.String(),
  hook: Type.Optional(Type.String()),
  terminationHook: Type.Optional(Type.String()),
});
export type AutoScalingGroup = Static<typeof AutoScalingGroup>;

export const LastDeploymentInfo = Type.Object({
  deploymentId: DeploymentId,
  status: DeploymentStatus,
  endTime: Type.Optional(InstantType),
  createTime: InstantType,
});
export type LastDeploymentInfo = Static<typeof LastDeploymentInfo>;

export const DeploymentGroupInfo = Type.Object({
  applicationName: Type.Optional(ApplicationName),
  deploymentGroupId: Type.Optional(Type.String()),
  deploymentGroupName: Type.Optional(DeploymentGroupName),
  deploymentConfigName: Type.Optional(DeploymentConfigName),
  ec2TagFilters: Type.Optional(Type.Array(EC2TagFilter)),
  onPremisesInstanceTagFilters: Type.Optional(Type.Array(TagFilter)),
  autoScalingGroups: Type.Optional(Type.Array(AutoScalingGroup)),
  serviceRoleArn: Type.Optional(Type.String()),
  targetRevision: Type.Optional(RevisionLocation),
  triggerConfigurations: Type.Optional(Type.Array(TriggerConfig)),
  alarmConfiguration: Type.Optional(AlarmConfiguration),
  autoRollbackConfiguration: Type.Optional(AutoRollbackConfiguration),
  deploymentStyle: Type.Optional(DeploymentStyle),
  outdatedInstancesStrategy: Type.Optional(OutdatedInstancesStrategy),
  blueGreenDeploymentConfiguration: Type.Optional(BlueGreenDeploymentConfiguration),
  loadBalancerInfo: Type.Optional(LoadBalancerInfo),
  lastSuccessfulDeployment: Type.Optional(LastDeploymentInfo),
  lastAttemptedDeployment: Type.Optional(LastDeploymentInfo),
  ec2TagSet: Type.Optional(EC2TagSet),
  onPremisesTagSet: Type.Optional(OnPremisesTagSet),
  computePlatform: Type.Optional(ComputePlatform),
  ecsServices: Type.Optional(Type.Unknown()),
  terminationHookEnabled: Type.Optional(Type.Boolean()),
  applicationStopPolicy: Type.Optional(ApplicationStopPolicy),
});
export type DeploymentGroupInfo = Static<typeof DeploymentGroupInfo>;
