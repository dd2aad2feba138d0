import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmConfiguration } from '../model/alarm.ts';
import { BundleSignature } from '../model/bundle-signature.ts';
import { ActiveDeploymentPolicy } from '../model/deployment-group.ts';
import { PlanIndex } from '../model/deployment-plan.ts';
import { FileExistsBehavior } from '../model/deployment.ts';
import { TargetInstances } from '../model/target-instances.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId, Description } from '../model/names.ts';
import { RevisionLocation } from '../model/revision.ts';
import { AutoRollbackConfiguration } from '../model/rollback.ts';
import { required, word } from '../model/shape.ts';
import { InstantType } from '../model/timestamp.ts';

export const createDeployment = operation({
  name: 'CreateDeployment',
  route: 'POST /v1/applications/:applicationName/deployments',
  summary: 'Starts a deployment of one revision to one group. Answers at once; the outcome shows in GetDeployment. An extension: with deploymentMode RESTART and no revision, the last successful one of the group, from the copies on the instances.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
    revision: Type.Optional(RevisionLocation),
    /** An extension: its owner's word for the bundle; goes before the one registered with the revision. */
    signature: Type.Optional(BundleSignature),
    deploymentMode: Type.Optional(word(['DEPLOY', 'RESTART'], 'ValidationException')),
    deploymentConfigName: Type.Optional(DeploymentConfigName),
    description: Type.Optional(Description),
    ignoreApplicationStopFailures: Type.Optional(Type.Boolean()),
    targetInstances: Type.Optional(TargetInstances),
    autoRollbackConfiguration: Type.Optional(AutoRollbackConfiguration),
    updateOutdatedInstancesOnly: Type.Optional(Type.Boolean()),
    fileExistsBehavior: Type.Optional(FileExistsBehavior),
    overrideAlarmConfiguration: Type.Optional(AlarmConfiguration),
    activeDeploymentPolicy: Type.Optional(ActiveDeploymentPolicy),
    scheduledAt: Type.Optional(InstantType),
    calendarOverrideReason: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Why this deployment need not heed the deployment windows and freezes: it is kept with it.' })),
    /** An extension. */
    planIndex: Type.Optional(PlanIndex),
  }),
  output: Type.Object({
    deploymentId: DeploymentId,
  }),
  errors: ['AlarmsLimitExceededException', 'ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'DeploymentLimitExceededException', 'DescriptionTooLongException', 'InvalidAlarmConfigException', 'InvalidApplicationNameException', 'InvalidAutoRollbackConfigException', 'InvalidAutoScalingGroupException', 'InvalidDeploymentConfigNameException', 'InvalidDeploymentGroupNameException', 'InvalidFileExistsBehaviorException', 'InvalidGitHubAccountTokenException', 'InvalidIgnoreApplicationStopFailuresValueException', 'InvalidLoadBalancerInfoException', 'InvalidPlanIndexException', 'InvalidRevisionException', 'InvalidRoleException', 'InvalidTargetInstancesException', 'InvalidTrafficRoutingConfigurationException', 'InvalidUpdateOutdatedInstancesOnlyValueException', 'PlanOutdatedException', 'RevisionDoesNotExistException', 'RevisionRequiredException', 'ThrottlingException'],
});
