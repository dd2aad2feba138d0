import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { aController, aGroup, role, type TestController } from './a-controller.ts';

const application = 'arn:aws:codedeploy:eu-test-1:123456789012:application:web';
const group = 'arn:aws:codedeploy:eu-test-1:123456789012:deploymentgroup:web/blue';

describe('resource tags', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await c.call(registry.createApplication, { applicationName: 'web', tags: [{ Key: 'Team', Value: 'a' }] });
    await aGroup(c, { tags: [{ Key: 'Tier', Value: '1' }, { Key: 'Empty' }] });
  });
  afterEach(() => c.close());

  const tags = async (ResourceArn: string) => (await c.call(registry.listTagsForResource, { ResourceArn })).Tags;

  it('given at creation are listed, in whatever account and region the ARN says', async () => {
    assert.deepEqual(await c.call(registry.listTagsForResource, { ResourceArn: application }), { Tags: [{ Key: 'Team', Value: 'a' }] });
    for (const account of ['', '000000000000', '999999999999']) {
      assert.deepEqual(await tags(`arn:aws:codedeploy:us-east-1:${account}:application:web`), [{ Key: 'Team', Value: 'a' }]);
      assert.deepEqual(await tags(`arn:aws-cn:codedeploy::${account}:deploymentgroup:web/blue`), [{ Key: 'Tier', Value: '1' }, { Key: 'Empty', Value: '' }]);
    }
  });

  it('are added, replaced and removed by key', async () => {
    assert.deepEqual(await c.call(registry.tagResource, { ResourceArn: application, Tags: [{ Key: 'Team', Value: 'b' }, { Key: 'Cost' }] }), {});
    assert.deepEqual(await tags(application), [{ Key: 'Team', Value: 'b' }, { Key: 'Cost', Value: '' }]);
    assert.deepEqual(await c.call(registry.untagResource, { ResourceArn: application, TagKeys: ['Team', 'unknown'] }), {});
    assert.deepEqual(await tags(application), [{ Key: 'Cost', Value: '' }]);
    await c.call(registry.untagResource, { ResourceArn: group, TagKeys: ['Tier', 'Empty'] });
    assert.deepEqual(await tags(group), []);
  });

  it('outlive renames and updates, but not a recreation', async () => {
    await c.call(registry.updateApplication, { applicationName: 'web', newApplicationName: 'site' });
    await c.call(registry.updateDeploymentGroup, { applicationName: 'site', currentDeploymentGroupName: 'blue', newDeploymentGroupName: 'green', serviceRoleArn: role });
    assert.equal((await tags(application.replace(':web', ':site'))).length, 1);
    assert.equal((await tags(group.replace('web/blue', 'site/green'))).length, 2);
    await c.refused(registry.listTagsForResource, { ResourceArn: application }, 'InvalidArnException');
    await c.call(registry.deleteDeploymentGroup, { applicationName: 'site', deploymentGroupName: 'green' });
    await c.call(registry.createDeploymentGroup, { applicationName: 'site', deploymentGroupName: 'green', serviceRoleArn: role });
    assert.deepEqual(await tags(group.replace('web/blue', 'site/green')), []);
  });

  it('change nothing else of a group', async () => {
    const before = await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
    await c.call(registry.tagResource, { ResourceArn: group, Tags: [{ Key: 'x', Value: 'y' }] });
    assert.deepEqual(await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' }), before);
  });

  it('are at most fifty, counted with those there are', async () => {
    const Tags = Array.from({ length: 49 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    await c.call(registry.tagResource, { ResourceArn: application, Tags });
    await c.call(registry.tagResource, { ResourceArn: application, Tags });
    await c.refused(registry.tagResource, { ResourceArn: application, Tags: [{ Key: 'one more', Value: '' }] }, 'InvalidTagsToAddException');
    assert.equal((await tags(application)).length, 50);
  });

  it('are one page', async () => {
    await c.refused(registry.listTagsForResource, { ResourceArn: application, NextToken: 'x' }, 'ValidationException');
    assert.equal((await c.call(registry.listTagsForResource, { ResourceArn: application, NextToken: '' })).Tags.length, 1);
  });
});
