// What would happen, and that exactly this is done or nothing. What is shown is held against the planner's own decisions over
// the deployment that is then created.

import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import { operations, registry } from '../../protocol/operations/registry.ts';
import { loadSnapshot } from '../../server/deployer/load-snapshot.ts';
import { foresee } from '../../server/planner/foresight.ts';
import { sql } from 'kysely';
import { aController, aDeployment, aGroup, anInstance, anUpload, digest, end, gitHub, s3, selecting, type TestController } from './a-controller.ts';

const hourMs = 3_600_000;
type Plan = OutputOf<typeof registry.planDeployment>;
type Input = Partial<InputOf<typeof registry.planDeployment>>;

describe('PlanDeployment', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const base = { applicationName: 'web', deploymentGroupName: 'blue', revision: s3('web/v1.zip') };
  const plan = (over: Input = {}): Promise<Plan> => c.call(registry.planDeployment, { ...base, ...over });
  const apply = async (planIndex: string, over: Input = {}): Promise<string> => (await c.call(registry.createDeployment, { ...base, ...over, planIndex })).deploymentId;
  const refusal = async (planIndex: string, over: Input = {}): Promise<string> => (await c.refused(registry.createDeployment, { ...base, ...over, planIndex }, 'PlanOutdatedException')).message;
  const waves = ({ waves: shown }: Plan): string[] => shown.map(({ targetIds }) => targetIds.join(' '));
  async function fleet(count: number, over: Parameters<typeof aGroup>[1] = {}): Promise<void> {
    for (let number = 0; number < count; number += 1) c.connected.add(await anInstance(c, `web-${number}`));
    await anUpload(c);
    await aGroup(c, over);
  }
  /** What the planner foresees of the deployment as it is stored. */
  async function wavesOf(deploymentId: string): Promise<string[]> {
    const loaded = await c.store.transaction((tx) => loadSnapshot(tx, deploymentId, c.now, c.services.presence));
    return foresee(loaded!.snapshot).waves.map(({ targetIds }) => targetIds.join(' '));
  }
  const dump = async (): Promise<string> => {
    const tables = ['applications', 'deployment_groups', 'revisions', 'deployments', 'targets', 'watched_alarms', 'traffic_routes', 'audit_records', 'group_instances', 'effects'];
    return JSON.stringify(await Promise.all(tables.map(async (table) => (await sql`select * from ${sql.table(table)}`.execute(c.store.db)).rows)));
  };

  it('shows targets, waves and the end, and leaves no trace', async () => {
    await fleet(4, { deploymentConfigName: 'CodeDeployDefault.HalfAtATime' });
    const before = await dump();
    const shown = await plan();
    assert.equal(await dump(), before);
    assert.deepEqual(c.woken, []);
    const { planIndex, waves: _, targets, ...rest } = shown;
    assert.match(planIndex, /^plan1-[-0-9a-z]+$/);
    assert.deepEqual(waves(shown).map((wave) => wave.split(' ').length), [2, 2]);
    assert.deepEqual(waves(shown).join(' ').split(' ').toSorted(), ['web-0', 'web-1', 'web-2', 'web-3']);
    assert.deepEqual(targets[0], { targetId: 'web-0', standing: 'unhealthy', isConnected: true });
    assert.deepEqual(rest, {
      applicationName: 'web',
      deploymentGroupName: 'blue',
      revision: s3('web/v1.zip'),
      deploymentConfigName: 'CodeDeployDefault.HalfAtATime',
      minimumHealthyHosts: 2,
      outcome: { status: 'Succeeded' },
      waitingOn: [],
      sentences: [],
      conflicts: [],
      supersedes: [],
      notes: [],
      expiresAt: c.now + hourMs,
    });
  });

  it('has its waves done by the deployment that is given its index, whatever lots would be drawn else', async () => {
    await fleet(8);
    const shown = await plan();
    assert.notDeepEqual(waves(shown), waves(await plan()), 'lots are drawn for each plan');
    assert.deepEqual(await wavesOf(await apply(shown.planIndex)), waves(shown));
  });

  it('shows the steps of a ramp and the time each is watched for', async () => {
    await fleet(4);
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'Canary', minimumHealthyHosts: { type: 'HOST_COUNT', value: 1 }, ramp: { steps: [{ hosts: '1', bakeSeconds: 600 }, { hosts: '100%' }] } });
    const shown = await plan({ deploymentConfigName: 'Canary' });
    assert.deepEqual(shown.waves.map(({ targetIds, ...wave }) => ({ ...wave, count: targetIds.length })), [{ step: '1', bakeSeconds: 600, count: 1 }, { step: '100%', count: 3 }]);
  });

  it('says that 95 % of ten hosts can never proceed', async () => {
    await fleet(10);
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'NinetyFive', minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 95 } });
    const shown = await plan({ deploymentConfigName: 'NinetyFive' });
    assert.deepEqual([shown.minimumHealthyHosts, shown.waves, shown.outcome?.status], [10, [], 'Failed']);
    assert.deepEqual(shown.conflicts.map(({ reason }) => reason), ['NeverSucceeds']);
    assert.match(shown.conflicts[0]!.sentence, /wants at least 10 healthy instances throughout, and the deployment has 10, so not one may be taken/);
  });

  it('says that there is nobody to deploy to, and nothing was uploaded', async () => {
    await aGroup(c, selecting('Env', 'nowhere'));
    assert.deepEqual((await plan()).outcome?.errorInformation?.code, 'REVISION_MISSING');
    await anUpload(c);
    assert.deepEqual((await plan()).outcome?.errorInformation?.code, 'NO_INSTANCES');
  });

  it('says whose agents are not there, and what becomes of the deployment if they stay away', async () => {
    await fleet(4, { deploymentConfigName: 'CodeDeployDefault.HalfAtATime' });
    c.connected.clear();
    for (const row of await c.store.db.selectFrom('instances').selectAll().execute()) if (row.name !== 'web-3') c.connected.add(row.instance_id);
    const [one] = (await plan()).conflicts;
    assert.deepEqual(one, { reason: 'AgentsAbsent', targetIds: ['web-3'], outcome: { status: 'Succeeded' }, sentence: 'The agent of web-3 is not connected. If that stays so, that target fails, and the deployment succeeds without.' });
    c.connected.clear();
    const [all] = (await plan()).conflicts;
    assert.ok(all?.reason === 'AgentsAbsent');
    assert.deepEqual([all.targetIds.length, all.outcome?.status, all.outcome?.errorInformation?.code], [4, 'Failed', 'AGENT_ISSUE']);
  });

  it('says what would hold it: its hour, an approval, a freeze, a closed window, its turn', async () => {
    const minute = new Date(c.now).getUTCMinutes();
    await fleet(1, { approval: { required: true }, activeDeploymentPolicy: 'QUEUE', deploymentWindows: [{ cron: `${(minute + 30) % 60} * * * *`, durationMinutes: 10 }] });
    await c.call(registry.createFreeze, { freezeName: 'winter', reason: 'down' });
    const shown = await plan({ scheduledAt: c.now + hourMs });
    assert.deepEqual(shown.waitingOn.map(({ reason }) => reason), ['Scheduled', 'Approval', 'Frozen', 'WindowClosed']);
    assert.equal(shown.sentences.length, 4);
    assert.equal(shown.outcome?.status, 'Succeeded');
    assert.deepEqual((await plan({ calendarOverrideReason: 'urgent' })).waitingOn.map(({ reason }) => reason), ['Approval']);
  });

  it('shows both fleets of a blue/green deployment, and goes by which is which', async () => {
    for (const name of ['blue-1', 'blue-2']) c.connected.add(await anInstance(c, name));
    for (const name of ['green-1', 'green-2']) c.connected.add(await anInstance(c, name, [{ Key: 'fleet', Value: 'green' }]));
    await anUpload(c);
    const provision = (Value: string) => ({ greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' as const, targetInstances: { onPremisesInstanceTagFilters: [{ Key: 'fleet', Value, Type: 'KEY_AND_VALUE' as const }] } } });
    await aGroup(c, { deploymentConfigName: 'CodeDeployDefault.AllAtOnce', deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' }, loadBalancerInfo: { elbInfoList: [{ name: 'lb' }] }, blueGreenDeploymentConfiguration: provision('green') });
    const shown = await plan();
    assert.deepEqual(shown.targets.map(({ targetId, instanceLabel }) => [targetId, instanceLabel]), [['blue-1', 'Blue'], ['blue-2', 'Blue'], ['green-1', 'Green'], ['green-2', 'Green']]);
    assert.deepEqual(shown.outcome, { status: 'Succeeded' });
    assert.deepEqual(shown.waves[0]?.targetIds.toSorted(), ['green-1', 'green-2']);
    assert.deepEqual(shown.waves[1]?.targetIds.toSorted(), ['blue-1', 'blue-2'], 'those that leave, last');
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'by-share', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 }, trafficRoutingConfig: { type: 'TimeBasedCanary', timeBasedCanary: { canaryPercentage: 10, canaryInterval: 5 } } });
    const byShare = await plan({ deploymentConfigName: 'by-share' });
    assert.deepEqual(byShare.trafficSteps, [{ percentage: 10, bakeSeconds: 300 }, { percentage: 100, bakeSeconds: 0 }]);
    assert.deepEqual(byShare.outcome, { status: 'Succeeded' });
    await c.call(registry.tagInstance, { instanceName: 'green-2', tags: [{ Key: 'fleet', Value: 'none' }] });
    assert.match(await refusal(shown.planIndex), /the targets, how they stand/);
    const again = await plan();
    assert.deepEqual(await wavesOf(await apply(again.planIndex)), waves(again));
  });

  it('says which active deployment refuses, precedes or gives way to it', async () => {
    await fleet(2);
    const active = await aDeployment(c);
    const { conflicts, waitingOn } = await plan();
    assert.deepEqual(conflicts.map((one) => [one.reason, one.reason === 'ActiveDeployment' && one.deploymentId]), [['ActiveDeployment', active]]);
    assert.deepEqual(waitingOn, [{ reason: 'EarlierDeployment', deploymentId: active }]);
    const queued = await plan({ activeDeploymentPolicy: 'QUEUE' });
    assert.deepEqual([queued.conflicts, queued.waitingOn], [[], [{ reason: 'EarlierDeployment', deploymentId: active }]]);
    const superseding = await plan({ activeDeploymentPolicy: 'SUPERSEDE' });
    assert.deepEqual([superseding.conflicts, superseding.supersedes], [[], [active]]);
    await apply(superseding.planIndex, { activeDeploymentPolicy: 'SUPERSEDE' });
  });

  it('says that a bundle that lies elsewhere is no part of the plan', async () => {
    await fleet(1);
    Object.assign(c.services, { sources: { gitHub: {} } });
    const shown = await plan({ revision: gitHub });
    assert.match(shown.notes.join(), /fetched when the deployment is created/);
    assert.deepEqual([shown.waitingOn, shown.outcome?.status], [[], 'Succeeded']);
  });

  it('refuses what CreateDeployment refuses, in the same words', async () => {
    await fleet(1);
    const wrong: readonly [Input, Parameters<TestController['refused']>[2]][] = [
      [{ applicationName: 'nobody' }, 'ApplicationDoesNotExistException'],
      [{ deploymentGroupName: 'nobody' }, 'DeploymentGroupDoesNotExistException'],
      [{ deploymentConfigName: 'nobody' }, 'DeploymentConfigDoesNotExistException'],
      [{ deploymentMode: 'RESTART', revision: undefined as never }, 'RevisionDoesNotExistException'],
      [{ revision: undefined as never }, 'RevisionRequiredException'],
      [{ scheduledAt: c.now + 400 * 24 * hourMs }, 'ValidationException'],
    ];
    for (const [over, code] of wrong) {
      const [one, other] = [await c.refused(registry.planDeployment, { ...base, ...over }, code), await c.refused(registry.createDeployment, { ...base, ...over }, code)];
      assert.equal(one.message, other.message);
    }
  });

  it('takes what CreateDeployment takes, but for the index', () => {
    const membersOf = (name: string): string[] => Object.keys((operations.find((one) => one.name === name)!.input as unknown as { properties: object }).properties);
    assert.deepEqual([...membersOf('PlanDeployment'), 'planIndex'], membersOf('CreateDeployment'));
  });

  it('gives an index that is still good when only what is looked at later has changed', async () => {
    await fleet(3);
    const { planIndex } = await plan();
    c.connected.clear();
    c.now += hourMs - 1;
    await anInstance(c, 'elsewhere', [{ Key: 'Env', Value: 'dev' }]);
    await c.call(registry.tagInstance, { instanceName: 'web-0', tags: [{ Key: 'colour', Value: 'red' }] });
    await aGroup(c, { deploymentGroupName: 'green' });
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', convergence: { enabled: true } });
    await apply(planIndex);
  });

  const windows = (minute: number): { deploymentWindows: { cron: string; durationMinutes: number }[] } => ({ deploymentWindows: [{ cron: `${minute % 60} * * * *`, durationMinutes: 10 }] });
  const update = (over: Parameters<typeof aGroup>[1]): Promise<unknown> => c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', ...over });
  const changes: readonly [string, RegExp, () => Promise<unknown>, Input?][] = [
    ['the bundle', /otherwise: the revision or its bundle\. Nothing/, () => anUpload(c, 'web/v1.zip', digest('f'))],
    ['the revision asked for', /the revision or its bundle\. Nothing/, () => anUpload(c, 'web/v2.zip'), { revision: s3('web/v2.zip') }],
    ['a setting of the request', /the request, the group or the deployment config says\. Nothing/, async () => undefined, { fileExistsBehavior: 'OVERWRITE' }],
    ['the hour it is asked for', /the request, the group or the deployment config says\. Nothing/, async () => undefined, { scheduledAt: 1_700_010_000_000 }],
    ['a setting of the group', /the request, the group or the deployment config says\. Nothing/, () => update({ autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } })],
    ['a parameter of the group', /the request, the group or the deployment config says\. Nothing/, () => update({ parameters: [{ name: 'COLOUR', value: 'red' }] })],
    ['a secret of the group', /the request, the group or the deployment config says\. Nothing/, () => c.call(registry.putGroupSecret, { applicationName: 'web', deploymentGroupName: 'blue', name: 'PASSWORD', secretValue: 'secret' })],
    ['whether an approval is wanted', /the request, the group or the deployment config says\. Nothing/, () => update({ approval: { required: true } })],
    ['the alarms of the group', /the request, the group or the deployment config says\. Nothing/, () => update({ alarmConfiguration: { enabled: true, alarms: [{ name: 'errors' }] } })],
    ['the deployment config', /the request, the group or the deployment config says.*Nothing/, () => update({ deploymentConfigName: 'CodeDeployDefault.AllAtOnce' })],
    ['who is in the group', /the targets, how they stand, or their order\. Nothing/, () => anInstance(c, 'web-9')],
    ['the windows', /the windows or freezes, or whether they hold it\. Nothing/, () => update(windows(new Date(c.now).getUTCMinutes()))],
    ['the freezes', /the windows or freezes, or whether they hold it\. Nothing/, () => c.call(registry.createFreeze, { freezeName: 'winter', reason: 'down' })],
    ['that it overrides them', /the windows or freezes, or whether they hold it\. Nothing/, async () => undefined, { calendarOverrideReason: 'urgent' }],
    ['who comes before it', /the deployments of the group that come before it.*Nothing/, () => aDeployment(c, { scheduledAt: c.now + 2 * hourMs })],
  ];
  for (const [what, says, change, over] of changes) {
    it(`gives an index that is refused, before anything is written, once this has changed: ${what}`, async () => {
      await fleet(3);
      const { planIndex } = await plan();
      await change();
      const before = await dump();
      assert.match(await refusal(planIndex, over), says);
      assert.equal(await dump(), before);
      await apply((await plan(over)).planIndex, over);
    });
  }

  it('gives an index that is refused once a deployment has succeeded meanwhile: the targets stand otherwise', async () => {
    await fleet(3);
    const { planIndex } = await plan();
    await end(c, await aDeployment(c), 'Succeeded');
    assert.match(await refusal(planIndex), /the targets, how they stand, or their order; the deployments of the group that come before it/);
  });

  it('gives an index that is refused once a freeze that it did not show has begun by itself', async () => {
    await fleet(1);
    await c.call(registry.createFreeze, { freezeName: 'winter', reason: 'down', startsAt: c.now + 60_000 });
    const { planIndex, waitingOn } = await plan();
    assert.deepEqual(waitingOn, []);
    c.now += 60_000;
    assert.match(await refusal(planIndex), /whether they hold it/);
  });

  it('gives an index that expires, and is of no use for another group', async () => {
    await fleet(1);
    await aGroup(c, { deploymentGroupName: 'green' });
    const { planIndex } = await plan();
    assert.match(await refusal(planIndex, { deploymentGroupName: 'green' }), /the request, the group/);
    c.now += hourMs;
    assert.match(await refusal(planIndex), /The plan was good until 2023-/);
  });

  it('gives an index that is refused whole where a part is missing or strange', async () => {
    await fleet(1);
    const { planIndex } = await plan();
    for (const strange of ['plan', 'plan1', planIndex.slice(0, -1), `${planIndex}-0`, planIndex.replace('plan1', 'plan2'), planIndex.toUpperCase(), `${planIndex} `]) {
      await c.refused(registry.createDeployment, { ...base, planIndex: strange }, 'InvalidPlanIndexException');
    }
  });
});
