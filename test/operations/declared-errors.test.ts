// Every error that an operation declares is provoked here, or is on the list of those that cannot be, with the reason.
// The state is made once: a refusal changes nothing. Where clients parse a sentence, it is given to the letter.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { ErrorCode } from '../../protocol/errors.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, end, role, start, type TestController } from './a-controller.ts';
import { neverSent } from './never-sent.ts';

const revision = { revisionType: 'GitHub', gitHubLocation: { repository: 'octo/cat', commitId: '0'.repeat(40) } };
const iamUserArn = 'arn:aws:iam::123456789012:user/rack1';
const iamSessionArn = 'arn:aws:sts::123456789012:assumed-role/hosts/rack2';
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const words = (count: number): string[] => many(count, (index) => `w${index}`);
const tag = { Key: 'k', Value: 'v' };
const arn = (rest: string): string => `arn:aws:codedeploy:eu-test-1:123456789012:${rest}`;

/** Deployments that the state holds. */
interface Ids {
  /** Created, in group fresh. */
  created: string;
  /** InProgress, in group blue. */
  running: string;
  /** Succeeded, in group done. */
  ended: string;
  /** These two of the blue/green group. */
  greenEnded: string;
  greenRunning: string;
}

type Row = readonly [ErrorName, object | ((ids: Ids) => object), (string | RegExp)?];
type ErrorName = ErrorCode extends infer Code ? (Code extends `${infer Name}Exception` ? Name : never) : never;

const web = { applicationName: 'web' };
const blue = { ...web, deploymentGroupName: 'blue' };
const idle = { ...web, deploymentGroupName: 'idle' };

const noApplication: Row = ['ApplicationDoesNotExist', { applicationName: 'nope' }, 'No application found for name: nope'];
const applicationRows: readonly Row[] = [['ApplicationNameRequired', {}], ['ApplicationNameRequired', { applicationName: '' }], ['InvalidApplicationName', { applicationName: 'a b' }]];
const groupNameRows: readonly Row[] = [['DeploymentGroupNameRequired', web, 'Deployment Group name is missing'], ['InvalidDeploymentGroupName', { ...web, deploymentGroupName: 'a/b' }]];
const deploymentRows: readonly Row[] = [['DeploymentIdRequired', {}], ['DeploymentIdRequired', { deploymentId: '' }], ['InvalidDeploymentId', { deploymentId: 'd-1' }]];
const noDeployment = (more: object = {}): Row => ['DeploymentDoesNotExist', { deploymentId: 'd-AAAAAAAAA', ...more }, 'The deployment d-AAAAAAAAA could not be found'];
const badToken = (more: object = {}): Row => ['InvalidNextToken', { ...more, nextToken: 'bm8' }];

