import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createClient } from '../../cli/client.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { decideServerConfig } from '../../server/config.ts';
import { inspectBundle } from '../../server/revisions/inspect-bundle.ts';
import { startServer } from '../../server/server.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import { silentLog } from '../../world/log.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import { sha256Of } from './a-resolving-controller.ts';
import { anOrigin, bundleTar } from './origin.ts';

describe('a controller whose configuration names an S3 service', () => {
  it('answers CreateDeployment while the service is still silent, says what it waits for, and goes on when the bundle is here', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-server-'));
    const bytes = bundleTar();
    let answer = (): void => undefined;
    await using origin = await anOrigin((_request, response) => {
      answer = () => void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
    await writeFile(join(folder, 'secret'), 'a-secret-access-key\n');
    const file = `s3:\n  endpoint: ${origin.url}\n  access-key-id: AKIA\n  secret-access-key-file: ${join(folder, 'secret')}\n`;
    const key = { accessKeyId: 'ADMIN', secretAccessKey: 'administrator-secret' };
    const env = { FAIRLEAD_ADMIN_ACCESS_KEY_ID: key.accessKeyId, FAIRLEAD_ADMIN_SECRET_ACCESS_KEY: key.secretAccessKey };
    const world = { ...makeRealWorld({ level: 'error', folder: null, program: 'test' }), log: silentLog };
    const store = await openSqliteStore(join(folder, 'fairlead.db'));
    try {
      await using server = await startServer(decideServerConfig({ dataDir: folder, listen: '127.0.0.1:0' }, env, file), world, { store, inspect: inspectBundle, tls: null, announceKey: () => undefined });
      const client = createClient({ url: new URL(server.url), ...key, accessKeyOrigin: 'the test' });
      await client.call(registry.createApplication, { applicationName: 'web' });
      await client.call(registry.createDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue', serviceRoleArn: 'arn:aws:iam::123456789012:role/deploy', onPremisesInstanceTagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' }] });
      await client.call(registry.registerOnPremisesInstance, { instanceName: 'one', iamUserArn: 'arn:aws:iam::123456789012:user/one' });
      await client.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['one'], tags: [{ Key: 'Env', Value: 'prod' }] });
      const revision = { revisionType: 'S3' as const, s3Location: { bucket: 'releases', key: 'web.tar', bundleType: 'tar' as const } };
      const { deploymentId } = await client.call(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', deploymentConfigName: 'CodeDeployDefault.AllAtOnce', revision });
      while (origin.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const reasons = async () => (await client.call(registry.explainDeployment, { deploymentId })).waitingOn.map((waiting) => waiting.reason);
      assert.deepEqual(await reasons(), ['ResolvingRevision']);
      answer();
      while ((await reasons()).includes('ResolvingRevision')) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await client.call(registry.getDeployment, { deploymentId })).deploymentInfo.status, 'InProgress');
      const row = await store.db.selectFrom('deployments').select('document').executeTakeFirstOrThrow();
      assert.ok(row.document.includes(sha256Of(bytes)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
