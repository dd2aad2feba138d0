// One revision on its way to one deployment group.

import Type, { type Static } from 'typebox';
import { ProvidedFleet } from './fleet-release.ts';
import { AlarmConfiguration, ObservedAlarm } from './alarm.ts';
import { ComputePlatform } from './application.ts';
import { Approval } from './approval.ts';
import { CalendarOverride } from './calendar.ts';
import { BlueGreenDeploymentConfiguration } from './blue-green.ts';
import { DeploymentStyle } from './deployment-style.ts';
import { LoadBalancerInfo } from './load-balancer.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId, Description } from './names.ts';
import { RevisionLocation } from './revision.ts';
import { AutoRollbackConfiguration, RollbackInfo } from './rollback.ts';
import { word } from './shape.ts';
import { TargetInstances } from './target-instances.ts';
import { InstantType } from './timestamp.ts';

export const DeploymentStatus = word(['Created', 'Queued', 'InProgress', 'Baking', 'Succeeded', 'Failed', 'Stopped', 'Ready'], 'InvalidDeploymentStatusException');
export type DeploymentStatus = Static<typeof DeploymentStatus>;

export const DeploymentCreator = word(['user', 'autoscaling', 'codeDeployRollback', 'CodeDeploy', 'CodeDeployAutoUpdate', 'CloudFormation', 'CloudFormationRollback', 'autoscalingTermination']);
export type DeploymentCreator = Static<typeof DeploymentCreator>;

export const FileExistsBehavior = word(['DISALLOW', 'OVERWRITE', 'RETAIN'], 'InvalidFileExistsBehaviorException');
export type FileExistsBehavior = Static<typeof FileExistsBehavior>;

export const ErrorCode = word(['AGENT_ISSUE', 'ALARM_ACTIVE', 'APPLICATION_MISSING', 'AUTOSCALING_VALIDATION_ERROR', 'AUTO_SCALING_CONFIGURATION', 'AUTO_SCALING_IAM_ROLE_PERMISSIONS', 'CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND', 'CUSTOMER_APPLICATION_UNHEALTHY', 'DEPLOYMENT_GROUP_MISSING', 'ECS_UPDATE_ERROR', 'ELASTIC_LOAD_BALANCING_INVALID', 'ELB_INVALID_INSTANCE', 'HEALTH_CONSTRAINTS', 'HEALTH_CONSTRAINTS_INVALID', 'HOOK_EXECUTION_FAILURE', 'IAM_ROLE_MISSING', 'IAM_ROLE_PERMISSIONS', 'INTERNAL_ERROR', 'INVALID_ECS_SERVICE', 'INVALID_LAMBDA_CONFIGURATION', 'INVALID_LAMBDA_FUNCTION', 'INVALID_REVISION', 'MANUAL_STOP', 'MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION', 'MISSING_ELB_INFORMATION', 'MISSING_GITHUB_TOKEN', 'NO_EC2_SUBSCRIPTION', 'NO_INSTANCES', 'OVER_MAX_INSTANCES', 'RESOURCE_LIMIT_EXCEEDED', 'REVISION_MISSING', 'THROTTLED', 'TIMEOUT', 'CLOUDFORMATION_STACK_FAILURE']);
export type ErrorCode = Static<typeof ErrorCode>;

export const ErrorInformation = Type.Object({
  code: ErrorCode,
  message: Type.String(),
});
export type ErrorInformation = Static<typeof ErrorInformation>;

export const DeploymentOverview = Type.Object({
  Pending: Type.Integer(),
  InProgress: Type.Integer(),
  Succeeded: Type.Integer(),
  Failed: Type.Integer(),
  Skipped: Type.Integer(),
  Ready: Type.Integer(),
});
export type DeploymentOverview = Static<typeof DeploymentOverview>;

export const RelatedDeployments = Type.Object({
  autoUpdateOutdatedInstancesRootDeploymentId: Type.Optional(DeploymentId),
  autoUpdateOutdatedInstancesDeploymentIds: Type.Optional(Type.Array(DeploymentId)),
  /** Ours: the promotion that made it, and every deployment of that. */
  promotionId: Type.Optional(Type.String()),
  promotionDeploymentIds: Type.Optional(Type.Array(DeploymentId)),
});
export type RelatedDeployments = Static<typeof RelatedDeployments>;

export const TimeRange = Type.Object({
  start: Type.Optional(InstantType),
  end: Type.Optional(InstantType),
});
export type TimeRange = Static<typeof TimeRange>;

export const DeploymentInfo = Type.Object({
  applicationName: Type.Optional(ApplicationName),
  deploymentGroupName: Type.Optional(DeploymentGroupName),
  deploymentConfigName: Type.Optional(DeploymentConfigName),
  deploymentId: Type.Optional(DeploymentId),
  previousRevision: Type.Optional(RevisionLocation),
  revision: Type.Optional(RevisionLocation),
  status: Type.Optional(DeploymentStatus),
  errorInformation: Type.Optional(ErrorInformation),
  createTime: Type.Optional(InstantType),
  startTime: Type.Optional(InstantType),
  completeTime: Type.Optional(InstantType),
  deploymentOverview: Type.Optional(DeploymentOverview),
  description: Type.Optional(Description),
  creator: Type.Optional(DeploymentCreator),
  ignoreApplicationStopFailures: Type.Optional(Type.Boolean()),
  autoRollbackConfiguration: Type.Optional(AutoRollbackConfiguration),
  updateOutdatedInstancesOnly: Type.Optional(Type.Boolean()),
  rollbackInfo: Type.Optional(RollbackInfo),
  deploymentStyle: Type.Optional(DeploymentStyle),
  targetInstances: Type.Optional(TargetInstances),
  instanceTerminationWaitTimeStarted: Type.Optional(Type.Boolean()),
  blueGreenDeploymentConfiguration: Type.Optional(BlueGreenDeploymentConfiguration),
  loadBalancerInfo: Type.Optional(LoadBalancerInfo),
  additionalDeploymentStatusInfo: Type.Optional(Type.String()),
  fileExistsBehavior: Type.Optional(FileExistsBehavior),
  deploymentStatusMessages: Type.Optional(Type.Array(Type.String())),
  computePlatform: Type.Optional(ComputePlatform),
  externalId: Type.Optional(Type.String()),
  relatedDeployments: Type.Optional(RelatedDeployments),
  overrideAlarmConfiguration: Type.Optional(AlarmConfiguration),
  scheduledAt: Type.Optional(InstantType),
  approval: Type.Optional(Approval),
  calendarOverride: Type.Optional(CalendarOverride),
  supersededBy: Type.Optional(DeploymentId),
  /** Ours: the alarms that it heeds, as they were seen last. */
  observedAlarms: Type.Optional(Type.Array(ObservedAlarm)),
  /** Ours: what a fleet provider makes for it, and takes away after it. */
  providedFleet: Type.Optional(ProvidedFleet),
});
export type DeploymentInfo = Static<typeof DeploymentInfo>;