/** What CreateDeploymentGroup and UpdateDeploymentGroup refuse alike. */
const settingRows = (named: object): readonly Row[] => {
  const with_ = (more: object): object => ({ ...named, ...more });
  return [
    ['AlarmsLimitExceeded', with_({ alarmConfiguration: { enabled: true, alarms: many(11, (i) => ({ name: `a${i}` })) } })],
    ['DeploymentConfigDoesNotExist', with_({ deploymentConfigName: 'nope' }), 'No Deployment Configuration found for name: nope'],
    ['InvalidAlarmConfig', with_({ alarmConfiguration: { enabled: true, alarms: [] } })],
    ['InvalidAutoRollbackConfig', with_({ autoRollbackConfiguration: { enabled: true } })],
    ['InvalidAutoRollbackConfig', with_({ autoRollbackConfiguration: { enabled: true, events: ['ON_MONDAYS'] } })],
    ['InvalidAutoScalingGroup', with_({ autoScalingGroups: words(11) })],
    ['InvalidBlueGreenDeploymentConfiguration', with_({ blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 2881 } } })],
    [
      'InvalidBlueGreenDeploymentConfiguration',
      with_({ deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' }, blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' } } }),
      'Exactly one AutoScaling group must be specifed when selecting the COPY_AUTO_SCALING_GROUP green fleet provisioning option.',
    ],
    ['InvalidDeploymentConfigName', with_({ deploymentConfigName: 'a b' })],
    ['InvalidDeploymentStyle', with_({ deploymentStyle: { deploymentType: 'PURPLE' } })],
    ['InvalidDeploymentStyle', with_({ deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } })],
    ['InvalidEC2TagCombination', with_({ ec2TagFilters: [{ ...tag, Type: 'KEY_AND_VALUE' }], ec2TagSet: { ec2TagSetList: [[{ ...tag, Type: 'KEY_AND_VALUE' }]] } })],
    ['InvalidEC2Tag', with_({ ec2TagFilters: [{ Value: 'v', Type: 'KEY_AND_VALUE' }] })],
    ['InvalidEC2Tag', with_({ ec2TagFilters: [{ ...tag, Type: 'ALL' }] })],
    ['InvalidECSService', with_({ ecsServices: [{ serviceName: 's', clusterName: 'c' }] })],
    ['InvalidInput', with_({ outdatedInstancesStrategy: 'WAIT' })],
    ['InvalidLoadBalancerInfo', with_({ loadBalancerInfo: { elbInfoList: [{}] } })],
    ['InvalidLoadBalancerInfo', with_({ loadBalancerInfo: { targetGroupInfoList: many(11, (i) => ({ name: `t${i}` })) } })],
    ['InvalidOnPremisesTagCombination', with_({ onPremisesInstanceTagFilters: [{ ...tag, Type: 'KEY_AND_VALUE' }], onPremisesTagSet: { onPremisesTagSetList: [[{ ...tag, Type: 'KEY_AND_VALUE' }]] } })],
    ['InvalidRole', with_({ serviceRoleArn: 'the-role' })],
    ['InvalidTag', with_({ onPremisesInstanceTagFilters: [{ Key: 'k', Type: 'VALUE_ONLY' }] })],
    ['InvalidTargetGroupPair', with_({ loadBalancerInfo: { targetGroupPairInfoList: [{ targetGroups: [] }] } })],
    ['InvalidTrafficRoutingConfiguration', with_({ deploymentConfigName: 'shares' }), /one fleet/],
    ['InvalidTriggerConfig', with_({ triggerConfigurations: [{ triggerName: 't', triggerTargetArn: 'arn:aws:sns:us-east-1:1:t', triggerEvents: [] }] })],
    ['TagSetListLimitExceeded', with_({ ec2TagSet: { ec2TagSetList: many(4, () => [{ ...tag, Type: 'KEY_AND_VALUE' }]) } })],
    ['TriggerTargetsLimitExceeded', with_({ triggerConfigurations: many(11, (i) => ({ triggerName: `t${i}`, triggerTargetArn: 'arn:aws:sns:us-east-1:1:t', triggerEvents: ['DeploymentStart'] })) })],
  ];
};

const tagRows: readonly Row[] = [
  ['ResourceArnRequired', {}],
  ['ResourceArnRequired', { ResourceArn: '' }],
  ['InvalidArn', { ResourceArn: 'web', Tags: [tag], TagKeys: ['k'] }],
  ['InvalidArn', { ResourceArn: 'arn:aws:s3:::bucket', Tags: [tag], TagKeys: ['k'] }],
  ['InvalidArn', { ResourceArn: arn('deploymentgroup:web'), Tags: [tag], TagKeys: ['k'] }],
  ['ArnNotSupported', { ResourceArn: arn('deploymentconfig:custom'), Tags: [tag], TagKeys: ['k'] }],
  ['ArnNotSupported', { ResourceArn: arn('instance/rack1_ABCDEFGHIJ'), Tags: [tag], TagKeys: ['k'] }],
];
const tagWriteRows: readonly Row[] = [
  ...tagRows,
  ['ApplicationDoesNotExist', { ResourceArn: arn('application:nope'), Tags: [tag], TagKeys: ['k'] }],
  ['DeploymentGroupDoesNotExist', { ResourceArn: arn('deploymentgroup:web/nope'), Tags: [tag], TagKeys: ['k'] }],
  ['TagRequired', { ResourceArn: arn('application:web'), Tags: [], TagKeys: [] }],
];

