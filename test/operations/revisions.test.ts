import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, anUpload, end, gitHub, s3, type TestController } from './a-controller.ts';

describe('revisions', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anApplication(c);
  });
  afterEach(() => c.close());

  const register = (revision: ReturnType<typeof s3> | typeof gitHub, description?: string) =>
    c.call(registry.registerApplicationRevision, { applicationName: 'web', revision, ...(description === undefined ? {} : { description }) });
  const get = (revision: ReturnType<typeof s3> | typeof gitHub) => c.call(registry.getApplicationRevision, { applicationName: 'web', revision });
  const list = async (over: Record<string, unknown> = {}) => {
    const { revisions } = await c.call(registry.listApplicationRevisions, { applicationName: 'web', ...over } as never);
    return revisions.map((revision) => revision.s3Location?.key ?? revision.gitHubLocation?.repository);
  };

  it('are registered with a description and found again', async () => {
    assert.equal(await register(s3('a.zip'), 'first'), null);
    assert.deepEqual(await get(s3('a.zip')), {
      applicationName: 'web',
      revision: s3('a.zip'),
      revisionInfo: { description: 'first', deploymentGroups: [], registerTime: c.now },
    });
    await register(gitHub);
    assert.deepEqual((await get(gitHub)).revisionInfo, { deploymentGroups: [], registerTime: c.now });
  });

  it('are found by their whole location only: version and eTag must be repeated', async () => {
    await register(s3('a.zip', { version: 'v', eTag: 'e' }));
    await get(s3('a.zip', { version: 'v', eTag: 'e' }));
    for (const other of [s3('a.zip'), s3('a.zip', { version: 'v' }), s3('a.zip', { eTag: 'e' }), s3('b.zip', { version: 'v', eTag: 'e' })]) {
      await c.refused(registry.getApplicationRevision, { applicationName: 'web', revision: other }, 'RevisionDoesNotExistException');
    }
  });

  it('are the same with and without quotes around the eTag', async () => {
    await register(s3('a.zip', { eTag: '"dd56"' }));
    assert.equal((await get(s3('a.zip', { eTag: 'dd56' }))).revision.s3Location?.eTag, 'dd56');
    await register(s3('a.zip', { eTag: 'dd56' }), 'again');
    assert.deepEqual(await list(), ['a.zip']);
  });

  it('registered again keep their time and take the new description', async () => {
    await register(s3('a.zip'), 'first');
    const registerTime = c.now;
    c.now += 5;
    await register(s3('a.zip'), 'second');
    await register(s3('a.zip'));
    assert.deepEqual((await get(s3('a.zip'))).revisionInfo, { description: 'second', deploymentGroups: [], registerTime });
  });

  it('that name no usable place are refused', async () => {
    const bad = [
      {},
      { s3Location: { bucket: 'b', key: 'k', bundleType: 'zip' } },
      { revisionType: 'S3' },
      { revisionType: 'S3', s3Location: { key: 'k', bundleType: 'zip' } },
      { revisionType: 'S3', s3Location: { bucket: 'b', key: '', bundleType: 'zip' } },
      { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k' } },
      { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k', bundleType: 'rar' } },
      { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k', bundleType: 'YAML' } },
      { revisionType: 'GitHub', gitHubLocation: { repository: 'nobody', commitId: 'c' } },
      { revisionType: 'GitHub', gitHubLocation: { repository: 'a/b' } },
      { revisionType: 'GitHub' },
      { revisionType: 'String', string: { content: '{}' } },
      { revisionType: 'AppSpecContent', appSpecContent: { content: '{}' } },
      { revisionType: 'Mercurial' },
    ];
    for (const revision of bad) {
      await c.refused(registry.registerApplicationRevision, { applicationName: 'web', revision }, 'InvalidRevisionException');
      await c.refused(registry.getApplicationRevision, { applicationName: 'web', revision }, 'InvalidRevisionException');
    }
    assert.deepEqual(await list(), []);
  });

  it('need an application, a revision and a description of at most 256 characters', async () => {
    await c.refused(registry.registerApplicationRevision, { applicationName: 'x', revision: gitHub }, 'ApplicationDoesNotExistException');
    await c.refused(registry.registerApplicationRevision, { applicationName: 'web' }, 'RevisionRequiredException');
    await c.refused(registry.registerApplicationRevision, { revision: gitHub }, 'ApplicationNameRequiredException');
    await c.refused(registry.registerApplicationRevision, { applicationName: 'web', revision: gitHub, description: 'x'.repeat(257) }, 'DescriptionTooLongException');
    await register(gitHub, 'x'.repeat(256));
  });

  it('are answered together, the unknown ones left out and named', async () => {
    await register(s3('a.zip'));
    await register(gitHub);
    const answer = await c.call(registry.batchGetApplicationRevisions, { applicationName: 'web', revisions: [gitHub, s3('no.zip'), s3('a.zip')] });
    assert.deepEqual(answer.revisions.map((entry) => entry.revisionLocation), [gitHub, s3('a.zip')]);
    assert.match(answer.errorMessage ?? '', /no\.zip/);
    await c.refused(registry.batchGetApplicationRevisions, { applicationName: 'x', revisions: [gitHub] }, 'ApplicationDoesNotExistException');
    await c.refused(registry.batchGetApplicationRevisions, { applicationName: 'web', revisions: [] }, 'RevisionRequiredException');
    await c.refused(registry.batchGetApplicationRevisions, { applicationName: 'web', revisions: [{}] }, 'InvalidRevisionException');
    await c.refused(registry.batchGetApplicationRevisions, { applicationName: 'web', revisions: Array.from({ length: 101 }, () => gitHub) }, 'BatchLimitExceededException');
  });

  it('know when they were used and which groups they are the target of', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const v1 = await anUpload(c, 'v1.zip');
    const v2 = await anUpload(c, 'v2.zip');
    await end(c, await aDeployment(c, { revision: v1 }), 'Succeeded');
    const first = c.now;
    c.now += 10;
    await end(c, await aDeployment(c, { revision: v1 }), 'Succeeded');
    const { revisionInfo } = await get(v1);
    assert.deepEqual([revisionInfo.firstUsedTime, revisionInfo.lastUsedTime, revisionInfo.deploymentGroups], [first, c.now, ['blue']]);
    await end(c, await aDeployment(c, { revision: v2 }), 'Succeeded');
    assert.deepEqual((await get(v1)).revisionInfo.deploymentGroups, []);
    assert.deepEqual(await list({ deployed: 'include' }), ['v2.zip']);
    assert.deepEqual(await list({ deployed: 'exclude' }), ['v1.zip']);
    assert.deepEqual((await list({ deployed: 'ignore' })).length, 2);
  });

  it('deployed without being registered are registered by the deployment', async () => {
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    assert.equal((await get(s3('web/v1.zip'))).revisionInfo.description, `Application revision registered by Deployment ID: ${deploymentId}`);
  });

  it('are sorted and filtered as asked', async () => {
    for (const [index, key] of ['c.zip', 'a/1.zip', 'a/2.zip'].entries()) {
      c.now += index;
      await register(s3(key, index === 0 ? { bucket: 'other' } : {}));
    }
    await register(gitHub);
    assert.deepEqual((await list({ sortBy: 'registerTime', s3Bucket: 'fairlead' })), ['a/1.zip', 'a/2.zip']);
    assert.deepEqual((await list({ sortBy: 'registerTime', sortOrder: 'descending', s3Bucket: 'fairlead', s3KeyPrefix: 'a/' })), ['a/2.zip', 'a/1.zip']);
    assert.deepEqual(await list({ s3Bucket: 'fairlead', s3KeyPrefix: 'A/' }), []);
    assert.equal((await list()).length, 4);
  });

  it('are not listed by a filter that makes no sense', async () => {
    const base = { applicationName: 'web' };
    await c.refused(registry.listApplicationRevisions, { ...base, s3KeyPrefix: 'a' }, 'BucketNameFilterRequiredException');
    await c.refused(registry.listApplicationRevisions, { ...base, s3Bucket: '' }, 'InvalidBucketNameFilterException');
    await c.refused(registry.listApplicationRevisions, { ...base, sortBy: 'size' }, 'InvalidSortByException');
    await c.refused(registry.listApplicationRevisions, { ...base, sortOrder: 'up' }, 'InvalidSortOrderException');
    await c.refused(registry.listApplicationRevisions, { ...base, deployed: 'maybe' }, 'InvalidDeployedStateFilterException');
    await c.refused(registry.listApplicationRevisions, { ...base, nextToken: 'x' }, 'InvalidNextTokenException');
    await c.refused(registry.listApplicationRevisions, { applicationName: 'x' }, 'ApplicationDoesNotExistException');
  });

  it('come in pages whose token fits the same question only', async () => {
    for (let index = 0; index < 101; index += 1) await register(s3(`${index}.zip`));
    const first = await c.call(registry.listApplicationRevisions, { applicationName: 'web' });
    const second = await c.call(registry.listApplicationRevisions, { applicationName: 'web', nextToken: first.nextToken! });
    assert.deepEqual([first.revisions.length, second.revisions.length, second.nextToken], [100, 1, undefined]);
    await c.refused(registry.listApplicationRevisions, { applicationName: 'web', nextToken: first.nextToken, sortOrder: 'descending' }, 'InvalidNextTokenException');
    await anApplication(c, 'other');
    await c.refused(registry.listApplicationRevisions, { applicationName: 'other', nextToken: first.nextToken }, 'InvalidNextTokenException');
  });
});
