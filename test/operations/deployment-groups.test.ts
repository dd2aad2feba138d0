import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { mostGroups } from '../../server/operations/create-deployment-group.ts';
import { aGroup as storedGroup } from '../store/rows.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, end, role, start, type TestController } from './a-controller.ts';

const one = { applicationName: 'web', deploymentGroupName: 'blue' };
const other = (index: number) => ({ Key: `k${index}`, Value: 'v', Type: 'KEY_AND_VALUE' as const });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

describe('deployment groups', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anApplication(c);
  });
  afterEach(() => c.close());

  const info = async (deploymentGroupName = 'blue') => (await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName })).deploymentGroupInfo;
  const update = (given: Partial<InputOf<typeof registry.updateDeploymentGroup>>) =>
    c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', ...given });

  it('created with name and role alone read back with every default, and without what is unset', async () => {
    const { deploymentGroupId } = await c.call(registry.createDeploymentGroup, { ...one, serviceRoleArn: role });
    assert.match(deploymentGroupId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(await info(), {
      ...one,
      deploymentGroupId,
      deploymentConfigName: 'CodeDeployDefault.OneAtATime',
      serviceRoleArn: role,
      autoScalingGroups: [],
      triggerConfigurations: [],
      autoRollbackConfiguration: { enabled: false },
      outdatedInstancesStrategy: 'UPDATE',
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
      terminationHookEnabled: false,
      computePlatform: 'Server',
    });
  });

  it('read back what they were given: Auto Scaling groups as objects, explicit zeros, and no tags', async () => {
    const given = {
      ec2TagFilters: [{ Key: 'a', Value: '', Type: 'KEY_ONLY' as const }],
      onPremisesTagSet: { onPremisesTagSetList: [[other(1)], [other(2), other(3)]] },
      triggerConfigurations: [{ triggerName: 't', triggerTargetArn: 'arn:aws:sns:r:1:topic', triggerEvents: ['DeploymentFailure' as const] }],
      blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE' as const, terminationWaitTimeInMinutes: 0 } },
      loadBalancerInfo: { elbInfoList: [{ name: 'lb' }] },
      outdatedInstancesStrategy: 'IGNORE' as const,
      terminationHookEnabled: true,
    };
    await c.call(registry.createDeploymentGroup, { ...one, serviceRoleArn: role, ...given, autoScalingGroups: ['asg'], tags: [{ Key: 'a', Value: 'b' }] });
    const read = await info();
    for (const [member, value] of Object.entries(given)) assert.deepEqual(read[member as keyof typeof read], value, member);
    assert.deepEqual(read.autoScalingGroups, [{ name: 'asg' }]);
    assert.equal('tags' in read, false);
  });

  it('take an absent boolean inside a block as false, as Terraform disables', async () => {
    await aGroup(c, { alarmConfiguration: { enabled: true, alarms: [{ name: 'a' }] }, autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } });
    await update({ alarmConfiguration: { alarms: [{ name: 'a' }] }, autoRollbackConfiguration: { events: ['DEPLOYMENT_FAILURE'] } });
    const { alarmConfiguration, autoRollbackConfiguration } = await info();
    assert.deepEqual(alarmConfiguration, { enabled: false, ignorePollAlarmFailure: false, alarms: [{ name: 'a' }] });
    assert.deepEqual(autoRollbackConfiguration, { enabled: false, events: ['DEPLOYMENT_FAILURE'] });
  });

  it('change member by member: absent keeps, present replaces, empty clears', async () => {
    await aGroup(c, { autoScalingGroups: ['a', 'b'], loadBalancerInfo: { targetGroupInfoList: [{ name: 'tg' }] }, deploymentConfigName: 'CodeDeployDefault.AllAtOnce' });
    const before = await info();
    assert.deepEqual(await update({ serviceRoleArn: `${role}2`, outdatedInstancesStrategy: 'UPDATE' }), { hooksNotCleanedUp: [] });
    assert.deepEqual(await info(), { ...before, serviceRoleArn: `${role}2` });
    await update({ autoScalingGroups: ['c'] });
    assert.deepEqual((await info()).autoScalingGroups, [{ name: 'c' }]);
    await update({ autoScalingGroups: [], loadBalancerInfo: {}, onPremisesInstanceTagFilters: [] });
    const after = await info();
    assert.deepEqual(after.autoScalingGroups, []);
    assert.equal('loadBalancerInfo' in after, false);
    assert.equal('onPremisesInstanceTagFilters' in after, false);
    assert.equal(after.deploymentConfigName, 'CodeDeployDefault.AllAtOnce');
  });

  it('switch between filters and sets both ways, with or without the empty other', async () => {
    await c.call(registry.createDeploymentGroup, { ...one, serviceRoleArn: role, ec2TagFilters: [other(1)] });
    await update({ ec2TagFilters: [], ec2TagSet: { ec2TagSetList: [[other(2)]] } });
    assert.deepEqual([(await info()).ec2TagFilters, (await info()).ec2TagSet], [undefined, { ec2TagSetList: [[other(2)]] }]);
    await update({ ec2TagFilters: [other(3)], ec2TagSet: { ec2TagSetList: [] } });
    assert.deepEqual([(await info()).ec2TagFilters, (await info()).ec2TagSet], [[other(3)], undefined]);
    await update({ ec2TagSet: { ec2TagSetList: [[other(4)]] } });
    assert.deepEqual([(await info()).ec2TagFilters, (await info()).ec2TagSet], [undefined, { ec2TagSetList: [[other(4)]] }]);
    await update({ ec2TagSet: {} });
    assert.equal((await info()).ec2TagSet, undefined);
  });

  it('keep id, configuration and deployments when renamed, and do not take a taken name', async () => {
    const deploymentGroupId = await aGroup(c);
    await aGroup(c, { deploymentGroupName: 'green' });
    await update({ newDeploymentGroupName: 'teal' });
    assert.equal((await info('teal')).deploymentGroupId, deploymentGroupId);
    await c.refused(registry.getDeploymentGroup, one, 'DeploymentGroupDoesNotExistException');
    await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'teal', newDeploymentGroupName: 'green' }, 'DeploymentGroupAlreadyExistsException');
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'teal', newDeploymentGroupName: 'teal' });
  });

  it('keep the blue/green block, ignored, when they go back to IN_PLACE', async () => {
    const block = { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' as const } };
    await aGroup(c, { deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' }, autoScalingGroups: ['a'], blueGreenDeploymentConfiguration: block });
    await update({ deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' }, autoScalingGroups: [] });
    assert.deepEqual((await info()).blueGreenDeploymentConfiguration, block);
  });

  const refusals: readonly (readonly [string, ErrorCode, Record<string, unknown>])[] = [
    ['EC2 filters beside an EC2 set', 'InvalidEC2TagCombinationException', { ec2TagFilters: [other(1)], ec2TagSet: { ec2TagSetList: [[other(2)]] } }],
    ['on-premises filters beside an on-premises set', 'InvalidOnPremisesTagCombinationException', { onPremisesInstanceTagFilters: [other(1)], onPremisesTagSet: { onPremisesTagSetList: [[other(2)]] } }],
    ['more than ten EC2 tags', 'InvalidEC2TagException', { ec2TagFilters: times(11, other) }],
    ['more than ten on-premises tags', 'InvalidTagException', { onPremisesInstanceTagFilters: times(11, other) }],
    ['more than three tag groups', 'TagSetListLimitExceededException', { ec2TagSet: { ec2TagSetList: times(4, (i) => [other(i)]) } }],
    ['more than three on-premises tag groups', 'TagSetListLimitExceededException', { onPremisesTagSet: { onPremisesTagSetList: times(4, (i) => [other(i)]) } }],
    ['more than ten tags in one tag group', 'InvalidEC2TagException', { ec2TagSet: { ec2TagSetList: [times(11, other)] } }],
    ['an empty tag group', 'InvalidEC2TagException', { ec2TagSet: { ec2TagSetList: [[]] } }],
    ['a filter with nothing in it', 'InvalidEC2TagException', { ec2TagFilters: [{}] }],
    ['KEY_ONLY without a key', 'InvalidEC2TagException', { ec2TagFilters: [{ Type: 'KEY_ONLY', Value: 'v' }] }],
    ['VALUE_ONLY without a value', 'InvalidTagException', { onPremisesInstanceTagFilters: [{ Type: 'VALUE_ONLY', Key: 'k' }] }],
    ['KEY_AND_VALUE without a value', 'InvalidTagException', { onPremisesInstanceTagFilters: [{ Type: 'KEY_AND_VALUE', Key: 'k' }] }],
    ['an unknown filter type', 'InvalidEC2TagException', { ec2TagFilters: [{ Type: 'REGEX', Key: 'k' }] }],
    ['a role that is no ARN', 'InvalidRoleException', { serviceRoleArn: 'deploy-role' }],
    ['more than ten Auto Scaling groups', 'InvalidAutoScalingGroupException', { autoScalingGroups: times(11, String) }],
    ['an Auto Scaling group named twice', 'InvalidAutoScalingGroupException', { autoScalingGroups: ['a', 'a'] }],
    ['more than ten triggers', 'TriggerTargetsLimitExceededException', { triggerConfigurations: times(11, (i) => ({ triggerName: `${i}`, triggerTargetArn: 'arn:aws:sns:r:1:t', triggerEvents: ['DeploymentStart'] })) }],
    ['a trigger without a name', 'InvalidTriggerConfigException', { triggerConfigurations: [{ triggerTargetArn: 'arn:aws:sns:r:1:t', triggerEvents: ['DeploymentStart'] }] }],
    ['a trigger without a target', 'InvalidTriggerConfigException', { triggerConfigurations: [{ triggerName: 't', triggerEvents: ['DeploymentStart'] }] }],
    ['a trigger without events', 'InvalidTriggerConfigException', { triggerConfigurations: [{ triggerName: 't', triggerTargetArn: 'arn:aws:sns:r:1:t', triggerEvents: [] }] }],
    ['a trigger on an unknown event', 'InvalidTriggerConfigException', { triggerConfigurations: [{ triggerName: 't', triggerTargetArn: 'arn:aws:sns:r:1:t', triggerEvents: ['Lunch'] }] }],
    ['more than ten alarms', 'AlarmsLimitExceededException', { alarmConfiguration: { enabled: true, alarms: times(11, (i) => ({ name: `${i}` })) } }],
    ['alarms enabled without one', 'InvalidAlarmConfigException', { alarmConfiguration: { enabled: true, alarms: [] } }],
    ['an alarm named twice', 'InvalidAlarmConfigException', { alarmConfiguration: { alarms: [{ name: 'a' }, { name: 'a' }] } }],
    ['an alarm without a name', 'InvalidAlarmConfigException', { alarmConfiguration: { alarms: [{}] } }],
    ['an alarm name of 256 characters', 'InvalidAlarmConfigException', { alarmConfiguration: { alarms: [{ name: 'a'.repeat(256) }] } }],
    ['rolling back on nothing', 'InvalidAutoRollbackConfigException', { autoRollbackConfiguration: { enabled: true } }],
    ['rolling back on an unknown event', 'InvalidAutoRollbackConfigException', { autoRollbackConfiguration: { enabled: true, events: ['RAIN'] } }],
    ['an unknown deployment type', 'InvalidDeploymentStyleException', { deploymentStyle: { deploymentType: 'RED' } }],
    ['blue/green without traffic control', 'InvalidDeploymentStyleException', { deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' } }],
    ['a termination wait beyond 48 hours', 'InvalidBlueGreenDeploymentConfigurationException', { blueGreenDeploymentConfiguration: { terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 2881 } } }],
    ['a ready wait below zero', 'InvalidBlueGreenDeploymentConfigurationException', { blueGreenDeploymentConfiguration: { deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: -1 } } }],
    ['more than ten load balancers', 'InvalidLoadBalancerInfoException', { loadBalancerInfo: { elbInfoList: times(11, (i) => ({ name: `${i}` })) } }],
    ['a load balancer without a name', 'InvalidLoadBalancerInfoException', { loadBalancerInfo: { targetGroupInfoList: [{}] } }],
    ['target group pairs', 'InvalidTargetGroupPairException', { loadBalancerInfo: { targetGroupPairInfoList: [{}] } }],
    ['ECS services', 'InvalidECSServiceException', { ecsServices: [{ serviceName: 's' }] }],
    ['a config that does not exist', 'DeploymentConfigDoesNotExistException', { deploymentConfigName: 'nope' }],
    ['an impossible config name', 'InvalidDeploymentConfigNameException', { deploymentConfigName: 'a b' }],
    ['an unknown strategy for outdated instances', 'InvalidInputException', { outdatedInstancesStrategy: 'SHRUG' }],
  ];
  for (const [what, code, given] of refusals) {
    it(`are neither created nor changed with ${what}`, async () => {
      await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: role, ...given }, code);
      assert.deepEqual((await c.call(registry.listDeploymentGroups, { applicationName: 'web' })).deploymentGroups, []);
      await aGroup(c);
      const before = await info();
      await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', ...given }, code);
      assert.deepEqual(await info(), before);
    });
  }

  it('with COPY_AUTO_SCALING_GROUP need exactly one, in the service\'s own spelling', async () => {
    const given = { deploymentStyle: { deploymentType: 'BLUE_GREEN' }, blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' } } };
    const { message } = await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: role, ...given }, 'InvalidBlueGreenDeploymentConfigurationException');
    assert.equal(message, 'Exactly one AutoScaling group must be specifed when selecting the COPY_AUTO_SCALING_GROUP green fleet provisioning option.');
  });

  it('need an application, a name and a role; the refusals say which', async () => {
    await c.refused(registry.createDeploymentGroup, { applicationName: 'web', serviceRoleArn: role }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.createDeploymentGroup, one, 'RoleRequiredException');
    await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: '' }, 'RoleRequiredException');
    await c.refused(registry.createDeploymentGroup, { ...one, applicationName: 'x', serviceRoleArn: role }, 'ApplicationDoesNotExistException');
    await c.refused(registry.createDeploymentGroup, { ...one, deploymentGroupName: 'a b', serviceRoleArn: role }, 'InvalidDeploymentGroupNameException');
    await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: role, tags: [{ Value: 'v' }] }, 'InvalidTagsToAddException');
    await aGroup(c);
    await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: role }, 'DeploymentGroupAlreadyExistsException');
    await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'x' }, 'DeploymentGroupDoesNotExistException');
    await c.refused(registry.updateDeploymentGroup, { applicationName: 'web' }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.getDeploymentGroup, { ...one, applicationName: 'x' }, 'ApplicationDoesNotExistException');
  });

  it('are listed by name with the application echoed, and asked for together with unknown names reported', async () => {
    await aGroup(c, { deploymentGroupName: 'b' });
    await aGroup(c, { deploymentGroupName: 'a' });
    assert.deepEqual(await c.call(registry.listDeploymentGroups, { applicationName: 'web' }), { applicationName: 'web', deploymentGroups: ['a', 'b'] });
    const answer = await c.call(registry.batchGetDeploymentGroups, { applicationName: 'web', deploymentGroupNames: ['b', 'x', 'a'] });
    assert.deepEqual(answer.deploymentGroupsInfo.map((group) => group.deploymentGroupName), ['b', 'a']);
    assert.match(answer.errorMessage ?? '', /x/);
    assert.equal('errorMessage' in (await c.call(registry.batchGetDeploymentGroups, { applicationName: 'web', deploymentGroupNames: ['a'] })), false);
    await c.refused(registry.batchGetDeploymentGroups, { applicationName: 'x', deploymentGroupNames: ['a'] }, 'ApplicationDoesNotExistException');
    await c.refused(registry.batchGetDeploymentGroups, { applicationName: 'web', deploymentGroupNames: [] }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.batchGetDeploymentGroups, { applicationName: 'web', deploymentGroupNames: times(101, String) }, 'BatchLimitExceededException');
    await c.refused(registry.listDeploymentGroups, { applicationName: 'x' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.listDeploymentGroups, { applicationName: 'web', nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('are at most a thousand in an application, listed in pages of a hundred', async () => {
    const { application } = await c.call(registry.getApplication, { applicationName: 'web' });
    const rows = times(mostGroups, (index) => storedGroup(`g${index}`, { application_id: application.applicationId }));
    for (let at = 0; at < mostGroups; at += 500) await c.store.db.insertInto('deployment_groups').values(rows.slice(at, at + 500)).execute();
    await c.refused(registry.createDeploymentGroup, { ...one, serviceRoleArn: role }, 'DeploymentGroupLimitExceededException');
    const first = await c.call(registry.listDeploymentGroups, { applicationName: 'web' });
    const second = await c.call(registry.listDeploymentGroups, { applicationName: 'web', nextToken: first.nextToken! });
    assert.deepEqual([first.deploymentGroups.length, second.deploymentGroups.length], [100, 100]);
    assert.equal(new Set([...first.deploymentGroups, ...second.deploymentGroups]).size, 200);
    await anApplication(c, 'other');
    await c.refused(registry.listDeploymentGroups, { applicationName: 'other', nextToken: first.nextToken }, 'InvalidNextTokenException');
  });

  it('are deleted without error whether they, or their application, are there or not', async () => {
    await aGroup(c);
    assert.deepEqual(await c.call(registry.deleteDeploymentGroup, one), { hooksNotCleanedUp: [] });
    assert.deepEqual(await c.call(registry.deleteDeploymentGroup, one), { hooksNotCleanedUp: [] });
    assert.deepEqual(await c.call(registry.deleteDeploymentGroup, { ...one, applicationName: 'x' }), { hooksNotCleanedUp: [] });
    await c.refused(registry.deleteDeploymentGroup, { applicationName: 'web' }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.deleteDeploymentGroup, { ...one, deploymentGroupName: '/' }, 'InvalidDeploymentGroupNameException');
  });

  it('deleted under a deployment stop it without rolling back, and leave it in the history', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    await start(c, deploymentId);
    c.woken.length = 0;
    await c.call(registry.deleteDeploymentGroup, one);
    assert.deepEqual(c.woken, [deploymentId]);
    const row = await c.store.db.selectFrom('deployments').selectAll().executeTakeFirstOrThrow();
    assert.deepEqual([row.stop_requested_at, row.stop_rollback], [c.now, 0]);
    assert.equal((await c.call(registry.getDeployment, { deploymentId })).deploymentInfo.deploymentGroupName, 'blue');
  });

  it('show their last attempted and last successful deployments and their target revision', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const good = await aDeployment(c);
    c.now += 1000;
    await end(c, good, 'Succeeded');
    const bad = await aDeployment(c);
    const { lastSuccessfulDeployment, lastAttemptedDeployment, targetRevision } = await info();
    assert.deepEqual(lastSuccessfulDeployment, { deploymentId: good, status: 'Succeeded', createTime: c.now - 1000, endTime: c.now });
    assert.deepEqual(lastAttemptedDeployment, { deploymentId: bad, status: 'Created', createTime: c.now });
    assert.deepEqual(targetRevision, { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/v1.zip', bundleType: 'zip' } });
  });
});