const provoked: Partial<Record<OperationKey, readonly Row[]>> = {
  addTagsToOnPremisesInstances: [
    ['InstanceLimitExceeded', { tags: [tag], instanceNames: words(101) }],
    ['InstanceNameRequired', { tags: [tag] }],
    ['InstanceNameRequired', { tags: [tag], instanceNames: [''] }],
    ['InstanceNotRegistered', { tags: [tag], instanceNames: ['rack1', 'nope'] }, /nope/],
    ['InvalidInstanceName', { tags: [tag], instanceNames: ['a b'] }],
    ['InvalidTag', { tags: [{ Key: 'k' }], instanceNames: ['rack1'] }],
    ['TagLimitExceeded', { tags: many(11, (i) => ({ Key: `k${i}`, Value: '' })), instanceNames: ['rack1'] }],
    ['TagRequired', { instanceNames: ['rack1'] }],
  ],
  batchGetApplicationRevisions: [
    ['ApplicationDoesNotExist', { applicationName: 'nope', revisions: [revision] }],
    ...applicationRows,
    ['BatchLimitExceeded', { ...web, revisions: many(101, () => revision) }],
    ['InvalidRevision', { ...web, revisions: [{ revisionType: 'S3' }] }],
    ['RevisionRequired', { ...web, revisions: [] }],
  ],
  batchGetApplications: [
    ['ApplicationDoesNotExist', { applicationNames: ['web', 'nope'] }, 'Applications not found for nope'],
    ['ApplicationNameRequired', { applicationNames: [] }],
    ['ApplicationNameRequired', { applicationNames: [''] }],
    ['BatchLimitExceeded', { applicationNames: words(101) }],
    ['InvalidApplicationName', { applicationNames: ['a b'] }],
  ],
  batchGetDeploymentGroups: [
    ['ApplicationDoesNotExist', { applicationName: 'nope', deploymentGroupNames: ['blue'] }],
    ...applicationRows,
    ['BatchLimitExceeded', { ...web, deploymentGroupNames: words(101) }],
    ['DeploymentGroupNameRequired', { ...web, deploymentGroupNames: [''] }],
    ['InvalidDeploymentGroupName', { ...web, deploymentGroupNames: ['a b'] }],
  ],
  batchGetDeploymentInstances: [
    ...deploymentRows,
    noDeployment({ instanceIds: ['web1'] }),
    ['BatchLimitExceeded', ({ running }) => ({ deploymentId: running, instanceIds: words(101) })],
    ['InstanceIdRequired', ({ running }) => ({ deploymentId: running })],
    ['InstanceIdRequired', ({ running }) => ({ deploymentId: running, instanceIds: [''] })],
    ['InvalidInstanceName', ({ running }) => ({ deploymentId: running, instanceIds: ['a b'] })],
  ],
  batchGetDeploymentTargets: [
    ...deploymentRows,
    noDeployment({ targetIds: ['web1'] }),
    ['DeploymentNotStarted', ({ created }) => ({ deploymentId: created, targetIds: ['web1'] })],
    ['DeploymentTargetDoesNotExist', ({ running }) => ({ deploymentId: running, targetIds: ['web1', 'nope'] })],
    ['DeploymentTargetIdRequired', ({ running }) => ({ deploymentId: running, targetIds: [''] })],
    ['DeploymentTargetListSizeExceeded', ({ running }) => ({ deploymentId: running, targetIds: words(101) })],
    ['InvalidDeploymentTargetId', ({ running }) => ({ deploymentId: running, targetIds: ['a b'] })],
  ],
  batchGetDeployments: [
    ['BatchLimitExceeded', { deploymentIds: many(101, () => 'd-AAAAAAAAA') }],
    ['DeploymentIdRequired', { deploymentIds: [] }],
    ['DeploymentIdRequired', { deploymentIds: [''] }],
    ['InvalidDeploymentId', { deploymentIds: ['d-1'] }],
  ],
  batchGetOnPremisesInstances: [
    ['BatchLimitExceeded', { instanceNames: words(101) }],
    ['InstanceNameRequired', {}],
    ['InstanceNameRequired', { instanceNames: [''] }],
    ['InvalidInstanceName', { instanceNames: ['a b'] }],
  ],
  continueDeployment: [
    ...deploymentRows,
    noDeployment(),
    ['InvalidDeploymentWaitType', ({ greenRunning }) => ({ deploymentId: greenRunning, deploymentWaitType: 'COFFEE' })],
    ['UnsupportedActionForDeploymentType', ({ running }) => ({ deploymentId: running })],
    ['UnsupportedActionForDeploymentType', ({ ended }) => ({ deploymentId: ended, deploymentWaitType: 'TERMINATION_WAIT' })],
    ['DeploymentAlreadyCompleted', ({ greenEnded }) => ({ deploymentId: greenEnded })],
    ['DeploymentIsNotInReadyState', ({ greenRunning }) => ({ deploymentId: greenRunning })],
    ['InvalidDeploymentStatus', ({ greenRunning }) => ({ deploymentId: greenRunning, deploymentWaitType: 'TERMINATION_WAIT' })],
  ],
  createApplication: [
    ...applicationRows,
    ['ApplicationAlreadyExists', web, 'Application already exists: web'],
    ['ApplicationLimitExceeded', { applicationName: 'one-more' }],
    ['InvalidComputePlatform', { applicationName: 'x', computePlatform: 'Lambda' }],
    ['InvalidComputePlatform', { applicationName: 'x', computePlatform: 'ECS' }],
    ['InvalidTagsToAdd', { applicationName: 'x', tags: [tag, tag] }],
    ['InvalidTagsToAdd', { applicationName: 'x', tags: [{ Key: 'aws:mine', Value: '' }] }],
  ],
  createDeployment: [
    ...applicationRows,
    ...groupNameRows,
    ['ApplicationDoesNotExist', { applicationName: 'nope', deploymentGroupName: 'blue' }, 'No application found for name: nope'],
    ['DeploymentGroupDoesNotExist', { ...web, deploymentGroupName: 'nope' }, 'No Deployment Group found for name: nope'],
    ['RevisionRequired', idle],
    ['RevisionDoesNotExist', { ...idle, deploymentMode: 'RESTART' }],
    ['InvalidRevision', { ...idle, revision: { revisionType: 'GitHub', gitHubLocation: { repository: 'octo' } } }],
    ['InvalidRevision', { ...idle, revision: { revisionType: 'AppSpecContent', appSpecContent: { content: '{}' } } }],
    ['DeploymentConfigDoesNotExist', { ...idle, revision, deploymentConfigName: 'nope' }],
    ['InvalidDeploymentConfigName', { ...idle, revision, deploymentConfigName: 'a b' }],
    ['InvalidTrafficRoutingConfiguration', { ...idle, revision, deploymentConfigName: 'shares' }, /one fleet/],
    ['DescriptionTooLong', { ...idle, revision, description: 'x'.repeat(257) }],
    ['AlarmsLimitExceeded', { ...idle, revision, overrideAlarmConfiguration: { enabled: true, alarms: many(11, (i) => ({ name: `a${i}` })) } }],
    ['InvalidAlarmConfig', { ...idle, revision, overrideAlarmConfiguration: { enabled: true, alarms: [{ name: 'a' }, { name: 'a' }] } }],
    ['InvalidAutoRollbackConfig', { ...idle, revision, autoRollbackConfiguration: { enabled: true, events: [] } }],
    ['InvalidAutoScalingGroup', { ...web, deploymentGroupName: 'bg', revision, targetInstances: { autoScalingGroups: ['a', 'a'] } }],
    ['InvalidFileExistsBehavior', { ...idle, revision, fileExistsBehavior: 'MAYBE' }],
    ['InvalidTargetInstances', { ...idle, revision, targetInstances: { tagFilters: [{ ...tag, Type: 'KEY_AND_VALUE' }] } }],
    ['InvalidTargetInstances', { ...web, deploymentGroupName: 'bg', revision, targetInstances: { tagFilters: many(11, () => tag) } }],
    ['InvalidPlanIndex', { ...idle, revision, planIndex: 'plan1-0' }],
    ['PlanOutdated', { ...idle, revision, planIndex: `plan1-zzzzzzzz${'-0123456789abcdef'.repeat(6)}` }, /^Not what the plan has shown/],
    ['PlanOutdated', { ...idle, revision, planIndex: `plan1-1${'-0123456789abcdef'.repeat(6)}` }, /^The plan was good until 1970-/],
    ['DeploymentLimitExceeded', { ...blue, revision }, /^The Deployment Group 'blue' already has an active Deployment 'd-[A-Z0-9]{9}'$/],
  ],
  createDeploymentConfig: [
    ['DeploymentConfigAlreadyExists', { deploymentConfigName: 'custom', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 } }, 'Deployment Configuration already exists for name: custom'],
    ['DeploymentConfigLimitExceeded', { deploymentConfigName: 'one-more', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 } }],
    ['DeploymentConfigNameRequired', {}],
    ['InvalidComputePlatform', { deploymentConfigName: 'x', computePlatform: 'ECS' }],
    ['InvalidDeploymentConfigName', { deploymentConfigName: 'a b' }],
    ['InvalidDeploymentConfigName', { deploymentConfigName: 'CodeDeployDefault.Mine', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 } }],
    ['InvalidMinimumHealthyHostValue', { deploymentConfigName: 'x' }, 'minimum healthy hosts argument is missing'],
    ['InvalidMinimumHealthyHostValue', { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 100 } }],
    ['InvalidMinimumHealthyHostValue', { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'HOST_COUNT', value: -1 } }],
    ['InvalidMinimumHealthyHostValue', { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'MOST_CONCURRENCY', value: 1 } }],
    ['InvalidTrafficRoutingConfiguration', { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 }, trafficRoutingConfig: { type: 'TimeBasedCanary' } }],
    ['InvalidZonalDeploymentConfiguration', { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 }, zonalConfig: { monitorDurationInSeconds: -1 } }],
  ],
  createDeploymentGroup: [
    ...applicationRows,
    ...groupNameRows,
    ['RoleRequired', { ...web, deploymentGroupName: 'x' }],
    ['ApplicationDoesNotExist', { applicationName: 'nope', deploymentGroupName: 'x', serviceRoleArn: role }],
    ['DeploymentGroupAlreadyExists', { ...blue, serviceRoleArn: role }, 'Deployment Group already exists for name: blue'],
    ['DeploymentGroupLimitExceeded', { applicationName: 'full', deploymentGroupName: 'one-more', serviceRoleArn: role }],
    ['InvalidTagsToAdd', { ...web, deploymentGroupName: 'x', serviceRoleArn: role, tags: [{ Value: 'v' }] }],
    ...settingRows({ ...web, deploymentGroupName: 'x', serviceRoleArn: role }),
  ],
  deleteApplication: applicationRows,
  deleteDeploymentConfig: [
    ['DeploymentConfigInUse', { deploymentConfigName: 'custom' }],
    ['DeploymentConfigNameRequired', {}],
    ['InvalidDeploymentConfigName', { deploymentConfigName: 'CodeDeployDefault.OneAtATime' }],
  ],
  deleteDeploymentGroup: [...applicationRows, ...groupNameRows],
  deleteGitHubAccountToken: [
    ['GitHubAccountTokenDoesNotExist', { tokenName: 'mine' }],
    ['GitHubAccountTokenNameRequired', {}],
    ['InvalidGitHubAccountTokenName', { tokenName: 'x'.repeat(256) }],
  ],
  deregisterOnPremisesInstance: [
    ['InstanceNameRequired', {}],
    ['InvalidInstanceName', { instanceName: 'a b' }],
  ],
  getApplication: [...applicationRows, noApplication],
  getApplicationRevision: [
    ...applicationRows,
    ['ApplicationDoesNotExist', { applicationName: 'nope', revision }],
    ['RevisionRequired', web],
    ['InvalidRevision', { ...web, revision: { revisionType: 'Mercurial' } }],
    ['RevisionDoesNotExist', { ...web, revision: { ...revision, gitHubLocation: { repository: 'octo/dog', commitId: '1'.repeat(40) } } }],
  ],
  getDeployment: [...deploymentRows, noDeployment()],
  getDeploymentConfig: [
    ['DeploymentConfigDoesNotExist', { deploymentConfigName: 'nope' }, 'No Deployment Configuration found for name: nope'],
    ['DeploymentConfigNameRequired', {}],
    ['InvalidDeploymentConfigName', { deploymentConfigName: 'a b' }],
  ],
  getDeploymentGroup: [
    ...applicationRows,
    ...groupNameRows,
    ['ApplicationDoesNotExist', { applicationName: 'nope', deploymentGroupName: 'blue' }],
    ['DeploymentGroupDoesNotExist', { ...web, deploymentGroupName: 'nope' }, 'No Deployment Group found for name: nope'],
  ],
  getDeploymentInstance: [
    ...deploymentRows,
    noDeployment({ instanceId: 'web1' }),
    ['InstanceDoesNotExist', ({ running }) => ({ deploymentId: running, instanceId: 'nope' })],
    ['InstanceIdRequired', ({ running }) => ({ deploymentId: running })],
    ['InvalidInstanceName', ({ running }) => ({ deploymentId: running, instanceId: 'a b' })],
  ],
  getDeploymentTarget: [
    ...deploymentRows,
    noDeployment({ targetId: 'web1' }),
    ['DeploymentNotStarted', ({ created }) => ({ deploymentId: created, targetId: 'web1' })],
    ['DeploymentTargetDoesNotExist', ({ running }) => ({ deploymentId: running, targetId: 'nope' })],
    ['DeploymentTargetIdRequired', ({ running }) => ({ deploymentId: running })],
    ['InvalidDeploymentTargetId', ({ running }) => ({ deploymentId: running, targetId: 'a b' })],
  ],
  getOnPremisesInstance: [
    ['InstanceNameRequired', {}],
    ['InstanceNotRegistered', { instanceName: 'nope' }],
    ['InvalidInstanceName', { instanceName: 'a b' }],
  ],
  listApplicationRevisions: [
    ...applicationRows,
    noApplication,
    ['BucketNameFilterRequired', { ...web, s3KeyPrefix: 'a' }],
    ['InvalidBucketNameFilter', { ...web, s3Bucket: '' }],
    ['InvalidDeployedStateFilter', { ...web, deployed: 'maybe' }],
    ['InvalidKeyPrefixFilter', { ...web, s3Bucket: 'b', s3KeyPrefix: 'x'.repeat(1025) }],
    badToken(web),
    ['InvalidSortBy', { ...web, sortBy: 'size' }],
    ['InvalidSortOrder', { ...web, sortOrder: 'up' }],
  ],
  listApplications: [badToken()],
  listDeploymentConfigs: [badToken()],
  listDeploymentGroups: [...applicationRows, noApplication, badToken(web)],
  listDeploymentInstances: [
    ...deploymentRows,
    noDeployment(),
    ['DeploymentNotStarted', ({ created }) => ({ deploymentId: created })],
    ['InvalidDeploymentInstanceType', ({ running }) => ({ deploymentId: running, instanceTypeFilter: ['Green'] })],
    ['InvalidInstanceStatus', ({ running }) => ({ deploymentId: running, instanceStatusFilter: ['Happy'] })],
    ['InvalidInstanceType', ({ running }) => ({ deploymentId: running, instanceTypeFilter: ['Purple'] })],
    ['InvalidNextToken', ({ running }) => ({ deploymentId: running, nextToken: 'bm8' })],
  ],
  listDeploymentTargets: [
    ...deploymentRows,
    noDeployment(),
    ['DeploymentNotStarted', ({ created }) => ({ deploymentId: created })],
    ['InvalidDeploymentInstanceType', ({ running }) => ({ deploymentId: running, targetFilters: { ServerInstanceLabel: ['Green'] } })],
    ['InvalidInstanceStatus', ({ running }) => ({ deploymentId: running, targetFilters: { TargetStatus: ['Happy'] } })],
    ['InvalidInstanceType', ({ greenRunning }) => ({ deploymentId: greenRunning, targetFilters: { ServerInstanceLabel: ['Purple'] } })],
    ['InvalidNextToken', ({ running }) => ({ deploymentId: running, nextToken: 'bm8' })],
    ['InvalidTargetFilterName', ({ running }) => ({ deploymentId: running, targetFilters: { Colour: ['Red'] } })],
  ],
  listDeployments: [
    ['ApplicationDoesNotExist', { applicationName: 'nope', deploymentGroupName: 'blue' }],
    ['ApplicationNameRequired', { deploymentGroupName: 'blue' }],
    ['DeploymentGroupDoesNotExist', { ...web, deploymentGroupName: 'nope' }],
    ['DeploymentGroupNameRequired', web, 'Deployment Group name is missing'],
    ['InvalidApplicationName', { applicationName: 'a b', deploymentGroupName: 'blue' }],
    ['InvalidDeploymentGroupName', { ...web, deploymentGroupName: 'a b' }],
    ['InvalidDeploymentStatus', { includeOnlyStatuses: ['Happy'] }],
    badToken(),
    ['InvalidTimeRange', { createTimeRange: { start: 2, end: 1 } }],
  ],
  listGitHubAccountTokenNames: [badToken()],
  listOnPremisesInstances: [
    badToken(),
    ['InvalidRegistrationStatus', { registrationStatus: 'Married' }],
    ['InvalidTagFilter', { tagFilters: [{ Type: 'KEY_ONLY' }] }],
  ],
  listTagsForResource: [...tagRows, ['InvalidArn', { ResourceArn: arn('application:nope') }]],
  registerApplicationRevision: [
    ...applicationRows,
    ['ApplicationDoesNotExist', { applicationName: 'nope', revision }],
    ['DescriptionTooLong', { ...web, revision, description: 'x'.repeat(257) }],
    ['InvalidRevision', { ...web, revision: {} }],
    ['RevisionRequired', web],
  ],
  registerOnPremisesInstance: [
    ['IamArnRequired', { instanceName: 'x' }],
    ['IamSessionArnAlreadyRegistered', { instanceName: 'x', iamSessionArn }],
    ['IamUserArnAlreadyRegistered', { instanceName: 'x', iamUserArn }],
    ['InstanceNameAlreadyRegistered', { instanceName: 'rack1', iamUserArn: `${iamUserArn}b` }],
    ['InstanceNameRequired', {}],
    ['InvalidIamSessionArn', { instanceName: 'x', iamSessionArn: iamUserArn }],
    ['InvalidIamUserArn', { instanceName: 'x', iamUserArn: iamSessionArn }],
    ['InvalidInstanceName', { instanceName: 'i-0123', iamUserArn: `${iamUserArn}b` }],
    ['MultipleIamArnsProvided', { instanceName: 'x', iamUserArn: `${iamUserArn}b`, iamSessionArn: `${iamSessionArn}b` }],
  ],
  removeTagsFromOnPremisesInstances: [
    ['InstanceLimitExceeded', { tags: [tag], instanceNames: words(101) }],
    ['InstanceNameRequired', { tags: [tag] }],
    ['InstanceNotRegistered', { tags: [tag], instanceNames: ['nope'] }],
    ['InvalidInstanceName', { tags: [tag], instanceNames: ['a b'] }],
    ['InvalidTag', { tags: [{ Value: 'v' }], instanceNames: ['rack1'] }],
    ['TagLimitExceeded', { tags: many(11, (i) => ({ Key: `k${i}`, Value: '' })), instanceNames: ['rack1'] }],
    ['TagRequired', { tags: [], instanceNames: ['rack1'] }],
  ],
  skipWaitTimeForInstanceTermination: [
    ...deploymentRows,
    noDeployment(),
    ['UnsupportedActionForDeploymentType', ({ running }) => ({ deploymentId: running })],
    ['DeploymentAlreadyCompleted', ({ greenEnded }) => ({ deploymentId: greenEnded })],
    ['DeploymentNotStarted', ({ greenRunning }) => ({ deploymentId: greenRunning })],
  ],
  stopDeployment: [...deploymentRows, noDeployment(), ['DeploymentAlreadyCompleted', ({ ended }) => ({ deploymentId: ended })]],
  tagResource: [...tagWriteRows, ['InvalidTagsToAdd', { ResourceArn: arn('application:web'), Tags: [{ Key: '' }] }], ['InvalidTagsToAdd', { ResourceArn: arn('application:web'), Tags: many(51, (i) => ({ Key: `k${i}`, Value: '' })) }]],
  untagResource: [...tagWriteRows, ['TagRequired', { ResourceArn: arn('application:web'), TagKeys: [''] }]],
  updateApplication: [
    ...applicationRows,
    ['ApplicationNameRequired', web],
    ['ApplicationAlreadyExists', { ...web, newApplicationName: 'full' }],
    ['ApplicationDoesNotExist', { applicationName: 'nope', newApplicationName: 'y' }],
    ['InvalidApplicationName', { ...web, newApplicationName: 'a b' }],
  ],
  updateDeploymentGroup: [
    ...applicationRows,
    ['DeploymentGroupNameRequired', web, 'Deployment Group name is missing'],
    ['InvalidDeploymentGroupName', { ...web, currentDeploymentGroupName: 'blue', newDeploymentGroupName: 'a b' }],
    ['ApplicationDoesNotExist', { applicationName: 'nope', currentDeploymentGroupName: 'blue' }],
    ['DeploymentGroupDoesNotExist', { ...web, currentDeploymentGroupName: 'nope' }],
    ['DeploymentGroupAlreadyExists', { ...web, currentDeploymentGroupName: 'blue', newDeploymentGroupName: 'idle' }],
    ...settingRows({ ...web, currentDeploymentGroupName: 'idle' }),
  ],
};

