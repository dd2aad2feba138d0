// The same access at every door of a whole server: both faces, uploads, streams; and what a revocation ends.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { CodeDeployClient, CreateApplicationCommand, ListApplicationsCommand } from '@aws-sdk/client-codedeploy';
import type { Client } from '../../cli/client.ts';
import { registry } from '../../protocol/operations/registry.ts';
import type { Role } from '../../protocol/model/access-key.ts';
import { bundleTar } from '../revisions/origin.ts';
import { aWholeServer, type WholeServer } from './a-whole-server.ts';

describe('the doors of a whole server', () => {
  let server: WholeServer;
  const deployments: Record<string, string> = {};
  before(async () => {
    server = await aWholeServer();
    const { administrator } = server;
    await administrator.call(registry.registerOnPremisesInstance, { instanceName: 'one', iamUserArn: 'arn:aws:iam::123456789012:user/one' });
    await administrator.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['one'], tags: [{ Key: 'Env', Value: 'prod' }] });
    for (const applicationName of ['web', 'api']) {
      await administrator.call(registry.createApplication, { applicationName });
      await administrator.call(registry.createDeploymentGroup, { applicationName, deploymentGroupName: 'blue', serviceRoleArn: 'arn:aws:iam::123456789012:role/deploy', onPremisesInstanceTagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' }] });
      const { revision } = await upload(administrator, applicationName, null);
      deployments[applicationName] = (await administrator.call(registry.createDeployment, { applicationName, deploymentGroupName: 'blue', deploymentConfigName: 'CodeDeployDefault.AllAtOnce', revision })).deploymentId;
    }
  });
  after(() => server[Symbol.asyncDispose]());

  const upload = (client: Client, applicationName: string, key: string | null) =>
    client.upload({ applicationName, bundleType: 'tar', key, body: (async function* () { yield bundleTar(); })() });
  const keyOf = async (role: Role, ...applications: string[]) => {
    const key = await server.administrator.call(registry.createAccessKey, { role, applications });
    return { key, client: server.clientOf(key) };
  };
  const refusesAccess = (promise: Promise<unknown>): Promise<void> => assert.rejects(promise, { code: 'AccessDeniedException' });
  const refusesKey = (promise: Promise<unknown>): Promise<void> => assert.rejects(promise, { code: 'UnrecognizedClientException' });

  it('give a deployer of one application that application, and nothing of others', async () => {
    const { client } = await keyOf('deployer', 'web');
    assert.deepEqual(await client.call(registry.listApplications, {}), { applications: ['web'] });
    await client.call(registry.explainDeployment, { deploymentId: deployments['web']! });
    await refusesAccess(client.call(registry.explainDeployment, { deploymentId: deployments['api']! }));
    await refusesAccess(client.call(registry.getDeploymentLogs, { deploymentId: deployments['api']! }));
    await refusesAccess(client.call(registry.deleteApplication, { applicationName: 'web' }));
    await refusesAccess(client.call(registry.createEnrollmentToken, {}));
    await refusesAccess(client.call(registry.listInstances, {}));
  });

  it('say the same to an AWS client, who signs', async () => {
    const { key } = await keyOf('viewer', 'web');
    const sdk = new CodeDeployClient({ endpoint: server.url, region: 'us-east-1', credentials: key, maxAttempts: 1 });
    assert.deepEqual((await sdk.send(new ListApplicationsCommand({}))).applications, ['web']);
    await assert.rejects(sdk.send(new CreateApplicationCommand({ applicationName: 'web' })), { name: 'AccessDeniedException' });
    sdk.destroy();
  });

  it('take uploads of deployers below their applications’ names alone', async () => {
    const { client } = await keyOf('deployer', 'web');
    assert.match((await upload(client, 'web', null)).key, /^web\//);
    assert.equal((await upload(client, 'web', 'web/v2.tar')).key, 'web/v2.tar');
    await refusesAccess(upload(client, 'api', null));
    await refusesAccess(upload(client, 'web', 'api/v1.tar'));
    await refusesAccess(upload(client, 'web', 'v1.tar'));
    await refusesAccess(upload((await keyOf('viewer', 'web')).client, 'web', null));
    assert.equal((await upload((await keyOf('deployer')).client, 'web', 'anywhere.tar')).key, 'anywhere.tar');
  });

  it('refuse streams of other applications', async () => {
    const { client } = await keyOf('viewer', 'web');
    const first = (stream: AsyncIterable<unknown>) => stream[Symbol.asyncIterator]().next();
    await refusesAccess(first(client.watch(deployments['api']!, AbortSignal.timeout(5000))));
    await refusesAccess(first(client.followLogs({ deploymentId: deployments['api']! }, AbortSignal.timeout(5000))));
  });

  it('let a revoked key do nothing any more, and end its open streams at once, saying why', async () => {
    const { key, client } = await keyOf('viewer', 'web');
    const stream = client.watch(deployments['web']!, AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    assert.equal((await stream.next()).done, false);
    await server.administrator.call(registry.revokeAccessKey, { accessKeyId: key.accessKeyId });
    const began = performance.now();
    await refusesKey((async () => { for (;;) if ((await stream.next()).done === true) return; })());
    assert.ok(performance.now() - began < 1000);
    await refusesKey(client.call(registry.listApplications, {}));
  });

  it('end the streams of a key whose scope has changed', async () => {
    const { key, client } = await keyOf('viewer', 'web');
    const stream = client.watch(deployments['web']!, AbortSignal.timeout(10_000))[Symbol.asyncIterator]();
    assert.equal((await stream.next()).done, false);
    await server.administrator.call(registry.updateAccessKey, { accessKeyId: key.accessKeyId, applications: ['api'] });
    await refusesAccess((async () => { for (;;) if ((await stream.next()).done === true) return; })());
  });

  it('show when a key was last used', async () => {
    const { key, client } = await keyOf('viewer');
    await client.call(registry.listApplications, {});
    const { accessKeys } = await server.administrator.call(registry.listAccessKeys, {});
    const used = accessKeys.find((one) => one.accessKeyId === key.accessKeyId)?.lastUsedAt;
    assert.ok(used !== undefined && Math.abs(Date.now() - used) < 60_000);
  });
});
