// An agent asked by `fairlead agent status` and `fairlead doctor`, all of them real processes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { AgentStatus } from '../../protocol/model/agent-status.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

describe('an agent that is asked how it is', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  let environment: Record<string, string>;
  const fairlead = (...args: readonly string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const child = execFile(executable, [...args], { env: environment }, (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err }));
    });
  const place = (): readonly string[] => ['--data-dir', fleet.dataOf('web-1')];
  const status = async (): Promise<AgentStatus & { readonly state: string }> => JSON.parse((await fairlead('agent', 'status', '--json', ...place())).out) as AgentStatus & { readonly state: string };
  interface FoundOut { readonly findings: readonly { readonly check: string; readonly verdict: string; readonly sentence: string; readonly remedy: string | null }[] }
  const doctor = async (...args: readonly string[]): Promise<FoundOut & { readonly exit: number }> => {
    const { status: exit, out, err } = await fairlead('doctor', ...args, '--json');
    assert.notEqual(out, '', err);
    return { exit, ...(JSON.parse(out) as FoundOut) };
  };

  before(async () => {
    fleet = await RealFleet.start(['web-1']);
    const { accessKeyId, secretAccessKey } = JSON.parse(await readFile(join(fleet.folder, 'server/administrator-access-key.json'), 'utf8')) as { accessKeyId: string; secretAccessKey: string };
    environment = { PATH: process.env['PATH'] ?? '', FAIRLEAD_URL: fleet.url, FAIRLEAD_ACCESS_KEY_ID: accessKeyId, FAIRLEAD_SECRET_ACCESS_KEY: secretAccessKey };
    await fleet.client.call(createApplication, { applicationName: 'shop' });
    await fleet.client.call(createDeploymentGroup, { applicationName: 'shop', deploymentGroupName: 'web', serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead', onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }] });
  });
  after(() => fleet[Symbol.asyncDispose]());

  it('says that it is connected, as whom and to whom, and ends with 0', async () => {
    const { status: exit, out } = await fairlead('agent', 'status', ...place());
    assert.equal(exit, 0, out);
    assert.match(out, /^agent +runs \(version \d+\.\d+\.\d+, process \d+/m);
    assert.match(out, /^instance +web-1 \([0-9a-f-]{36}\)$/m);
    assert.match(out, new RegExp(`^controller +connected to ${fleet.url} since`, 'm'));
    assert.match(out, /^tags +role=web \(the command line\)$/m);
    assert.match(out, /^running +nothing$/m);
    const { state, isConnected, startedAt } = (await status()) as unknown as { state: string; isConnected: boolean; startedAt: string };
    assert.deepEqual([state, isConnected], ['running', true]);
    assert.match(startedAt, /^\d{4}-\d\d-\d\dT/);
  });

  it('lets nobody else ask', async () => {
    assert.equal((await stat(join(fleet.dataOf('web-1'), 'agent.sock'))).mode & 0o777, 0o600);
  });

  it('says what it runs while it runs it, and which revision it has and had', async () => {
    const revision = (name: string, hook: string): Promise<string> => bundleFolder(join(fleet.folder, name), { 'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: hook.sh\n', 'hook.sh': `#!/bin/sh\n${hook}\n` });
    const deploy = async (name: string, hook: string): Promise<Ran> => fairlead('deploy', '--application', 'shop', '--deployment-group', 'web', '--directory', await revision(name, hook));
    assert.equal((await deploy('one', 'true')).status, 0);
    const go = join(fleet.folder, 'go');
    const second = deploy('two', `while [ ! -e ${go} ]; do sleep 0.05; done`);
    await until('the hook runs', async () => (await status()).running.some(({ event }) => event === 'AfterInstall'));
    const { running } = await status();
    assert.deepEqual(running.map(({ applicationName, deploymentGroupName, event }) => [applicationName, deploymentGroupName, event]), [['shop', 'web', 'AfterInstall']]);
    assert.match((await fairlead('agent', 'status', ...place())).out, /^running +AfterInstall of shop \(d-\w+\) for \d/m);
    await writeFile(go, '');
    assert.equal((await second).status, 0);
    await until('the deployment is noted', async () => (await status()).groups[0]?.previous !== null);
    const [group] = (await status()).groups;
    assert.deepEqual([group!.applicationName, group!.deploymentGroupName], ['shop', 'web']);
    assert.notEqual(group!.current!.deploymentId, group!.previous!.deploymentId);
    assert.match((await fairlead('agent', 'status', ...place())).out, /^shop \/ web +\S.* by d-\w+, .*\n +before +\S.* by d-\w+,/m);
  });

  it('is found well by the doctor, permissions and controller included; a file of its identity that others may read is not', async () => {
    const healthy = await doctor('--agent', ...place());
    assert.equal(healthy.exit, 0, JSON.stringify(healthy.findings));
    const verdict = (findings: FoundOut['findings'], check: string): readonly string[] => findings.filter((finding) => finding.check === check).map((finding) => finding.verdict);
    assert.deepEqual([verdict(healthy.findings, 'agent'), verdict(healthy.findings, 'permissions'), verdict(healthy.findings, 'controller'), verdict(healthy.findings, 'clock')], [['well'], ['well', 'well'], ['well'], ['well']]);
    const identity = join(fleet.dataOf('web-1'), 'identity.json');
    await chmod(identity, 0o644);
    const open = await doctor('--agent', ...place());
    await chmod(identity, 0o600);
    assert.equal(open.exit, 1);
    assert.deepEqual(open.findings.filter(({ verdict: of }) => of === 'problem').map(({ remedy }) => remedy), [`chmod 0600 ${identity}`]);
  });

  it('has a controller that is found well too', async () => {
    const { findings } = await doctor('--server', '--data-dir', join(fleet.folder, 'server'));
    const of = (check: string): string | undefined => findings.find((finding) => finding.check === check)?.sentence;
    assert.match(of('database') ?? '', /^The database is whole \(\d+ MiB, 00\d\d-/);
    assert.match(of('permissions') ?? '', /server is .*’s alone \(0700\)/);
  });

  it('ends with 1 when it died, with 3 when it was stopped, with 4 when that cannot be known, and the doctor says so', async () => {
    await fleet.killHard('web-1');
    const dead = await fairlead('agent', 'status', ...place());
    assert.equal(dead.status, 1);
    assert.match(dead.out, /^The agent has died/);
    await fleet.restart('web-1');
    await until('it is back', async () => (await status().catch(() => null))?.isConnected === true);
    await fleet.stop('web-1');
    const stopped = await fairlead('agent', 'status', '--json', ...place());
    assert.deepEqual([stopped.status, (JSON.parse(stopped.out) as { state: string }).state], [3, 'stopped']);
    const found = await doctor('--agent', ...place());
    assert.equal(found.exit, 1);
    assert.match(found.findings.find(({ check }) => check === 'agent')!.remedy!, /systemctl start fairlead-agent/);
    assert.equal((await fairlead('agent', 'status', '--config', join(fleet.folder, 'none.yml'))).status, 4);
  });
});