describe('the errors that operations declare', () => {
  let c: TestController;
  const ids: Ids = { created: '', running: '', ended: '', greenEnded: '', greenRunning: '' };

  before(async () => {
    c = await aController();
    await anApplication(c);
    await anInstance(c, 'web1');
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'shares', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 }, trafficRoutingConfig: { type: 'TimeBasedCanary', timeBasedCanary: { canaryPercentage: 10, canaryInterval: 5 } } });
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'custom', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } });
    await aGroup(c);
    await aGroup(c, { deploymentGroupName: 'idle', deploymentConfigName: 'custom' });
    await aGroup(c, { deploymentGroupName: 'fresh' });
    await aGroup(c, { deploymentGroupName: 'done' });
    await aGroup(c, {
      deploymentGroupName: 'bg',
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING', targetInstances: { onPremisesInstanceTagFilters: [{ Key: 'fleet', Value: 'green', Type: 'KEY_AND_VALUE' }] } } },
    });
    ids.created = await aDeployment(c, { deploymentGroupName: 'fresh' });
    ids.running = await aDeployment(c, { deploymentGroupName: 'blue' });
    await start(c, ids.running);
    ids.ended = await aDeployment(c, { deploymentGroupName: 'done' });
    await end(c, ids.ended, 'Succeeded');
    ids.greenEnded = await aDeployment(c, { deploymentGroupName: 'bg' });
    await end(c, ids.greenEnded, 'Failed');
    ids.greenRunning = await aDeployment(c, { deploymentGroupName: 'bg' });
    await start(c, ids.greenRunning);
    await c.call(registry.registerOnPremisesInstance, { instanceName: 'rack1', iamUserArn });
    await c.call(registry.registerOnPremisesInstance, { instanceName: 'rack2', iamSessionArn });
    await fill();
  });
  after(() => c.close());

  /** As many of everything as there may be. */
  async function fill(): Promise<void> {
    const { db } = c.store;
    const fullId = await anApplication(c, 'full');
    await db.insertInto('applications').values(many(998, (i) => ({ application_id: `a${i}`, name: `a${i}`, created_at: 1, tags: '[]' }))).execute();
    await db.insertInto('deployment_configs').values(many(199, (i) => ({ config_id: `c${i}`, name: `c${i}`, created_at: 1, document: '{}' }))).execute();
    const rest = { last_attempted_deployment_id: null, last_successful_deployment_id: null, target_revision: null };
    await db.insertInto('deployment_groups').values(many(1000, (i) => ({ group_id: `g${i}`, application_id: fullId, name: `g${i}`, created_at: 1, document: '{}', ...rest }))).execute();
  }

  for (const [key, rows] of Object.entries(provoked)) {
    const definition = registry[key as OperationKey];
    it(`of ${definition.name} are what it says`, async () => {
      for (const [name, input, wording] of rows) {
        const failure = await c.refused(definition, typeof input === 'function' ? (input as (ids: Ids) => object)(ids) : input, `${name}Exception`);
        if (wording instanceof RegExp) assert.match(failure.message, wording);
        else if (wording !== undefined) assert.equal(failure.message, wording);
      }
    });
  }

  it('are all provoked above, or it is said why they never are', () => {
    const unsaid: string[] = [];
    const stale: string[] = [];
    for (const [key, definition] of Object.entries(registry)) {
      if (definition.faces !== 'both' || !definition.isSupported) continue;
      const seen = new Set<string>((provoked[key as OperationKey] ?? []).map(([name]) => name));
      for (const code of definition.errors) {
        const name = code.replace(/Exception$/, '');
        const isNever = neverSent[name] !== undefined || neverSent[`${key} ${name}`] !== undefined;
        if (!seen.has(name) && !isNever) unsaid.push(`${key} ${name}`);
        if (seen.has(name) && neverSent[`${key} ${name}`] !== undefined) stale.push(`${key} ${name}`);
      }
    }
    assert.deepEqual([unsaid, stale], [[], []]);
  });
});
