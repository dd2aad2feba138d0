import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { mostApplications } from '../../server/operations/create-application.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, type TestController } from './a-controller.ts';

describe('applications', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('get a UUID and are read back for the Server platform, without ARN and tags', async () => {
    const { applicationId } = await c.call(registry.createApplication, { applicationName: 'web', tags: [{ Key: 'Team', Value: 'a' }] });
    assert.match(applicationId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(await c.call(registry.getApplication, { applicationName: 'web' }), {
      application: { applicationId, applicationName: 'web', createTime: c.now, linkedToGitHub: false, computePlatform: 'Server' },
    });
  });

  it('keep the tags they are created with', async () => {
    await c.call(registry.createApplication, { applicationName: 'web', tags: [{ Key: 'Team', Value: 'a' }, { Key: 'Empty' }] });
    const row = await c.store.db.selectFrom('applications').select('tags').executeTakeFirstOrThrow();
    assert.deepEqual(JSON.parse(row.tags), [{ Key: 'Team', Value: 'a' }, { Key: 'Empty', Value: '' }]);
  });

  it('are refused for a taken, missing, empty or impossible name', async () => {
    await anApplication(c);
    const { message } = await c.refused(registry.createApplication, { applicationName: 'web' }, 'ApplicationAlreadyExistsException');
    assert.match(message, /web/);
    await c.refused(registry.createApplication, {}, 'ApplicationNameRequiredException');
    await c.refused(registry.createApplication, { applicationName: null }, 'ApplicationNameRequiredException');
    await c.refused(registry.createApplication, { applicationName: '' }, 'ApplicationNameRequiredException');
    await c.refused(registry.createApplication, { applicationName: 'a b' }, 'InvalidApplicationNameException');
    await c.refused(registry.createApplication, { applicationName: 'x'.repeat(101) }, 'InvalidApplicationNameException');
    assert.deepEqual(await c.call(registry.listApplications, {}), { applications: ['web'] });
  });

  it('may have names of 100 characters of the whole alphabet', async () => {
    const applicationName = `.+_=,@-${'x'.repeat(93)}`;
    await anApplication(c, applicationName);
    assert.equal((await c.call(registry.getApplication, { applicationName })).application.applicationName, applicationName);
  });

  it('are refused for Lambda, ECS and unknown platforms', async () => {
    for (const computePlatform of ['Lambda', 'ECS', 'Mainframe']) {
      await c.refused(registry.createApplication, { applicationName: 'f', computePlatform }, 'InvalidComputePlatformException');
    }
    await c.call(registry.createApplication, { applicationName: 'f', computePlatform: 'Server' });
  });

  it('are refused with tags that cannot be kept', async () => {
    for (const tags of [[{ Value: 'v' }], [{ Key: '' }], [{ Key: 'a' }, { Key: 'a' }], [{ Key: 'k'.repeat(129) }], [{ Key: 'k', Value: 'v'.repeat(257) }], Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}` }))]) {
      await c.refused(registry.createApplication, { applicationName: 'web', tags }, 'InvalidTagsToAddException');
    }
    assert.deepEqual((await c.call(registry.listApplications, {})).applications, []);
  });

  it('are at most a thousand, listed in pages of a hundred by name', async () => {
    await c.store.db
      .insertInto('applications')
      .values(Array.from({ length: mostApplications }, (_, i) => ({ application_id: `${i}`, name: `app${String(i).padStart(4, '0')}`, created_at: 1, tags: '[]' })))
      .execute();
    await c.refused(registry.createApplication, { applicationName: 'one-more' }, 'ApplicationLimitExceededException');
    const names: string[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const page: { applications: string[]; nextToken?: string } = await c.call(registry.listApplications, nextToken === undefined ? {} : { nextToken });
      names.push(...page.applications);
      ({ nextToken } = page);
      pages += 1;
    } while (nextToken !== undefined);
    assert.deepEqual([names.length, new Set(names).size, pages], [mostApplications, mostApplications, 10]);
  });

  it('are listed only with a token of their own list', async () => {
    for (const nextToken of ['nonsense', 'bm9uc2Vuc2U', Buffer.from('["x","web"]').toString('base64url')]) {
      await c.refused(registry.listApplications, { nextToken }, 'InvalidNextTokenException');
    }
    assert.deepEqual(await c.call(registry.listApplications, { nextToken: '' }), { applications: [] });
  });

  it('that are unknown are named in the refusal', async () => {
    const { message } = await c.refused(registry.getApplication, { applicationName: 'nope' }, 'ApplicationDoesNotExistException');
    assert.equal(message, 'No application found for name: nope');
  });

  it('are answered together in the order asked, and one unknown name fails the whole call', async () => {
    await anApplication(c, 'a');
    await anApplication(c, 'b');
    const { applicationsInfo } = await c.call(registry.batchGetApplications, { applicationNames: ['b', 'a', 'b'] });
    assert.deepEqual(applicationsInfo.map((info) => info.applicationName), ['b', 'a']);
    const { message } = await c.refused(registry.batchGetApplications, { applicationNames: ['a', 'x', 'y'] }, 'ApplicationDoesNotExistException');
    assert.match(message, /^Applications not found for x, y$/);
    await c.refused(registry.batchGetApplications, { applicationNames: [] }, 'ApplicationNameRequiredException');
    await c.refused(registry.batchGetApplications, { applicationNames: Array.from({ length: 101 }, () => 'a') }, 'BatchLimitExceededException');
    await c.refused(registry.batchGetApplications, { applicationNames: ['a b'] }, 'InvalidApplicationNameException');
  });

  it('keep id, groups and deployments when renamed', async () => {
    await anInstance(c, 'web1');
    const groupId = await aGroup(c);
    const deploymentId = await aDeployment(c);
    const before = await c.call(registry.getApplication, { applicationName: 'web' });
    await c.call(registry.updateApplication, { applicationName: 'web', newApplicationName: 'shop' });
    const after = await c.call(registry.getApplication, { applicationName: 'shop' });
    assert.deepEqual(after.application, { ...before.application, applicationName: 'shop' });
    const { deploymentGroupInfo } = await c.call(registry.getDeploymentGroup, { applicationName: 'shop', deploymentGroupName: 'blue' });
    assert.deepEqual([deploymentGroupInfo.deploymentGroupId, deploymentGroupInfo.applicationName], [groupId, 'shop']);
    assert.equal((await c.call(registry.getDeployment, { deploymentId })).deploymentInfo.applicationName, 'shop');
    await c.refused(registry.getApplication, { applicationName: 'web' }, 'ApplicationDoesNotExistException');
  });

  it('are not renamed to a taken name, nor without names', async () => {
    await anApplication(c, 'a');
    await anApplication(c, 'b');
    await c.refused(registry.updateApplication, { applicationName: 'a', newApplicationName: 'b' }, 'ApplicationAlreadyExistsException');
    await c.refused(registry.updateApplication, { applicationName: 'x', newApplicationName: 'y' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.updateApplication, { applicationName: 'a', newApplicationName: 'a b' }, 'InvalidApplicationNameException');
    await c.refused(registry.updateApplication, { applicationName: 'a' }, 'ApplicationNameRequiredException');
    await c.refused(registry.updateApplication, {}, 'ApplicationNameRequiredException');
    assert.equal(await c.call(registry.updateApplication, { applicationName: 'a', newApplicationName: 'a' }), null);
  });

  it('take groups, revisions and deployments along when deleted; deleting again is no error; the name comes back with another id', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    const old = (await c.call(registry.getApplication, { applicationName: 'web' })).application.applicationId;
    assert.equal(await c.call(registry.deleteApplication, { applicationName: 'web' }), null);
    assert.equal(await c.call(registry.deleteApplication, { applicationName: 'web' }), null);
    await c.refused(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.getDeployment, { deploymentId }, 'DeploymentDoesNotExistException');
    assert.notEqual(await anApplication(c), old);
    assert.deepEqual((await c.call(registry.listApplicationRevisions, { applicationName: 'web' })).revisions, []);
    assert.deepEqual((await c.call(registry.listDeploymentGroups, { applicationName: 'web' })).deploymentGroups, []);
    await c.refused(registry.deleteApplication, { applicationName: '' }, 'ApplicationNameRequiredException');
    await c.refused(registry.deleteApplication, { applicationName: '*' }, 'InvalidApplicationNameException');
  });
});
