import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmConfiguration } from '../model/alarm.ts';
import { FileExistsBehavior, TargetInstances } from '../model/deployment.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName, DeploymentId, Description } from '../model/names.ts';
import { RevisionLocation } from '../model/revision.ts';
import { AutoRollbackConfiguration } from '../model/rollback.ts';
import { required } from '../model/shape.ts';

export const createDeployment = operation({
  name: 'CreateDeployment',
  route: 'POST /v1/applications/:applicationName/deployments',
  summary: 'Starts a deployment of one revision to one group. Answers at once; the outcome shows in GetDeployment.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
    revision: required('RevisionRequiredException', RevisionLocation),
    deploymentConfigName: Type.Optional(DeploymentConfigName),
    description: Type.Optional(Description),
    ignoreApplicationStopFailures: Type.Optional(Type.Boolean()),
    targetInstances: Type.Optional(TargetInstances),
    autoRollbackConfiguration: Type.Optional(AutoRollbackConfiguration),
    updateOutdatedInstancesOnly: Type.Optional(Type.Boolean()),
    fileExistsBehavior: Type.Optional(FileExistsBehavior),
    overrideAlarmConfiguration: Type.Optional(AlarmConfiguration),
  }),
  output: Type.Object({
    deploymentId: DeploymentId,
  }),
  errors: ['AlarmsLimitExceededException', 'ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'DeploymentLimitExceededException', 'DescriptionTooLongException', 'InvalidAlarmConfigException', 'InvalidApplicationNameException', 'InvalidAutoRollbackConfigException', 'InvalidAutoScalingGroupException', 'InvalidDeploymentConfigNameException', 'InvalidDeploymentGroupNameException', 'InvalidFileExistsBehaviorException', 'InvalidGitHubAccountTokenException', 'InvalidIgnoreApplicationStopFailuresValueException', 'InvalidLoadBalancerInfoException', 'InvalidRevisionException', 'InvalidRoleException', 'InvalidTargetInstancesException', 'InvalidTrafficRoutingConfigurationException', 'InvalidUpdateOutdatedInstancesOnlyValueException', 'RevisionDoesNotExistException', 'RevisionRequiredException', 'ThrottlingException'],
});
