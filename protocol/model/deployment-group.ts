// Who is deployed to, how, and what watches over it.

import Type, { type Static } from 'typebox';
import { AlarmConfiguration } from './alarm.ts';
import { ComputePlatform } from './application.ts';
import { ApprovalPolicy } from './approval.ts';
import { DeploymentWindow } from './calendar.ts';
import { BlueGreenDeploymentConfiguration } from './blue-green.ts';
import { DeploymentStatus, FileExistsBehavior } from './deployment.ts';
import { DeploymentStyle } from './deployment-style.ts';
import { GuidedFailureSettings } from './guided-failure.ts';
import { LoadBalancerInfo } from './load-balancer.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId } from './names.ts';
import { Parameter } from './parameter.ts';
import { RevisionLocation } from './revision.ts';
import { AutoRollbackConfiguration } from './rollback.ts';
import { word } from './shape.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from './tag-filter.ts';
import { InstantType } from './timestamp.ts';
import { TrafficSettings } from './traffic.ts';
import { Finding } from './traffic-router.ts';
import { TriggerConfig } from './trigger.ts';

/** For the API of CodeDeploy, which wants a role; nothing here ever takes it on. */
export const placeholderRoleArn = 'arn:aws:iam::000000000000:role/fairlead-needs-no-role';

export const OutdatedInstancesStrategy = word(['UPDATE', 'IGNORE'], 'InvalidInputException');
export type OutdatedInstancesStrategy = Static<typeof OutdatedInstancesStrategy>;

/**
 * What a broken ApplicationStop of the last revision may do to the next deployment: fail the target (as CodeDeploy), be
 * ignored, or not run at all because the new revision's ApplicationStop runs in its place. Ours; absent is FAIL.
 */
export const ApplicationStopPolicy = word(['FAIL', 'IGNORE', 'USE_NEW_REVISION'], 'InvalidInputException');
export type ApplicationStopPolicy = Static<typeof ApplicationStopPolicy>;

/** One key of an explicit order: instances go in the order of the values; "*" stands for those not named, who else come last. */
export const TargetOrder = Type.Object({ tagKey: Type.String(), values: Type.Array(Type.String()) });
export type TargetOrder = Static<typeof TargetOrder>;

/** Ours: how long a group waits for its agents; CodeDeploy's limits where absent. */
export const GroupTimeouts = Type.Object({
  eventStartSeconds: Type.Optional(Type.Integer({ description: 'An agent must take a lifecycle event within this time.' })),
  eventSeconds: Type.Optional(Type.Integer({ description: 'A lifecycle event must end within this time of being taken.' })),
  silenceSeconds: Type.Optional(Type.Integer({ description: 'A target fails when its agent has been silent for this long with an event under way. Absent: only the event has a limit.' })),
});
export type GroupTimeouts = Static<typeof GroupTimeouts>;
/**
 * What becomes of a deployment created while another of the group is active: refused (as CodeDeploy), queued behind it, or
 * taking its place: those active and waiting are stopped without rollback, and it starts when what runs has ended; a
 * rollback under way is let end. Ours; absent is REFUSE.
 */
export const ActiveDeploymentPolicy = word(['REFUSE', 'QUEUE', 'SUPERSEDE'], 'InvalidInputException');
export type ActiveDeploymentPolicy = Static<typeof ActiveDeploymentPolicy>;

/**
 * Ours: instances that appear, come back or are re-tagged later are brought to the group's revision, newcomers always,
 * outdated ones where outdatedInstancesStrategy is UPDATE. Absent: off, as for CodeDeploy's tag-matched instances.
 */
export const ConvergenceSettings = Type.Object({
  enabled: Type.Optional(Type.Boolean()),
  maxAttempts: Type.Optional(Type.Integer({ description: 'After so many failed attempts an instance is left alone until a new revision comes: 1 to 10, 3 when absent.' })),
});
export type ConvergenceSettings = Static<typeof ConvergenceSettings>;

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
  zoneTagKey: Type.Optional(Type.String()),
  targetOrder: Type.Optional(Type.Array(TargetOrder)),
  timeouts: Type.Optional(GroupTimeouts),
  fileExistsBehavior: Type.Optional(FileExistsBehavior),
  parameters: Type.Optional(Type.Array(Parameter)),
  activeDeploymentPolicy: Type.Optional(ActiveDeploymentPolicy),
  approval: Type.Optional(ApprovalPolicy),
  deploymentWindows: Type.Optional(Type.Array(DeploymentWindow)),
  convergence: Type.Optional(ConvergenceSettings),
  routerFindings: Type.Optional(Type.Array(Finding, { description: 'What was found wrong with the settings of its load balancers when they were last asked. Ours.' })),
  traffic: Type.Optional(TrafficSettings),
  guidedFailure: Type.Optional(GuidedFailureSettings),
});
export type DeploymentGroupInfo = Static<typeof DeploymentGroupInfo>;
