import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { aController, aDeployment, aGroup, anInstance, start, type TestController } from './a-controller.ts';

describe('the deprecated shape of targets', () => {
  let c: TestController;
  let deploymentId: string;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
    await anInstance(c, 'i-0123456789');
    await aGroup(c, { ec2TagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' }] });
    deploymentId = await aDeployment(c);
    await start(c, deploymentId);
  });
  afterEach(() => c.close());

  const ec2Arn = 'arn:aws:ec2:eu-test-1:123456789012:instance/i-0123456789';

  it('lists short ids, and shows ARNs as instance ids', async () => {
    assert.deepEqual(await c.call(registry.listDeploymentInstances, { deploymentId }), { instancesList: ['i-0123456789', 'web1'] });
    const { instanceSummary } = await c.call(registry.getDeploymentInstance, { deploymentId, instanceId: 'i-0123456789' });
    assert.equal(instanceSummary.instanceId, ec2Arn);
    assert.deepEqual(Object.keys(instanceSummary), ['deploymentId', 'instanceId', 'status', 'lastUpdatedAt', 'lifecycleEvents']);
    assert.deepEqual([instanceSummary.deploymentId, instanceSummary.status, instanceSummary.lastUpdatedAt], [deploymentId, 'Pending', c.now]);
    assert.deepEqual(instanceSummary.lifecycleEvents?.[0], { lifecycleEventName: 'ApplicationStop', status: 'Pending' });
  });

  it('finds an instance by name, ARN and suffixed name', async () => {
    const { instanceId: arn = '' } = (await c.call(registry.getDeploymentInstance, { deploymentId, instanceId: 'web1' })).instanceSummary;
    assert.match(arn, /^arn:aws:codedeploy:eu-test-1:123456789012:instance\/web1_[A-Z0-9]{10}$/);
    for (const instanceId of [arn, arn.slice(arn.indexOf('/') + 1)]) {
      assert.equal((await c.call(registry.getDeploymentInstance, { deploymentId, instanceId })).instanceSummary.instanceId, arn);
    }
  });

  it('answers a batch without the unknown, each instance once', async () => {
    const answer = await c.call(registry.batchGetDeploymentInstances, { deploymentId, instanceIds: ['i-0123456789', 'nope', ec2Arn] });
    assert.deepEqual(answer.instancesSummary.map(({ instanceId }) => instanceId), [ec2Arn]);
    assert.match(answer.errorMessage ?? '', /nope/);
    assert.equal('errorMessage' in (await c.call(registry.batchGetDeploymentInstances, { deploymentId, instanceIds: ['web1'] })), false);
  });

  it('narrows the list by status, and knows pages of its own', async () => {
    await c.store.db.updateTable('targets').set({ status: 'Failed' }).where('target_id', '=', 'web1').execute();
    assert.deepEqual((await c.call(registry.listDeploymentInstances, { deploymentId, instanceStatusFilter: ['Failed', 'Skipped'] })).instancesList, ['web1']);
    assert.deepEqual((await c.call(registry.listDeploymentInstances, { deploymentId, instanceStatusFilter: ['Ready'] })).instancesList, []);
    const { db } = c.store;
    const [row] = await db.selectFrom('targets').selectAll().execute();
    await db.insertInto('targets').values(Array.from({ length: 99 }, (_, i) => ({ ...row!, target_id: `x${String(i).padStart(2, '0')}`, arn: `arn:x/${i}`, instance_id: `${i}` }))).execute();
    const first = await c.call(registry.listDeploymentInstances, { deploymentId });
    const second = await c.call(registry.listDeploymentInstances, { deploymentId, nextToken: first.nextToken! });
    assert.deepEqual([first.instancesList.length, second.instancesList.length, second.nextToken], [100, 1, undefined]);
    await c.refused(registry.listDeploymentTargets, { deploymentId, nextToken: first.nextToken }, 'InvalidNextTokenException');
  });
});
