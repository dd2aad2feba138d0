import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmConfiguration } from '../model/alarm.ts';
import { BlueGreenDeploymentConfiguration } from '../model/blue-green.ts';
import { ApplicationStopPolicy, AutoScalingGroup, OutdatedInstancesStrategy } from '../model/deployment-group.ts';
import { DeploymentStyle } from '../model/deployment-style.ts';
import { LoadBalancerInfo } from '../model/load-balancer.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName } from '../model/names.ts';
import { AutoRollbackConfiguration } from '../model/rollback.ts';
import { required } from '../model/shape.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from '../model/tag-filter.ts';
import { TriggerConfig } from '../model/trigger.ts';

export const updateDeploymentGroup = operation({
  name: 'UpdateDeploymentGroup',
  route: 'PATCH /v1/applications/:applicationName/deployment-groups/:currentDeploymentGroupName',
  summary: 'Changes a deployment group member by member: absent keeps, present replaces, empty clears.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    currentDeploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
    newDeploymentGroupName: Type.Optional(DeploymentGroupName),
    deploymentConfigName: Type.Optional(DeploymentConfigName),
    ec2TagFilters: Type.Optional(Type.Array(EC2TagFilter)),
    onPremisesInstanceTagFilters: Type.Optional(Type.Array(TagFilter)),
    autoScalingGroups: Type.Optional(Type.Array(Type.String())),
    serviceRoleArn: Type.Optional(Type.String()),
    triggerConfigurations: Type.Optional(Type.Array(TriggerConfig)),
    alarmConfiguration: Type.Optional(AlarmConfiguration),
    autoRollbackConfiguration: Type.Optional(AutoRollbackConfiguration),
    outdatedInstancesStrategy: Type.Optional(OutdatedInstancesStrategy),
    deploymentStyle: Type.Optional(DeploymentStyle),
    blueGreenDeploymentConfiguration: Type.Optional(BlueGreenDeploymentConfiguration),
    loadBalancerInfo: Type.Optional(LoadBalancerInfo),
    ec2TagSet: Type.Optional(EC2TagSet),
    ecsServices: Type.Optional(Type.Unknown()),
    onPremisesTagSet: Type.Optional(OnPremisesTagSet),
    terminationHookEnabled: Type.Optional(Type.Boolean()),
    applicationStopPolicy: Type.Optional(ApplicationStopPolicy),
  }),
  output: Type.Object({
    hooksNotCleanedUp: Type.Optional(Type.Array(AutoScalingGroup)),
  }),
  errors: ['AlarmsLimitExceededException', 'ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupAlreadyExistsException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'ECSServiceMappingLimitExceededException', 'InvalidAlarmConfigException', 'InvalidApplicationNameException', 'InvalidAutoRollbackConfigException', 'InvalidAutoScalingGroupException', 'InvalidBlueGreenDeploymentConfigurationException', 'InvalidDeploymentConfigNameException', 'InvalidDeploymentGroupNameException', 'InvalidDeploymentStyleException', 'InvalidEC2TagCombinationException', 'InvalidEC2TagException', 'InvalidECSServiceException', 'InvalidInputException', 'InvalidLoadBalancerInfoException', 'InvalidOnPremisesTagCombinationException', 'InvalidRoleException', 'InvalidTagException', 'InvalidTargetGroupPairException', 'InvalidTrafficRoutingConfigurationException', 'InvalidTriggerConfigException', 'LifecycleHookLimitExceededException', 'TagSetListLimitExceededException', 'ThrottlingException', 'TriggerTargetsLimitExceededException'],
});
