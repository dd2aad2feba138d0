// What callers set of a deployment group. Creating is updating the defaults: an absent member keeps what there is, a
// present one replaces it whole, an empty one clears it. Pure; every refusal comes before anything is written.

import { Failure } from '../../protocol/errors.ts';
import type { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import type { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import type { TriggerConfig } from '../../protocol/model/trigger.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';
import { defaultConfigName } from '../store/predefined-configs.ts';
import { alarmConfiguration } from './alarms.ts';
import { autoRollbackConfiguration } from './auto-rollback.ts';
import { checkBlueGreen } from './blue-green-settings.ts';
import { mergeTagChoice, type TagCodes } from './tag-selection.ts';

export type GroupSettings = Omit<
  InputOf<typeof registry.updateDeploymentGroup>,
  'applicationName' | 'currentDeploymentGroupName' | 'newDeploymentGroupName'
>;

/** What a group has that was created with nothing but its name and role. */
export const groupDefaults: DeploymentGroupDocument = {
  deploymentConfigName: defaultConfigName,
  serviceRoleArn: '',
  autoScalingGroups: [],
  triggerConfigurations: [],
  autoRollbackConfiguration: { enabled: false },
  outdatedInstancesStrategy: 'UPDATE',
  deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
  terminationHookEnabled: false,
  tags: [],
};

const ec2Codes: TagCodes = { tag: 'InvalidEC2TagException', combination: 'InvalidEC2TagCombinationException', filters: 'ec2TagFilters', set: 'ec2TagSet' };
const onPremisesCodes: TagCodes = {
  tag: 'InvalidTagException',
  combination: 'InvalidOnPremisesTagCombinationException',
  filters: 'onPremisesInstanceTagFilters',
  set: 'onPremisesTagSet',
};

/** The group after `given` has been applied to it. Throws Failure. */
export function applySettings(before: DeploymentGroupDocument, given: GroupSettings): DeploymentGroupDocument {
  refuseEcs(given);
  if (given.serviceRoleArn !== undefined) checkRole(given.serviceRoleArn);
  if (given.autoScalingGroups !== undefined) checkAutoScalingGroups(given.autoScalingGroups);
  if (given.triggerConfigurations !== undefined) checkTriggers(given.triggerConfigurations);
  const { ec2TagFilters: _filters, ec2TagSet: _set, onPremisesInstanceTagFilters: _others, onPremisesTagSet: _otherSet, ...rest } = before;
  const after: DeploymentGroupDocument = {
    ...rest,
    ...selection(before, given),
    deploymentConfigName: given.deploymentConfigName ?? before.deploymentConfigName,
    serviceRoleArn: given.serviceRoleArn ?? before.serviceRoleArn,
    autoScalingGroups: given.autoScalingGroups ?? before.autoScalingGroups,
    triggerConfigurations: given.triggerConfigurations ?? before.triggerConfigurations,
    outdatedInstancesStrategy: given.outdatedInstancesStrategy ?? before.outdatedInstancesStrategy,
    terminationHookEnabled: given.terminationHookEnabled ?? before.terminationHookEnabled,
    ...(given.alarmConfiguration === undefined ? {} : { alarmConfiguration: alarmConfiguration(given.alarmConfiguration, 'alarmConfiguration') }),
    ...(given.autoRollbackConfiguration === undefined ? {} : { autoRollbackConfiguration: autoRollbackConfiguration(given.autoRollbackConfiguration) }),
    ...(given.applicationStopPolicy === undefined ? {} : { applicationStopPolicy: given.applicationStopPolicy }),
    ...(given.deploymentStyle === undefined ? {} : { deploymentStyle: wholeStyle(given.deploymentStyle) }),
    ...(given.blueGreenDeploymentConfiguration === undefined ? {} : { blueGreenDeploymentConfiguration: given.blueGreenDeploymentConfiguration }),
  };
  if (given.loadBalancerInfo !== undefined) {
    delete after.loadBalancerInfo;
    const loadBalancer = checkLoadBalancer(given.loadBalancerInfo);
    if (loadBalancer !== null) after.loadBalancerInfo = loadBalancer;
  }
  checkBlueGreen(after);
  return after;
}

function selection(before: DeploymentGroupDocument, given: GroupSettings): Partial<DeploymentGroupDocument> {
  const ec2 = mergeTagChoice(
    { filters: before.ec2TagFilters, list: before.ec2TagSet?.ec2TagSetList },
    { filters: given.ec2TagFilters, list: given.ec2TagSet === undefined ? undefined : (given.ec2TagSet.ec2TagSetList ?? []) },
    ec2Codes,
  );
  const onPremises = mergeTagChoice(
    { filters: before.onPremisesInstanceTagFilters, list: before.onPremisesTagSet?.onPremisesTagSetList },
    {
      filters: given.onPremisesInstanceTagFilters,
      list: given.onPremisesTagSet === undefined ? undefined : (given.onPremisesTagSet.onPremisesTagSetList ?? []),
    },
    onPremisesCodes,
  );
  return {
    ...(ec2.filters === undefined ? {} : { ec2TagFilters: ec2.filters }),
    ...(ec2.list === undefined ? {} : { ec2TagSet: { ec2TagSetList: ec2.list } }),
    ...(onPremises.filters === undefined ? {} : { onPremisesInstanceTagFilters: onPremises.filters }),
    ...(onPremises.list === undefined ? {} : { onPremisesTagSet: { onPremisesTagSetList: onPremises.list } }),
  };
}

function refuseEcs({ ecsServices, loadBalancerInfo }: GroupSettings): void {
  if (isSomething(ecsServices)) throw new Failure('InvalidECSServiceException', 'ecsServices belongs to ECS; groups here are of the Server platform.', 'ecsServices');
  if (isSomething(loadBalancerInfo?.targetGroupPairInfoList)) {
    throw new Failure('InvalidTargetGroupPairException', 'targetGroupPairInfoList belongs to ECS; use targetGroupInfoList or elbInfoList.', 'loadBalancerInfo.targetGroupPairInfoList');
  }
}

function isSomething(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

/** Only what is no ARN at all: Terraform retries this code for minutes, taking it for a role not yet known everywhere. */
function checkRole(arn: string): void {
  if (!arn.startsWith('arn:')) throw new Failure('InvalidRoleException', `The service role ${arn === '' ? 'is empty' : arn} is no ARN; it starts with arn:`, 'serviceRoleArn');
}

function checkAutoScalingGroups(names: readonly string[]): void {
  if (names.length > 10) {
    throw new Failure('InvalidAutoScalingGroupException', `autoScalingGroups has ${names.length} names, but at most 10 are allowed.`, 'autoScalingGroups');
  }
  names.forEach((name, index) => {
    if (name === '') throw new Failure('InvalidAutoScalingGroupException', 'The name of an Auto Scaling group is empty.', 'autoScalingGroups');
    if (names.indexOf(name) !== index) throw new Failure('InvalidAutoScalingGroupException', `The Auto Scaling group ${name} is named twice.`, 'autoScalingGroups');
  });
}

function checkTriggers(triggers: readonly TriggerConfig[]): void {
  if (triggers.length > 10) {
    throw new Failure('TriggerTargetsLimitExceededException', `There are ${triggers.length} triggers, but at most 10 are allowed.`, 'triggerConfigurations');
  }
  for (const { triggerName, triggerTargetArn, triggerEvents } of triggers) {
    if (triggerName === undefined || triggerName === '') throw invalidTrigger('A trigger has no name.');
    // Not "Topic ARN" in these sentences: Terraform takes that for something to retry.
    if (triggerTargetArn === undefined || !/^[a-z][a-z0-9+.-]*:./i.test(triggerTargetArn)) {
      throw invalidTrigger(`The target of trigger ${triggerName} is neither an ARN nor a URL.`);
    }
    if (triggerEvents === undefined || triggerEvents.length === 0) throw invalidTrigger(`Trigger ${triggerName} names no event.`);
  }
}

function invalidTrigger(sentence: string): Failure {
  return new Failure('InvalidTriggerConfigException', sentence, 'triggerConfigurations');
}

/** A style given in part is completed: blue/green goes with traffic control only. */
function wholeStyle({ deploymentType = 'IN_PLACE', deploymentOption }: DeploymentStyle): DeploymentStyle {
  const fallback = deploymentType === 'BLUE_GREEN' ? 'WITH_TRAFFIC_CONTROL' : 'WITHOUT_TRAFFIC_CONTROL';
  return { deploymentType, deploymentOption: deploymentOption ?? fallback };
}

/** Null when there is nothing in it: that removes it. Whether the load balancers exist is not asked here. */
function checkLoadBalancer({ elbInfoList = [], targetGroupInfoList = [] }: LoadBalancerInfo): LoadBalancerInfo | null {
  for (const [list, field] of [[elbInfoList, 'elbInfoList'], [targetGroupInfoList, 'targetGroupInfoList']] as const) {
    const path = `loadBalancerInfo.${field}`;
    if (list.length > 10) throw new Failure('InvalidLoadBalancerInfoException', `${path} has ${list.length} entries, but at most 10 are allowed.`, path);
    if (list.some(({ name }) => name === undefined || name === '')) throw new Failure('InvalidLoadBalancerInfoException', `An entry of ${path} has no name.`, path);
  }
  if (elbInfoList.length + targetGroupInfoList.length === 0) return null;
  return {
    ...(elbInfoList.length === 0 ? {} : { elbInfoList }),
    ...(targetGroupInfoList.length === 0 ? {} : { targetGroupInfoList }),
  };
}
