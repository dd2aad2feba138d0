// What callers set of a deployment group. Creating is updating the defaults: an absent member keeps what there is, a
// present one replaces it whole, an empty one clears it. Pure; every refusal comes before anything is written.

import { Failure } from '../../protocol/errors.ts';
import type { DeploymentWindow } from '../../protocol/model/calendar.ts';
import type { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import type { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import { mostParameterBytes, type Parameter, whyNotParameter } from '../../protocol/model/parameter.ts';
import type { PromotionTriggerConfig, TriggerConfig } from '../../protocol/model/trigger.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { whyNotCron } from '../calendar/cron.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';
import { defaultConfigName } from '../store/predefined-configs.ts';
import { alarmConfiguration } from './alarms.ts';
import { autoRollbackConfiguration } from './auto-rollback.ts';
import { checkAutoScalingGroups } from './auto-scaling-groups.ts';
import { checkBlueGreen } from './blue-green-settings.ts';
import { mergePace } from './group-pace.ts';
import { mergeTagChoice, type TagCodes } from './tag-selection.ts';
import { mergeTraffic } from './traffic-settings.ts';

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
  if (given.autoScalingGroups !== undefined) checkAutoScalingGroups(given.autoScalingGroups, 'autoScalingGroups');
  if (given.triggerConfigurations !== undefined) checkTriggers(given.triggerConfigurations);
  if (given.deploymentWindows !== undefined) checkWindows(given.deploymentWindows);
  if (given.parameters !== undefined) checkParameters(given.parameters);
  const { ec2TagFilters: _filters, ec2TagSet: _set, onPremisesInstanceTagFilters: _others, onPremisesTagSet: _otherSet, zoneTagKey: _zone, targetOrder: _order, timeouts: _timeouts, convergence: _convergence, traffic: _traffic, guidedFailure: _guided, ...rest } = before;
  const after: DeploymentGroupDocument = {
    ...rest,
    ...selection(before, given),
    ...mergePace(before, given),
    ...mergeTraffic(before.traffic, given.traffic),
    deploymentConfigName: given.deploymentConfigName ?? before.deploymentConfigName,
    serviceRoleArn: given.serviceRoleArn ?? before.serviceRoleArn,
    autoScalingGroups: given.autoScalingGroups ?? before.autoScalingGroups,
    triggerConfigurations: given.triggerConfigurations ?? before.triggerConfigurations,
    outdatedInstancesStrategy: given.outdatedInstancesStrategy ?? before.outdatedInstancesStrategy,
    terminationHookEnabled: given.terminationHookEnabled ?? before.terminationHookEnabled,
    ...(given.alarmConfiguration === undefined ? {} : { alarmConfiguration: alarmConfiguration(given.alarmConfiguration, 'alarmConfiguration') }),
    ...(given.autoRollbackConfiguration === undefined ? {} : { autoRollbackConfiguration: autoRollbackConfiguration(given.autoRollbackConfiguration) }),
    ...(given.applicationStopPolicy === undefined ? {} : { applicationStopPolicy: given.applicationStopPolicy }),
    ...(given.fileExistsBehavior === undefined ? {} : { fileExistsBehavior: given.fileExistsBehavior }),
    ...(given.parameters === undefined ? {} : { parameters: given.parameters }),
    ...(given.activeDeploymentPolicy === undefined ? {} : { activeDeploymentPolicy: given.activeDeploymentPolicy }),
    ...(given.approval === undefined ? {} : { approval: given.approval }),
    ...(given.deploymentWindows === undefined ? {} : { deploymentWindows: given.deploymentWindows }),
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

/** Of a group or of a promotion path. */
export function checkTriggers(triggers: readonly (TriggerConfig | PromotionTriggerConfig)[]): void {
  if (triggers.length > 10) {
    throw new Failure('TriggerTargetsLimitExceededException', `There are ${triggers.length} triggers, but at most 10 are allowed.`, 'triggerConfigurations');
  }
  for (const [index, { triggerName, triggerTargetArn, triggerEvents }] of triggers.entries()) {
    if (triggerName === undefined || triggerName === '') throw invalidTrigger('A trigger has no name.');
    if (triggers.findIndex((one) => one.triggerName === triggerName) !== index) throw invalidTrigger(`The trigger ${triggerName} is named twice.`);
    // Not "Topic ARN" in these sentences: Terraform takes that for something to retry.
    if (triggerTargetArn === undefined || !/^[a-z][a-z0-9+.-]*:./i.test(triggerTargetArn)) {
      throw invalidTrigger(`The target of trigger ${triggerName} is neither an ARN nor a URL.`);
    }
    if (triggerEvents === undefined || triggerEvents.length === 0) throw invalidTrigger(`Trigger ${triggerName} names no event.`);
  }
}

function checkParameters(parameters: readonly Parameter[]): void {
  for (const [index, { name }] of parameters.entries()) {
    const path = `parameters.${index}`;
    const fault = whyNotParameter(name);
    if (fault !== null) throw new Failure('InvalidInputException', fault, path);
    if (parameters.findIndex((other) => other.name === name) !== index) throw new Failure('InvalidInputException', `The parameter ${name} is given twice.`, path);
  }
  const bytes = parameters.reduce((sum, { name, value }) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (bytes > mostParameterBytes) throw new Failure('InvalidInputException', `The parameters are ${bytes} bytes long together, but at most ${mostParameterBytes} are allowed.`, 'parameters');
}

function checkWindows(windows: readonly DeploymentWindow[]): void {
  if (windows.length > 20) throw new Failure('InvalidInputException', `There are ${windows.length} deployment windows, but at most 20 are allowed.`, 'deploymentWindows');
  for (const [index, { cron, timeZone = 'UTC' }] of windows.entries()) {
    const fault = whyNotCron(cron, timeZone);
    if (fault !== null) throw new Failure('InvalidInputException', fault, `deploymentWindows.${index}`);
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
