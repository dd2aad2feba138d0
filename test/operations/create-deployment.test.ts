import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { newDeployment } from '../../server/deployer/new-deployment.ts';
import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { aController, aDeployment, aGroup, anInstance, anUpload, digest, end, gitHub, role, s3, selecting, type TestController } from './a-controller.ts';

describe('a new deployment', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const row = (deploymentId: string) => c.store.db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
  const document = async (deploymentId: string) => readDocument(DeploymentDocument, (await row(deploymentId)).document, 'test');
  const targets = (deploymentId: string) => c.store.db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).orderBy('target_id').execute();
  const info = async (deploymentId: string) => (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo;
  const base = () => ({ applicationName: 'web', deploymentGroupName: 'blue', revision: s3('web/v1.zip') });

  it('answers an id at once, wakes the planner, and reads back with every default', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    assert.match(deploymentId, /^d-[A-Z0-9]{9}$/);
    assert.deepEqual(c.woken, [deploymentId]);
    assert.deepEqual(await info(deploymentId), {
      applicationName: 'web',
      deploymentGroupName: 'blue',
      deploymentConfigName: 'CodeDeployDefault.OneAtATime',
      deploymentId,
      revision: s3('web/v1.zip'),
      status: 'Created',
      createTime: c.now,
      deploymentOverview: { Pending: 1, InProgress: 0, Succeeded: 0, Failed: 0, Skipped: 0, Ready: 0 },
      creator: 'user',
      ignoreApplicationStopFailures: false,
      autoRollbackConfiguration: { enabled: false },
      updateOutdatedInstancesOnly: false,
      rollbackInfo: {},
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
      instanceTerminationWaitTimeStarted: false,
      fileExistsBehavior: 'DISALLOW',
      deploymentStatusMessages: [],
      computePlatform: 'Server',
    });
  });

  it('freezes the members of the moment, each with a lot of its own', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await anInstance(c, name);
    await anInstance(c, 'dev', [{ Key: 'Env', Value: 'dev' }]);
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    await anInstance(c, 'late');
    const frozen = await targets(deploymentId);
    assert.deepEqual(frozen.map((target) => target.target_id), ['a', 'b', 'c', 'd']);
    assert.deepEqual(frozen.map((target) => target.lot).sort(), [0, 1, 2, 3]);
    assert.deepEqual(new Set(frozen.map((target) => `${target.status} ${target.standing} ${target.generation} ${target.events}`)), new Set(['Pending unhealthy 0 []']));
    assert.match(frozen[0]!.arn, /^arn:aws:codedeploy:eu-test-1:123456789012:instance\/a_[A-Z0-9]{10}$/);
  });

  it('draws another order for another deployment', async () => {
    for (let index = 0; index < 12; index += 1) await anInstance(c, `web${index}`);
    await aGroup(c);
    const orders = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const deploymentId = await aDeployment(c);
      orders.add((await targets(deploymentId)).map((target) => target.lot).join());
      await end(c, deploymentId, 'Failed');
    }
    assert.equal(orders.size, 3);
  });

  it('selects EC2 instances by EC2 filters and all others by on-premises filters', async () => {
    await anInstance(c, 'i-0123');
    await anInstance(c, 'web1');
    await aGroup(c, { ec2TagFilters: [{ Key: 'Env', Type: 'KEY_ONLY' }], onPremisesInstanceTagFilters: [] });
    const [target, ...others] = await targets(await aDeployment(c));
    assert.deepEqual([target?.target_id, target?.arn, others.length], ['i-0123', 'arn:aws:ec2:eu-test-1:123456789012:instance/i-0123', 0]);
  });

  it('leaves deregistered instances out', async () => {
    await anInstance(c, 'web1');
    await anInstance(c, 'web2');
    await aGroup(c);
    await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'web1' });
    assert.deepEqual((await targets(await aDeployment(c))).map((target) => target.target_id), ['web2']);
  });

  it('freezes the minimum as a number of the fleet it found', async () => {
    for (const name of ['a', 'b', 'c']) await anInstance(c, name);
    await aGroup(c);
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'two', minimumHealthyHosts: { type: 'HOST_COUNT', value: 2 } });
    const minimums: [string, number][] = [];
    for (const deploymentConfigName of [undefined, 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce', 'two']) {
      const deploymentId = await aDeployment(c, deploymentConfigName === undefined ? {} : { deploymentConfigName });
      minimums.push([(await info(deploymentId)).deploymentConfigName!, (await row(deploymentId)).minimum_healthy_hosts]);
      await end(c, deploymentId, 'Failed');
    }
    assert.deepEqual(minimums, [
      ['CodeDeployDefault.OneAtATime', 2],
      ['CodeDeployDefault.HalfAtATime', 2],
      ['CodeDeployDefault.AllAtOnce', 0],
      ['two', 2],
    ]);
  });

  it('takes config and rollback rules of its own before those of its group', async () => {
    await anInstance(c, 'a');
    await aGroup(c, { deploymentConfigName: 'CodeDeployDefault.AllAtOnce', autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } });
    const first = await aDeployment(c);
    assert.deepEqual([(await info(first)).deploymentConfigName, (await info(first)).autoRollbackConfiguration], ['CodeDeployDefault.AllAtOnce', { enabled: true, events: ['DEPLOYMENT_FAILURE'] }]);
    await end(c, first, 'Failed');
    const second = await aDeployment(c, { deploymentConfigName: 'CodeDeployDefault.OneAtATime', autoRollbackConfiguration: { enabled: false } });
    assert.deepEqual([(await info(second)).deploymentConfigName, (await info(second)).autoRollbackConfiguration], ['CodeDeployDefault.OneAtATime', { enabled: false }]);
  });

  it('tells unhealthy, unknown, old and current instances apart', async () => {
    const ids = new Map<string, string>();
    for (const name of ['never', 'failed', 'unknown', 'old', 'current']) ids.set(name, await anInstance(c, name));
    const group_id = await aGroup(c);
    const current = await anUpload(c);
    const locationKey = JSON.stringify(['S3', 'fairlead', 'web/v1.zip', 'zip', null, null]);
    const stand = (name: string, is_healthy: number, location_key: string | null) =>
      c.store.db.insertInto('group_instances').values({ group_id, instance_id: ids.get(name)!, is_healthy, location_key, deployment_id: 'd-AAAAAAAAA' }).execute();
    await stand('failed', 0, locationKey);
    await stand('unknown', 1, null);
    await stand('old', 1, 'another');
    await stand('current', 1, locationKey);
    const all = await aDeployment(c, { revision: current });
    assert.deepEqual(Object.fromEntries((await targets(all)).map((target) => [target.target_id, target.standing])), {
      never: 'unhealthy',
      failed: 'unhealthy',
      unknown: 'unknown',
      old: 'old',
      current: 'current',
    });
    await c.store.db.updateTable('deployments').set({ status: 'Failed' }).execute();
    const outdated = await aDeployment(c, { revision: current, updateOutdatedInstancesOnly: true });
    assert.deepEqual((await targets(outdated)).map((target) => target.target_id), ['failed', 'never', 'old', 'unknown']);
    assert.equal((await row(outdated)).minimum_healthy_hosts, 3);
  });

  it('of outdated instances only, when there are none, says so', async () => {
    await anInstance(c, 'a');
    await aGroup(c);
    await end(c, await aDeployment(c), 'Succeeded');
    const { defect } = await document(await aDeployment(c, { updateOutdatedInstancesOnly: true }));
    assert.equal(defect?.code, 'NO_INSTANCES');
    assert.match(defect.message, /runs this revision already/);
  });

  it('remembers what the group ran before', async () => {
    await anInstance(c, 'a');
    await aGroup(c);
    await end(c, await aDeployment(c, { revision: await anUpload(c, 'v1.zip') }), 'Succeeded');
    assert.deepEqual((await info(await aDeployment(c, { revision: await anUpload(c, 'v2.zip') }))).previousRevision, s3('v1.zip'));
  });

  it('resolves the newest upload, or the one that version or eTag name, once and for all', async () => {
    await anInstance(c, 'a');
    await aGroup(c);
    await anUpload(c, 'k.zip', digest('a'), 'one');
    await anUpload(c, 'k.zip', digest('b'), 'two');
    const found: (string | undefined)[] = [];
    for (const revision of [s3('k.zip'), s3('k.zip', { version: 'one' }), s3('k.zip', { eTag: `"${digest('a')}"` }), s3('k.zip', { version: 'one', eTag: digest('b') })]) {
      const deploymentId = await aDeployment(c, { revision });
      const { bundle, defect } = await document(deploymentId);
      found.push(bundle?.sha256.slice(0, 1) ?? defect?.code);
      await end(c, deploymentId, 'Failed');
    }
    assert.deepEqual(found, ['b', 'a', 'a', 'REVISION_MISSING']);
  });

  it('of a bundle that cannot be had is created with a defect that says what to do', async () => {
    await anInstance(c, 'a');
    await aGroup(c);
    await anUpload(c, 'k.zip');
    const tgz = { revisionType: 'S3' as const, s3Location: { bucket: 'fairlead', key: 'k.zip', bundleType: 'tgz' as const } };
    const said: string[] = [];
    for (const revision of [s3('none.zip'), s3('k.zip', { bucket: 'elsewhere' }), gitHub, tgz]) {
      const deploymentId = await aDeployment(c, { revision });
      const { bundle, defect } = await document(deploymentId);
      assert.equal(bundle, null);
      said.push(`${defect?.code}: ${defect?.message}`);
      await end(c, deploymentId, 'Failed');
    }
    assert.match(said[0]!, /^REVISION_MISSING: Nothing was uploaded as s3:\/\/fairlead\/none\.zip.*fairlead push/);
    assert.match(said[1]!, /^REVISION_MISSING: Nothing was uploaded as s3:\/\/elsewhere\/k\.zip.*fairlead push.*AWS_ENDPOINT_URL_S3.*section "s3:"/);
    assert.match(said[2]!, /^REVISION_MISSING: octo\/cat at commit/);
    assert.match(said[3]!, /^INVALID_REVISION: .*zip.*tgz/);
  });

  it('with no instance of the kind asked for names those of the other kind that would fit', async () => {
    await anInstance(c, 'web1');
    await aGroup(c, { ec2TagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' }], onPremisesInstanceTagFilters: [] });
    const { defect } = await document(await aDeployment(c));
    assert.equal(defect?.code, 'NO_INSTANCES');
    assert.match(defect.message, /EC2 filters would fit 1 on-premises instance \(web1\).*onPremisesInstanceTagFilters/);
  });

  it('to a group without filters, or of Auto Scaling groups alone, says why nobody is in it', async () => {
    await anInstance(c, 'web1');
    await aGroup(c, { onPremisesInstanceTagFilters: [] });
    await aGroup(c, { deploymentGroupName: 'asg', onPremisesInstanceTagFilters: [], autoScalingGroups: ['a'] });
    await aGroup(c, { deploymentGroupName: 'nobody', ...selecting('Env', 'none') });
    assert.match((await document(await aDeployment(c))).defect?.message ?? '', /selects no instances/);
    assert.match((await document(await aDeployment(c, { deploymentGroupName: 'asg' }))).defect?.message ?? '', /Auto Scaling groups only/);
    // Here the planner's own sentence says all there is to say.
    assert.equal((await document(await aDeployment(c, { deploymentGroupName: 'nobody' }))).defect, null);
  });

  it('to a group that moves traffic without saying by what, or from where to where, ends with a reason rather than pretending', async () => {
    await anInstance(c, 'web1');
    const blueGreen = { deploymentStyle: { deploymentType: 'BLUE_GREEN' as const, deploymentOption: 'WITH_TRAFFIC_CONTROL' as const } };
    const inPlace = { deploymentStyle: { deploymentType: 'IN_PLACE' as const, deploymentOption: 'WITH_TRAFFIC_CONTROL' as const } };
    const lb = { loadBalancerInfo: { elbInfoList: [{ name: 'lb' }] } };
    const block = { blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' as const, targetInstances: { onPremisesInstanceTagFilters: [{ Key: 'fleet', Value: 'green', Type: 'KEY_AND_VALUE' as const }] } } } };
    const codes: (string | undefined)[] = [];
    for (const [index, over] of [blueGreen, { ...blueGreen, ...block }, { ...blueGreen, ...block, ...lb }, inPlace, { ...inPlace, ...lb }].entries()) {
      const deploymentGroupName = `g${index}`;
      await aGroup(c, { deploymentGroupName, ...over });
      codes.push((await document(await aDeployment(c, { deploymentGroupName }))).defect?.code);
    }
    assert.deepEqual(codes, [
      'MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION',
      'MISSING_ELB_INFORMATION',
      'NO_INSTANCES',
      'MISSING_ELB_INFORMATION',
      undefined,
    ]);
  });

  it('goes from the instances of a blue/green group to those that its caller or the group names, and labels both', async () => {
    const tag = (Value: string) => ({ Key: 'fleet', Value, Type: 'KEY_AND_VALUE' as const });
    for (const [name, fleet] of [['web1', 'blue'], ['web2', 'blue'], ['web3', 'green'], ['web4', 'green']] as const) await anInstance(c, name, [{ Key: 'fleet', Value: fleet }]);
    await aGroup(c, {
      onPremisesInstanceTagFilters: [tag('blue')],
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      loadBalancerInfo: { elbInfoList: [{ name: 'lb' }] },
      blueGreenDeploymentConfiguration: {
        greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' },
        deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 30 },
        terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 10 },
      },
    });
    const refused = (targetInstances?: object) => c.refused(registry.createDeployment, { ...base(), ...(targetInstances === undefined ? {} : { targetInstances }) }, 'InvalidTargetInstancesException');
    assert.match((await refused()).message, /name the replacement instances in targetInstances/);
    assert.match((await refused({ onPremisesInstanceTagFilters: [tag('red')] })).message, /No on-premises instance bears the tag fleet=red/);
    const deploymentId = (await c.call(registry.createDeployment, { ...base(), targetInstances: { onPremisesInstanceTagFilters: [tag('green')] } })).deploymentId;
    assert.deepEqual((await targets(deploymentId)).map(({ target_id: id, label }) => [id, label]), [['web1', 'Blue'], ['web2', 'Blue'], ['web3', 'Green'], ['web4', 'Green']]);
    const { blueGreen, targetInstances } = await document(deploymentId);
    assert.deepEqual(blueGreen, { direction: 'forward', readyAction: 'STOP_DEPLOYMENT', readyWaitMs: 30 * 60_000, terminationWaitMs: 10 * 60_000, releases: true });
    assert.deepEqual(targetInstances, { onPremisesInstanceTagFilters: [tag('green')] });
    // OneAtATime: of the two that come in, one.
    assert.equal((await row(deploymentId)).minimum_healthy_hosts, 1);
    assert.match((await c.refused(registry.continueDeployment, { deploymentId }, 'DeploymentIsNotInReadyStateException')).message, /is Created, not Ready/);
    await c.store.db.updateTable('deployments').set({ status: 'Ready' }).where('deployment_id', '=', deploymentId).execute();
    await c.call(registry.continueDeployment, { deploymentId });
    assert.equal((await document(deploymentId)).blueGreen?.continuedAt, c.now);
    await c.refused(registry.continueDeployment, { deploymentId, deploymentWaitType: 'TERMINATION_WAIT' }, 'InvalidDeploymentStatusException');
  });

  it('freezes how traffic is moved, and has a route to each instance through each router of its group', async () => {
    await anInstance(c, 'web1');
    const style = { deploymentStyle: { deploymentType: 'IN_PLACE' as const, deploymentOption: 'WITH_TRAFFIC_CONTROL' as const } };
    const loadBalancerInfo = { elbInfoList: [{ name: 'web' }], targetGroupInfoList: [{ name: 'api' }] };
    await aGroup(c, { ...style, loadBalancerInfo, traffic: { drainSeconds: 30, onDrainTimeout: 'FORCE' } });
    const deploymentId = await aDeployment(c);
    assert.deepEqual((await document(deploymentId)).traffic, {
      routers: [
        { name: 'api', list: 'targetGroupInfoList' },
        { name: 'web', list: 'elbInfoList' },
      ],
      drainMs: 30_000,
      onDrainTimeout: 'FORCE',
      forceMs: 30_000,
      serveMs: 3_600_000,
      minHealthyMs: 0,
    });
    const routes = await c.store.db.selectFrom('traffic_routes').select(['router', 'target_id', 'deployment_id', 'wanted']).orderBy('router').execute();
    assert.deepEqual(routes.map((route) => ({ ...route })), ['api', 'web'].map((router) => ({ router, target_id: 'web1', deployment_id: deploymentId, wanted: null })));
  });

  it('says what its group asks for and is not done yet', async () => {
    await anInstance(c, 'web1');
    await aGroup(c, {
      alarmConfiguration: { enabled: true, alarms: [{ name: 'a' }] },
      triggerConfigurations: [{ triggerName: 't', triggerTargetArn: 'arn:aws:sns:r:1:t', triggerEvents: ['DeploymentStart'] }],
      autoScalingGroups: ['asg'],
    });
    const first = await aDeployment(c);
    assert.deepEqual((await info(first)).deploymentStatusMessages?.map((message) => message.split(' ')[0]), ['Instances']);
    await end(c, first, 'Failed');
    const second = await info(await aDeployment(c, { overrideAlarmConfiguration: { enabled: false } }));
    assert.deepEqual(second.deploymentStatusMessages?.map((message) => message.split(' ')[0]), ['Instances']);
    assert.deepEqual(second.overrideAlarmConfiguration, { enabled: false, ignorePollAlarmFailure: false, alarms: [] });
  });

  it('is refused while another of the group is active, in the words that pipelines parse', async () => {
    await aGroup(c);
    await aGroup(c, { deploymentGroupName: 'green' });
    const active = await aDeployment(c);
    const { message } = await c.refused(registry.createDeployment, base(), 'DeploymentLimitExceededException');
    assert.equal(message, `The Deployment Group 'blue' already has an active Deployment '${active}'`);
    assert.equal(/(?:is already deploying|already has an active Deployment) '(d-\w+)'/.exec(message)?.[1], active);
    await aDeployment(c, { deploymentGroupName: 'green' });
    await end(c, active, 'Stopped');
    await aDeployment(c);
  });

  it('is refused when something is missing or wrong, before anything is written', async () => {
    await aGroup(c);
    const { message } = await c.refused(registry.createDeployment, { applicationName: 'web', revision: gitHub }, 'DeploymentGroupNameRequiredException');
    assert.equal(message, 'Deployment Group name is missing');
    await c.refused(registry.createDeployment, { deploymentGroupName: 'blue', revision: gitHub }, 'ApplicationNameRequiredException');
    await c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue' }, 'RevisionRequiredException');
    await c.refused(registry.createDeployment, { ...base(), applicationName: 'x' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.createDeployment, { ...base(), deploymentGroupName: 'x' }, 'DeploymentGroupDoesNotExistException');
    await c.refused(registry.createDeployment, { ...base(), revision: {} }, 'InvalidRevisionException');
    await c.refused(registry.createDeployment, { ...base(), deploymentConfigName: 'x' }, 'DeploymentConfigDoesNotExistException');
    await c.refused(registry.createDeployment, { ...base(), deploymentConfigName: 'a b' }, 'InvalidDeploymentConfigNameException');
    await c.refused(registry.createDeployment, { ...base(), description: 'x'.repeat(257) }, 'DescriptionTooLongException');
    await c.refused(registry.createDeployment, { ...base(), fileExistsBehavior: 'MERGE' }, 'InvalidFileExistsBehaviorException');
    await c.refused(registry.createDeployment, { ...base(), autoRollbackConfiguration: { enabled: true } }, 'InvalidAutoRollbackConfigException');
    await c.refused(registry.createDeployment, { ...base(), overrideAlarmConfiguration: { enabled: true } }, 'InvalidAlarmConfigException');
    await c.refused(registry.createDeployment, { ...base(), overrideAlarmConfiguration: { alarms: Array.from({ length: 11 }, (_, i) => ({ name: `${i}` })) } }, 'AlarmsLimitExceededException');
    await c.refused(registry.createDeployment, { ...base(), targetInstances: { tagFilters: [{ Key: 'a' }] } }, 'InvalidTargetInstancesException');
    await c.refused(registry.createDeployment, { ...base(), targetInstances: { autoScalingGroups: ['a'] } }, 'InvalidTargetInstancesException');
    await c.refused(registry.createDeployment, { ...base(), ignoreApplicationStopFailures: 'yes' }, 'SerializationException');
    assert.deepEqual((await c.call(registry.listDeployments, {})).deployments, []);
    assert.deepEqual(c.woken, []);
    await c.call(registry.createDeployment, { ...base(), targetInstances: {} });
  });

  it('to a blue/green group may name at most ten tags, each borne by an EC2 instance', async () => {
    await anInstance(c, 'i-1');
    await aGroup(c, { deploymentStyle: { deploymentType: 'BLUE_GREEN' } });
    const filter = { Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' as const };
    const naming = (tagFilters: object[]) => ({ ...base(), targetInstances: { tagFilters } });
    await c.refused(registry.createDeployment, naming(Array.from({ length: 11 }, () => filter)), 'InvalidTargetInstancesException');
    const { message } = await c.refused(registry.createDeployment, naming([filter, { ...filter, Value: 'none' }]), 'InvalidTargetInstancesException');
    assert.match(message, /Env=none/);
    await c.call(registry.createDeployment, naming([filter]) as never);
  });

  describe('made to roll back', () => {
    it('deploys the last success again with its file rule, at the pace of the one that failed, and says so', async () => {
      await anInstance(c, 'a');
      await anInstance(c, 'b');
      const groupId = await aGroup(c, { autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } });
      const good = await aDeployment(c, { revision: await anUpload(c, 'v1.zip'), fileExistsBehavior: 'RETAIN' });
      await end(c, good, 'Succeeded');
      const bad = await aDeployment(c, {
        revision: await anUpload(c, 'v2.zip', digest('b')),
        fileExistsBehavior: 'OVERWRITE',
        deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
        ignoreApplicationStopFailures: true,
        description: 'bad',
      });
      await end(c, bad, 'Failed');
      c.now += 1;
      const rollback = await c.store.transaction((tx) => newDeployment(tx, { kind: 'rollback', ofDeploymentId: good, triggeringDeploymentId: bad }, { now: c.now, random: c.services.world.random }));
      const read = await info(rollback);
      assert.deepEqual(
        [read.creator, read.revision, read.previousRevision, read.fileExistsBehavior, read.deploymentConfigName, read.ignoreApplicationStopFailures, read.autoRollbackConfiguration, read.description, read.status],
        ['codeDeployRollback', s3('v1.zip'), s3('v1.zip'), 'RETAIN', 'CodeDeployDefault.AllAtOnce', true, { enabled: false }, undefined, 'Created'],
      );
      assert.deepEqual(read.rollbackInfo, {
        rollbackTriggeringDeploymentId: bad,
        rollbackMessage: `Deployment ${rollback} is triggered to roll back deployment ${bad}.`,
      });
      assert.deepEqual([(await document(rollback)).bundle?.sha256, (await document(rollback)).defect], [digest('a'), null]);
      assert.deepEqual((await targets(rollback)).map((target) => target.target_id), ['a', 'b']);
      const group = await c.store.db.selectFrom('deployment_groups').selectAll().where('group_id', '=', groupId).executeTakeFirstOrThrow();
      assert.deepEqual([group.last_attempted_deployment_id, group.last_successful_deployment_id], [rollback, good]);
    });

    it('falls back to the group\'s config when its own was deleted meanwhile', async () => {
      await anInstance(c, 'a');
      await aGroup(c);
      const good = await aDeployment(c);
      await end(c, good, 'Succeeded');
      await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'mine', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } });
      const bad = await aDeployment(c, { deploymentConfigName: 'mine' });
      await end(c, bad, 'Failed');
      await c.call(registry.deleteDeploymentConfig, { deploymentConfigName: 'mine' });
      const rollback = await c.store.transaction((tx) => newDeployment(tx, { kind: 'rollback', ofDeploymentId: good, triggeringDeploymentId: bad }, { now: c.now, random: c.services.world.random }));
      assert.equal((await info(rollback)).deploymentConfigName, 'CodeDeployDefault.OneAtATime');
    });

    it('without its group is a broken promise of the planner, and thrown', async () => {
      await aGroup(c, { serviceRoleArn: role });
      const deploymentId = await aDeployment(c);
      await c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
      await assert.rejects(
        c.store.transaction((tx) => newDeployment(tx, { kind: 'rollback', ofDeploymentId: deploymentId, triggeringDeploymentId: deploymentId }, { now: c.now, random: c.services.world.random })),
        /cannot be rolled back/,
      );
    });
  });
});
