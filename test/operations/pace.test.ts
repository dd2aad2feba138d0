// What a config and a group say of the pace is frozen with a deployment: zones or steps, places, patience.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { loadSnapshot } from '../../server/deployer/load-snapshot.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { aController, aDeployment, aGroup, anInstance, end, type TestController } from './a-controller.ts';

const limits = { eventStartMs: 1, eventMs: 2, deploymentMs: 1000 };

describe('the pace of a deployment', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  async function snapshotOf(deploymentId: string): Promise<Snapshot> {
    const loaded = await c.store.transaction((tx) => loadSnapshot(tx, deploymentId, c.now, { limits, listeningSince: 5, isConnected: () => true }));
    return loaded!.snapshot;
  }
  const prod = (...tags: readonly (readonly [string, string])[]) => [['Env', 'prod'] as const, ...tags].map(([Key, Value]) => ({ Key, Value }));
  const inZone = (name: string, zone: string) => c.store.db.updateTable('instances').set({ zone }).where('name', '=', name).execute();
  const config = (members: object) => c.call(registry.createDeploymentConfig, { deploymentConfigName: 'paced', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 }, ...members });

  it('takes the zones that agents report, as they were when it was created', async () => {
    await config({ zonalConfig: { monitorDurationInSeconds: 60, firstZoneMonitorDurationInSeconds: 90, minimumHealthyHostsPerZone: { type: 'FLEET_PERCENT', value: 50 } } });
    await aGroup(c, { deploymentConfigName: 'paced' });
    for (const [name, zone] of [['one', 'b'], ['two', 'a'], ['three', 'b']] as const) {
      await anInstance(c, name);
      await inZone(name, zone);
    }
    await anInstance(c, 'four');
    const deploymentId = await aDeployment(c);
    await inZone('two', 'b');
    const { deployment, targets, limits: own } = await snapshotOf(deploymentId);
    assert.deepEqual(deployment.stages?.map(({ kind, name, bakeMs, minimumHealthyHosts }) => [kind, name, bakeMs, minimumHealthyHosts]), [['zone', 'a', 90_000, 1], ['zone', 'b', 60_000, 1], ['zone', 'no zone', 0, 1]]);
    assert.deepEqual(Object.fromEntries(targets.map(({ targetId, stage }) => [targetId, stage])), { one: 1, two: 0, three: 1, four: 2 });
    assert.equal(own.deploymentMs, 151_000, 'the time that zones are watched for is not the deployment\'s own');
  });

  it('takes zones from the tag that the group names', async () => {
    await config({ zonalConfig: {} });
    await aGroup(c, { deploymentConfigName: 'paced', zoneTagKey: 'rack' });
    await anInstance(c, 'one', prod(['rack', 'r2']));
    await anInstance(c, 'two', prod(['rack', 'r1']));
    await inZone('one', 'reported');
    const { deployment } = await snapshotOf(await aDeployment(c));
    assert.deepEqual(deployment.stages?.map(({ name }) => name), ['r1', 'r2']);
  });

  it('divides by a ramp in the order by tag that the group names', async () => {
    await config({ ramp: { steps: [{ hosts: '1' }, { hosts: '50%', bakeSeconds: 1, maxFailures: 2 }, { hosts: '100%' }], bakeSeconds: 30 } });
    await aGroup(c, { deploymentConfigName: 'paced', targetOrder: [{ tagKey: 'role', values: ['canary', '*', 'leader'] }] });
    await anInstance(c, 'last', prod(['role', 'leader']));
    await anInstance(c, 'middle', prod(['role', 'whatever']));
    await anInstance(c, 'untagged', prod());
    await anInstance(c, 'first', prod(['role', 'canary']));
    const { deployment, targets } = await snapshotOf(await aDeployment(c));
    assert.deepEqual(Object.fromEntries(targets.map(({ targetId, rank }) => [targetId, rank])), { last: 2, middle: 1, untagged: 1, first: 0 });
    assert.deepEqual(deployment.stages?.map(({ name, bakeMs, mayFail }) => [name, bakeMs, mayFail]), [['1', 30_000, 0], ['50%', 1_000, 2], ['100%', 30_000, null]]);
    assert.equal(targets.find(({ stage }) => stage === 0)?.targetId, 'first');
  });

  it('demands every target where its config does', async () => {
    await config({ requireEveryTarget: true });
    await aGroup(c, { deploymentConfigName: 'paced' });
    await anInstance(c, 'one');
    assert.equal((await snapshotOf(await aDeployment(c))).deployment.mayFail, 0);
  });

  it('has the patience of its group as it was then, and CodeDeploy\'s where that says nothing', async () => {
    await aGroup(c, { timeouts: { silenceSeconds: 60, eventSeconds: 900 } });
    await anInstance(c, 'one');
    const deploymentId = await aDeployment(c);
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', timeouts: {} });
    const snapshot = await snapshotOf(deploymentId);
    assert.deepEqual(snapshot.limits, { eventStartMs: 1, eventMs: 900_000, silenceMs: 60_000, deploymentMs: 1000 });
    assert.equal(snapshot.listeningSince, 5);
  });

  it('is none for a fleet that nobody divides', async () => {
    await aGroup(c);
    await anInstance(c, 'one');
    const { deployment, limits: own } = await snapshotOf(await aDeployment(c));
    assert.deepEqual([deployment.stages, deployment.mayFail, own], [[], null, limits]);
  });
});

