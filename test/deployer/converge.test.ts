// Late instances and the follow-on deployments that bring them to their group's revision, over a real store.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { makeConverger, type Converger } from '../../server/deployer/converge.ts';
import { loadDeploymentInfo } from '../../server/operations/deployment-info.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';
import { aController, aDeployment, aGroup, anInstance, anUpload, end, type TestController } from '../operations/a-controller.ts';

describe('convergence', () => {
  let c: TestController;
  let converger: Converger;
  const written: string[] = [];
  beforeEach(async () => {
    c = await aController();
    written.length = 0;
    const clock = { now: () => c.now, after: () => ({ cancel() {} }) };
    converger = makeConverger({
      store: c.store,
      world: { ...c.services.world, clock, log: silentLog } as unknown as World,
      lookEveryMs: 15_000,
      isConnected: (instanceId) => c.connected.has(instanceId),
      wake: (deploymentId) => written.push(deploymentId),
    });
  });
  afterEach(async () => {
    await converger.close();
    await c.close();
  });

  async function connect(name: string, tags?: { Key: string; Value: string }[]): Promise<string> {
    const id = await anInstance(c, name, tags);
    c.connected.add(id);
    c.now += 1000;
    return id;
  }
  /** A group whose first instance runs its revision. */
  async function converged(over: Parameters<typeof aGroup>[1] = {}): Promise<string> {
    await aGroup(c, { convergence: { enabled: true }, deploymentConfigName: 'CodeDeployDefault.HalfAtATime', ...over });
    await connect('first');
    const root = await aDeployment(c);
    await end(c, root, 'Succeeded');
    return root;
  }
  /** What one look writes. */
  async function look(): Promise<readonly string[]> {
    written.length = 0;
    await converger.look();
    return [...written];
  }
  const targetsOf = async (deploymentId: string) => (await c.store.db.selectFrom('targets').select('target_id').where('deployment_id', '=', deploymentId).orderBy('target_id').execute()).map((row) => row.target_id);
  const rowOf = (deploymentId: string) => c.store.db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
  const states = async () => {
    const { instances } = await c.call(registry.explainDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
    return Object.fromEntries(instances.map(({ instanceName, state }) => [instanceName, state.reason]));
  };

  it('is off for groups that have not opted in', async () => {
    await converged({ convergence: { enabled: false } });
    await connect('late');
    assert.deepEqual(await look(), []);
    assert.deepEqual(await states(), {});
  });

  it('brings several newcomers to the revision in one deployment, by creator autoscaling, which names its root and is named by it', async () => {
    const root = await converged();
    await connect('late-1');
    await connect('late-2');
    const [followOn, ...more] = await look();
    assert.deepEqual(more, []);
    assert.deepEqual(await targetsOf(followOn!), ['late-1', 'late-2']);
    const info = await loadDeploymentInfo(c.store.db, followOn!);
    assert.equal(info?.creator, 'autoscaling');
    assert.deepEqual(info?.relatedDeployments, { autoUpdateOutdatedInstancesRootDeploymentId: root });
    assert.deepEqual((await loadDeploymentInfo(c.store.db, root))?.relatedDeployments, { autoUpdateOutdatedInstancesDeploymentIds: [followOn] });
    assert.equal((await rowOf(followOn!)).minimum_healthy_hosts, 0);
    assert.deepEqual(await look(), [], 'nothing is begun beside it');
  });

  it('brings outdated instances up to date by creator CodeDeployAutoUpdate, and follow-ons of a follow-on keep the root', async () => {
    await converged();
    const id = await connect('late');
    const [first] = await look();
    await end(c, first!, 'Succeeded');
    // It was away while the group moved on.
    await c.store.db.updateTable('instances').set({ deregistered_at: c.now }).where('instance_id', '=', id).execute();
    const root = await aDeployment(c, { revision: await anUpload(c, 'web/v2.zip') });
    await end(c, root, 'Succeeded');
    await c.store.db.updateTable('instances').set({ deregistered_at: null }).where('instance_id', '=', id).execute();
    c.now += 1000;
    const [second] = await look();
    assert.deepEqual([(await rowOf(second!)).creator, await targetsOf(second!)], ['CodeDeployAutoUpdate', ['late']]);
    await end(c, second!, 'Succeeded');
    await connect('later');
    const [third] = await look();
    assert.equal((await rowOf(third!)).root_deployment_id, root);
  });

  it('takes an instance that is re-tagged into the group', async () => {
    await converged();
    await connect('other', [{ Key: 'Env', Value: 'test' }]);
    assert.deepEqual(await look(), []);
    await c.call(registry.tagInstance, { instanceName: 'other', tags: [{ Key: 'Env', Value: 'prod' }] });
    assert.equal(c.lateLooks, 1, 'the change of tags asks for a look');
    const [followOn] = await look();
    assert.deepEqual(await targetsOf(followOn!), ['other']);
  });

  it('holds an instance that failed as often as it may, and says so', async () => {
    await converged({ convergence: { enabled: true, maxAttempts: 2 } });
    await connect('late');
    for (const attempt of [1, 2]) {
      const [followOn] = await look();
      await c.store.db.updateTable('targets').set({ last_updated_at: c.now }).where('deployment_id', '=', followOn!).execute();
      await end(c, followOn!, 'Failed');
      assert.deepEqual(await states(), { first: 'Current', late: attempt === 1 ? 'RetryLater' : 'FailedTooOften' });
      c.now += 10 * 60_000;
    }
    assert.deepEqual(await look(), []);
  });

  it('leaves instances as an unsuccessful newer deployment left them', async () => {
    await converged();
    c.now += 1000;
    const bad = await aDeployment(c, { revision: await anUpload(c, 'web/bad.zip') });
    await end(c, bad, 'Failed');
    assert.deepEqual(await look(), []);
    assert.deepEqual(await states(), { first: 'LeftByDeployment' });
  });

  it('gives way to a deployment that somebody asks for, which waits for it to stop', async () => {
    await converged();
    await connect('late');
    const [followOn] = await look();
    c.now += 1000;
    const asked = await aDeployment(c, { revision: await anUpload(c, 'web/v2.zip') });
    const { stop_requested_at: stoppedAt, stop_rollback: rollback } = await rowOf(followOn!);
    assert.deepEqual([stoppedAt !== null, rollback], [true, 0]);
    assert.ok(c.woken.includes(followOn!) && c.woken.includes(asked));
    await c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: await anUpload(c, 'web/v3.zip') }, 'DeploymentLimitExceededException');
  });
});
