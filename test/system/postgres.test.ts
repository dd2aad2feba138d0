import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { databaseServer, password } from '../store/database-server.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const names = ['web-1', 'web-2'];
const executable = join(import.meta.dirname, '../../bin/fairlead');

/** Notes each event that runs, and waits in ApplicationStart until the file `gate` is there. */
async function gatedBundle(fleet: RealFleet): Promise<string> {
  const note = '#!/bin/sh\nset -e\nmkdir -p "$FAIRLEAD_ROOT/var"; echo "$LIFECYCLE_EVENT" >> "$FAIRLEAD_ROOT/var/ran"\n';
  return bundleFolder(join(fleet.folder, 'bundle'), {
    'appspec.yml': `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: /srv/app\nhooks:\n  AfterInstall:\n    - location: note.sh\n  ApplicationStart:\n    - location: gated.sh\n      timeout: 120\n`,
    'app/version': '1\n',
    'note.sh': note,
    'gated.sh': `${note}while [ ! -e "$FAIRLEAD_ROOT/gate" ]; do sleep 0.05; done\n`,
  });
}

describe('a controller on PostgreSQL', function () {
  this.timeout(180_000);
  let fleet: RealFleet | null = null;

  const ranOn = async (name: string): Promise<string[]> => (await readFile(join(fleet!.rootOf(name), 'var/ran'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const atGate = async (): Promise<string[]> => (await Promise.all(names.map(async (name) => ({ name, ran: await ranOn(name) })))).filter(({ ran }) => ran.includes('ApplicationStart')).map(({ name }) => name);
  const openGate = async (name: string): Promise<void> => writeFile(join(fleet!.rootOf(name), 'gate'), '');

  /** Two hosts, one after the other. */
  async function deploy(): Promise<string> {
    const { client } = fleet!;
    await client.call(createApplication, { applicationName: 'app' });
    await client.call(createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'CodeDeployDefault.OneAtATime',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
    const { revision } = await client.upload({ applicationName: 'app', bundleType: 'tgz', key: null, body: bundle(await gatedBundle(fleet!), 'tgz').stream() });
    return (await client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision })).deploymentId!;
  }

  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && fleet !== null) for (const name of ['server', ...names]) appendFileSync(process.stderr.fd, `--- ${name}\n${fleet.outputOf(name).slice(-4000)}\n`);
    await fleet?.[Symbol.asyncDispose]();
    fleet = null;
  });

  it('goes on after it was killed -9 in the middle of rolling through two hosts, and each hook has run once', async () => {
    const server = await databaseServer();
    fleet = await RealFleet.start(names, null, `database: ${await server.newDatabase()}\n`);
    const deploymentId = await deploy();
    await until('the first host is at its gate', async () => (await atGate()).length === 1);
    await openGate((await atGate())[0]!);
    await until('the second host is at its gate', async () => (await atGate()).length === 2);
    await fleet.killHard('server');
    for (const name of names) await openGate(name);
    await fleet.restart('server');
    await fleet.connected(2);
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    for (const name of names) assert.deepEqual(await ranOn(name), ['AfterInstall', 'ApplicationStart'], name);
    assert.deepEqual((await readdir(join(fleet.folder, 'server'))).filter((name) => name.startsWith('fairlead.db')), []);
  });

  it('goes on after its database was restarted in the middle of a deployment, and stays up while it is away', async () => {
    const server = await databaseServer();
    fleet = await RealFleet.start(names, null, `database: ${await server.newDatabase()}\n`);
    const deploymentId = await deploy();
    await until('the first host is at its gate', async () => (await atGate()).length === 1);
    await server.stop();
    try {
      for (const name of names) await openGate(name);
      const readiness = await fetch(new URL('/readyz', fleet.url));
      assert.deepEqual([readiness.status, ((await readiness.json()) as { message: string }).message], [503, 'The database does not answer.']);
      assert.equal((await fetch(new URL('/healthz', fleet.url))).status, 200);
    } finally {
      await server.start();
    }
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    assert.equal((await fetch(new URL('/readyz', fleet.url))).status, 200);
    for (const name of names) assert.deepEqual(await ranOn(name), ['AfterInstall', 'ApplicationStart'], name);
  });

  it('keeps a second one away from its database by name, and shows nobody the password', async () => {
    const server = await databaseServer();
    const url = await server.newDatabase();
    fleet = await RealFleet.start([], null, `database: ${url}\n`);
    const other = join(fleet.folder, 'other');
    await mkdir(other);
    const second = spawnSync(executable, ['server', '--data-dir', other, '--listen', '127.0.0.1:0', '--database', url], { encoding: 'utf8', timeout: 60_000 });
    assert.notEqual(second.status, 0);
    assert.match(second.stderr, /Another controller holds database fairlead_\d+ at 127\.0\.0\.1:\d+: the server on \S+, process \d+, with data folder \S+\/server\. Stop it first/);
    for (const secret of [password, encodeURIComponent(password)]) assert.ok(!`${second.stdout}${second.stderr}${fleet.outputOf('server')}`.includes(secret));
  });

  it('ends by itself, with a sentence, when another has taken its database over', async () => {
    const server = await databaseServer();
    const url = await server.newDatabase();
    fleet = await RealFleet.start([], null, `database: ${url}\n`);
    await server.query(`update leases set epoch = epoch + 1, holder = 'somebody else'`, new URL(url).pathname.slice(1));
    await until('it has ended', async () => fleet!.exitStatusOf('server') !== null);
    assert.equal(fleet.exitStatusOf('server'), 1);
    assert.match(fleet.outputOf('server'), /Another controller has taken database \S+ at \S+ over: somebody else\. This one can write nothing any more and ends/);
  });
});
