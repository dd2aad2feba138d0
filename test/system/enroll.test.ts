// A new machine joins the fleet by one line, and its tags change while its agent runs: real processes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { createEnrollmentToken } from '../../protocol/operations/create-enrollment-token.ts';
import { listInstances } from '../../protocol/operations/list-instances.ts';
import { revokeInstanceKey } from '../../protocol/operations/revoke-instance-key.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');
interface Ran { readonly status: number; readonly out: string; readonly err: string }

describe('a new machine', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  let config: string;
  let metadata: ReturnType<typeof createServer>;
  let machineTags: Record<string, string>;
  let agent: ReturnType<typeof execFile> | null;

  beforeEach(async () => {
    fleet = await RealFleet.start([]);
    agent = null;
    machineTags = { Name: 'web', role: 'from-the-machine' };
    metadata = createServer((request, response) => {
      if (request.method === 'PUT') return void response.end('token');
      const name = decodeURIComponent(request.url!.slice('/latest/meta-data/tags/instance/'.length));
      response.end(name === '' ? Object.keys(machineTags).join('\n') : machineTags[name]);
    });
    await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
    config = join(fleet.folder, 'web-9.yml');
    await writeFile(config, `data_dir: ${fleet.dataOf('web-9')}\nroot: ${fleet.rootOf('web-9')}\nname: web-9\nec2_tags: true\ntags: { rack: 1 }\n`);
    await mkdir(fleet.rootOf('web-9'), { recursive: true });
    await fleet.client.call(createApplication, { applicationName: 'shop' });
    await fleet.client.call(createDeploymentGroup, { applicationName: 'shop', deploymentGroupName: 'web', serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead', onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }] });
  });
  afterEach(async () => {
    const running = agent;
    if (running !== null && running.exitCode === null) await new Promise((resolve) => running.once('exit', resolve).kill('SIGKILL'));
    metadata.close();
    await fleet[Symbol.asyncDispose]();
  });

  const environment = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '', AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${(metadata.address() as AddressInfo).port}` });
  const fairlead = (...args: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const child = execFile(executable, [...args], { env: environment() }, (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err }));
    });
  const token = async (): Promise<string> => (await fleet.client.call(createEnrollmentToken, {})).token;
  const enroll = async (...more: readonly string[]): Promise<Ran> => fairlead('agent', 'enroll', '--config', config, ...more);
  const run = (): void => void (agent = execFile(executable, ['agent', '--config', config], { env: environment() }));
  const tags = async (): Promise<string> => (await fleet.client.call(listInstances, {})).instances[0]!.tags.map(({ Key, Value }) => `${Key}=${Value}`).join(' ');

  it('is enrolled by one line that waits for the first deployment, and ends with 1 where none comes in time', async () => {
    const joined = await enroll('--controller', fleet.url, '--join-token', await token(), '--tag', 'role=web');
    assert.deepEqual([joined.status, joined.err], [0, '']);
    assert.match(joined.out, /^This host is enrolled as web-9 \([\w-]+\) at http/);
    assert.match(await readFile(join(fleet.folder, 'web-9.d/50-enroll.yml'), 'utf8'), /^tags: \{"role":"web"\}$/m);
    run();
    await fleet.connected(1);
    const early = await enroll('--wait', '1s');
    assert.equal(early.status, 1);
    assert.match(early.err, /No deployment has succeeded on this host in time\. The agent is connected to http\S+, and runs nothing\./);
    const waiting = enroll('--wait', '60s');
    const revision = await bundleFolder(join(fleet.folder, 'one'), { 'appspec.yml': 'version: 0.0\nos: linux\n' });
    const deployed = await fairlead('deploy', '--application', 'shop', '--deployment-group', 'web', '--directory', revision, '--url', fleet.url, '--credentials', join(fleet.folder, 'server/administrator-access-key.json'));
    assert.equal(deployed.status, 0, deployed.out + deployed.err);
    const { status, out } = await waiting;
    assert.equal(status, 0);
    assert.match(out, /^This host is enrolled already, as web-9 .*\nd-\w{9} has succeeded here: .* of shop\.\n$/);
  });

  it('brings tags of its own, each from the strongest place, and changes of them count without a restart', async () => {
    await enroll('--controller', fleet.url, '--join-token', await token(), '--tag', 'role=web');
    run();
    await fleet.connected(1);
    assert.equal(await tags(), 'Name=web rack=1 role=web');
    const { out } = await fairlead('agent', 'status', '--config', config);
    assert.match(out, /^ +role=web \(.*50-enroll\.yml\)$/m);
    assert.match(out, /^ +rack=1 \(.*web-9\.yml\)$/m);
    assert.match(out, /^tags +Name=web \(EC2 instance metadata\)$/m);
    await writeFile(join(fleet.folder, 'web-9.d/60-more.yml'), 'tags: { rack: 2, disk: ssd }\n');
    await until('the new tags are known', async () => (await tags()) === 'Name=web disk=ssd rack=2 role=web');
    await rm(join(fleet.folder, 'web-9.d/50-enroll.yml'));
    await until('the machine’s own tag counts again', async () => (await tags()) === 'Name=web disk=ssd rack=2 role=from-the-machine');
  });

  it('whose key was revoked comes back by a new token, as the same instance', async () => {
    await enroll('--controller', fleet.url, '--join-token', await token());
    const [before] = (await fleet.client.call(listInstances, {})).instances;
    await fleet.client.call(revokeInstanceKey, { instanceName: 'web-9' });
    const refused = await enroll('--replace-key', '--join-token', 'flt_AAAAAAAAAA_nonsense');
    assert.equal(refused.status, 2);
    assert.match(refused.err, /The join token is unknown/);
    const again = await enroll('--replace-key', '--join-token', await token());
    assert.equal(again.status, 0, again.err);
    run();
    await fleet.connected(1);
    const [after] = (await fleet.client.call(listInstances, {})).instances;
    assert.equal(after!.instanceName, before!.instanceName);
    assert.match((await enroll('--replace-key', '--join-token', await token())).err, /Another fairlead agent runs on .*Stop it first/);
  });
});
