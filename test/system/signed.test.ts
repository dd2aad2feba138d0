// An owner's key from `fairlead key create` through push, controller and session to a host that requires it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getDeploymentTarget } from '../../protocol/operations/get-deployment-target.ts';
import { listDeploymentTargets } from '../../protocol/operations/list-deployment-targets.ts';
import { pushFolder } from '../../cli/push-folder.ts';
import { createSigningKey, signFor } from '../../cli/sign-bundle.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { tar } from '../agent/bundle/tar-bytes.ts';
import { anOrigin, serving } from '../revisions/origin.ts';
import { RealFleet, bundleFolder } from './real-fleet.ts';

describe('a host that requires signatures, with a real controller', function () {
  this.timeout(120_000);
  const { key } = createSigningKey();
  let fleet: RealFleet;
  let scratch = '';

  before(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-signed-')));
    fleet = await RealFleet.start(['web-1'], `policy:\n  required_signature_keys: ['${key.publicText}']\n  allowed_sources: [upload, url]\n  allowed_destinations: [/srv]\n`, 'url: {}\n');
    await fleet.client.call(createApplication, { applicationName: 'shop' });
    await fleet.client.call(createDeploymentGroup, {
      applicationName: 'shop',
      deploymentGroupName: 'fleet',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/none',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true });
  });

  /** Pushes a version and deploys it; its end, and what the host said of DownloadBundle. */
  async function deploy(version: string, counter: number | null): Promise<{ readonly status: string; readonly said: string }> {
    const folder = await bundleFolder(join(scratch, version), { 'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: app.txt\n    destination: /srv/shop\n', 'app.txt': version });
    const rooms = { checkAppSpec: async (bytes: Uint8Array) => parseAppSpecBytes(bytes) };
    const around = { env: {}, rooms, readFile: async (path: string) => { try { return readFileSync(path); } catch { return null; } }, readStdin: async () => '' };
    const signing = counter === null ? {} : { signing: { key, createdAt: Date.now(), expiresAt: null, counter } };
    const request = { folder, applicationName: 'shop', bundleType: 'tgz' as const, key: null, description: null, createsApplication: false, ...signing };
    const { revision } = await pushFolder(request, fleet.client, around as unknown as Parameters<typeof pushFolder>[2], () => undefined);
    const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'shop', deploymentGroupName: 'fleet', revision, deploymentConfigName: 'CodeDeployDefault.AllAtOnce', fileExistsBehavior: 'OVERWRITE' });
    const status = await fleet.ended(deploymentId);
    const { targetIds } = await fleet.client.call(listDeploymentTargets, { deploymentId });
    const { deploymentTarget } = await fleet.client.call(getDeploymentTarget, { deploymentId, targetId: targetIds![0]! });
    return { status, said: JSON.stringify(deploymentTarget) };
  }

  it('runs what its owner signed, and refuses what is unsigned or older', async () => {
    const installed = () => readFileSync(join(fleet.rootOf('web-1'), 'srv/shop/app.txt'), 'utf8');
    assert.equal((await deploy('v2', 2)).status, 'Succeeded', fleet.outputOf('web-1'));
    assert.equal(installed(), 'v2');
    const unsigned = await deploy('v3', null);
    assert.equal(unsigned.status, 'Failed');
    assert.match(unsigned.said, /required_signature_keys in .*agent\.yml\): the bundle is not signed/);
    const older = await deploy('v1', 1);
    assert.equal(older.status, 'Failed');
    assert.match(older.said, /counter is 1, but 2 was accepted/);
    assert.equal(installed(), 'v2');
    assert.equal((await deploy('v4', 4)).status, 'Succeeded');
    assert.equal(installed(), 'v4');
  });

  it('runs what the controller fetched from elsewhere once its owner gave a signature with the deployment', async () => {
    const bytes = tar({ name: 'appspec.yml', content: 'version: 0.0\nos: linux\nfiles:\n  - source: app.txt\n    destination: /srv/elsewhere\n' }, { name: 'app.txt', content: 'fetched' });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await using origin = await anOrigin(serving(bytes));
    const revision = { revisionType: 'Url' as const, urlLocation: { url: `${origin.url}/app.tar`, sha256, bundleType: 'tar' as const } };
    const deployed = async (more: { readonly signature?: ReturnType<typeof signFor> }) => {
      const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'shop', deploymentGroupName: 'fleet', revision, deploymentConfigName: 'CodeDeployDefault.AllAtOnce', fileExistsBehavior: 'OVERWRITE', ...more });
      return fleet.ended(deploymentId);
    };
    assert.equal(await deployed({}), 'Failed');
    const signature = signFor('shop', sha256, { key, createdAt: Date.now(), expiresAt: null, counter: 9 });
    assert.equal(await deployed({ signature }), 'Succeeded', fleet.outputOf('web-1'));
    assert.equal(readFileSync(join(fleet.rootOf('web-1'), 'srv/elsewhere/app.txt'), 'utf8'), 'fetched');
  });
});
