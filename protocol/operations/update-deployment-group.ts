import Type from 'typebox';
import { operation } from './operation.ts';
import { AlarmConfiguration } from '../model/alarm.ts';
import { ApprovalPolicy } from '../model/approval.ts';
import { BlueGreenDeploymentConfiguration } from '../model/blue-green.ts';
import { ActiveDeploymentPolicy, ApplicationStopPolicy, AutoScalingGroup, ConvergenceSettings, GroupTimeouts, OutdatedInstancesStrategy, TargetOrder } from '../model/deployment-group.ts';
import { DeploymentWindow } from '../model/calendar.ts';
import { FileExistsBehavior } from '../model/deployment.ts';
import { DeploymentStyle } from '../model/deployment-style.ts';
import { GuidedFailureSettings } from '../model/guided-failure.ts';
import { LoadBalancerInfo } from '../model/load-balancer.ts';
import { ApplicationName, DeploymentConfigName, DeploymentGroupName } from '../model/names.ts';
import { mostParameters, Parameter } from '../model/parameter.ts';
import { AutoRollbackConfiguration } from '../model/rollback.ts';
import { atMost, required } from '../model/shape.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from '../model/tag-filter.ts';
import { TrafficSettings } from '../model/traffic.ts';
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
    zoneTagKey: Type.Optional(Type.String({ description: 'The tag whose value is the zone of an instance; empty: the zone its agent reports.' })),
    targetOrder: Type.Optional(Type.Array(TargetOrder)),
    timeouts: Type.Optional(GroupTimeouts),
    fileExistsBehavior: Type.Optional(FileExistsBehavior),
    parameters: Type.Optional(atMost(mostParameters, 'InvalidInputException', Type.Array(Parameter))),
    activeDeploymentPolicy: Type.Optional(ActiveDeploymentPolicy),
    approval: Type.Optional(ApprovalPolicy),
    deploymentWindows: Type.Optional(Type.Array(DeploymentWindow)),
    convergence: Type.Optional(ConvergenceSettings),
    traffic: Type.Optional(TrafficSettings),
    guidedFailure: Type.Optional(GuidedFailureSettings),
  }),
  output: Type.Object({
    hooksNotCleanedUp: Type.Optional(Type.Array(AutoScalingGroup)),
  }),
  errors: ['AlarmsLimitExceededException', 'ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupAlreadyExistsException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'ECSServiceMappingLimitExceededException', 'InvalidAlarmConfigException', 'InvalidApplicationNameException', 'InvalidAutoRollbackConfigException', 'InvalidAutoScalingGroupException', 'InvalidBlueGreenDeploymentConfigurationException', 'InvalidDeploymentConfigNameException', 'InvalidDeploymentGroupNameException', 'InvalidDeploymentStyleException', 'InvalidEC2TagCombinationException', 'InvalidEC2TagException', 'InvalidECSServiceException', 'InvalidInputException', 'InvalidLoadBalancerInfoException', 'InvalidOnPremisesTagCombinationException', 'InvalidRoleException', 'InvalidTagException', 'InvalidTargetGroupPairException', 'InvalidTrafficRoutingConfigurationException', 'InvalidTriggerConfigException', 'LifecycleHookLimitExceededException', 'TagSetListLimitExceededException', 'ThrottlingException', 'TriggerTargetsLimitExceededException'],
});