describe('a group\'s order, zones and patience', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const group = async () => (await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' })).deploymentGroupInfo;
  const update = (members: object) => c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', ...members });

  it('are read back, kept by an update that does not name them, and cleared by an empty one', async () => {
    const members = { zoneTagKey: 'rack', targetOrder: [{ tagKey: 'role', values: ['a', 'b'] }], timeouts: { silenceSeconds: 60 } };
    await aGroup(c, members);
    await update({ outdatedInstancesStrategy: 'IGNORE' });
    const { zoneTagKey, targetOrder, timeouts } = await group();
    assert.deepEqual({ zoneTagKey, targetOrder, timeouts }, members);
    await update({ zoneTagKey: '', targetOrder: [], timeouts: {} });
    for (const member of Object.keys(members)) assert.ok(!(member in (await group())), member);
  });

  it('are not there in a group that does not name them', async () => {
    await aGroup(c);
    for (const member of ['zoneTagKey', 'targetOrder', 'timeouts']) assert.ok(!(member in (await group())), member);
  });

  it('that cannot be meant are refused', async () => {
    await aGroup(c);
    const wrong = [{ targetOrder: [{ tagKey: '', values: ['a'] }] }, { targetOrder: [{ tagKey: 'a', values: [] }] }, { targetOrder: [{ tagKey: 'a', values: ['x', 'x'] }] }, { timeouts: { silenceSeconds: 14 } }, { timeouts: { eventSeconds: 28_801 } }, { timeouts: { eventStartSeconds: 4 } }, { zoneTagKey: 'k'.repeat(129) }];
    for (const members of wrong) await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', ...members }, 'InvalidInputException');
  });
});

describe('updateOutdatedInstancesOnly', () => {
  it('counts just the instances whose revision is not the requested one, failed ones and newcomers included', async () => {
    const c = await aController();
    await aGroup(c);
    for (const name of ['one', 'two', 'three']) await anInstance(c, name);
    const first = await aDeployment(c);
    await end(c, first, 'Succeeded');
    const three = await c.store.db.selectFrom('instances').select('instance_id').where('name', '=', 'three').executeTakeFirstOrThrow();
    await c.store.db.updateTable('group_instances').set({ is_healthy: 0, location_key: null }).where('instance_id', '=', three.instance_id).execute();
    await anInstance(c, 'new');
    const again = await aDeployment(c, { updateOutdatedInstancesOnly: true, deploymentConfigName: 'CodeDeployDefault.HalfAtATime' });
    const { targetIds } = await c.call(registry.listDeploymentTargets, { deploymentId: again }).catch(() => ({ targetIds: null }));
    const rows = await c.store.db.selectFrom('targets').select('target_id').where('deployment_id', '=', again).orderBy('target_id').execute();
    assert.deepEqual(rows.map((row) => row.target_id), ['new', 'three']);
    assert.equal(targetIds, null, 'before it starts nobody lists its targets');
    const row = await c.store.db.selectFrom('deployments').select('minimum_healthy_hosts').where('deployment_id', '=', again).executeTakeFirstOrThrow();
    assert.equal(row.minimum_healthy_hosts, 1, 'half of the two');
    await c.close();
  });
});
