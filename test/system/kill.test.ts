import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const events = ['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

/** A bundle whose hooks note that they ran, and whose ApplicationStart waits until the file `gate` is there. */
async function gatedBundle(fleet: RealFleet): Promise<string> {
  const note = 'mkdir -p "$FAIRLEAD_ROOT/var"; echo "$LIFECYCLE_EVENT" >> "$FAIRLEAD_ROOT/var/ran"\n';
  const hooks = events.map((event) => `  ${event}:\n    - location: scripts/${event === 'ApplicationStart' ? 'gated' : 'note'}.sh\n      timeout: 120\n`);
  return bundleFolder(join(fleet.folder, 'bundle'), {
    'appspec.yml': `version: 0.0\nos: linux\nfiles:\n  - source: app\n    destination: /srv/app\nhooks:\n${hooks.join('')}`,
    'app/version': '1\n',
    'scripts/note.sh': `#!/bin/sh\nset -e\n${note}`,
    'scripts/gated.sh': `#!/bin/sh\nset -e\n${note}while [ ! -e "$FAIRLEAD_ROOT/gate" ]; do sleep 0.05; done\necho through the gate\n`,
  });
}

async function deploy(fleet: RealFleet, config: string): Promise<string> {
  const { client } = fleet;
  await client.call(createApplication, { applicationName: 'app' });
  await client.call(createDeploymentGroup, {
    applicationName: 'app',
    deploymentGroupName: 'all',
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
    deploymentConfigName: config,
    onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
  });
  const pushed = await client.upload({ applicationName: 'app', bundleType: 'tgz', key: null, body: bundle(await gatedBundle(fleet), 'tgz').stream() });
  const { deploymentId } = await client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision: pushed.revision });
  return deploymentId!;
}

const ranOn = async (fleet: RealFleet, name: string): Promise<string[]> =>
  (await readFile(join(fleet.rootOf(name), 'var/ran'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

/** A gate's file opens it; the whole path is made, since nothing may be there yet. */
async function openGate(fleet: RealFleet, name: string): Promise<void> {
  await mkdir(fleet.rootOf(name), { recursive: true });
  await writeFile(join(fleet.rootOf(name), 'gate'), '');
}

/** The journal starts each script of each attempt at most once. */
async function assertStartedOnce(fleet: RealFleet, name: string): Promise<void> {
  const starts = (await fleet.journalOf(name)).flatMap((entry) => (entry.kind === 'scriptStarting' ? [`${entry.attemptId}/${entry.index}`] : []));
  assert.deepEqual(starts, [...new Set(starts)], `the journal of ${name} starts a script twice`);
  assert.equal(starts.length, 4, `the journal of ${name} should show the four hooks that ran`);
}

describe('a deployment', function () {
  this.timeout(120_000);
  let fleet: RealFleet | null = null;

  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && fleet !== null) {
      for (const name of ['server', 'web-1', 'web-2', 'web-3']) appendFileSync(process.stderr.fd, `--- ${name}\n${fleet.outputOf(name).slice(-4000)}\n`);
    }
    await fleet?.[Symbol.asyncDispose]();
    fleet = null;
  });

  it('goes on after its agent was killed -9 in the middle of a hook, and the hook has run once', async () => {
    fleet = await RealFleet.start(['web-1']);
    const deploymentId = await deploy(fleet, 'CodeDeployDefault.AllAtOnce');
    await until('the gated hook runs', async () => (await ranOn(fleet!, 'web-1')).includes('ApplicationStart'));
    await fleet.killHard('web-1');
    await openGate(fleet, 'web-1');
    await fleet.restart('web-1');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    // The first deployment to a host has no earlier revision whose ApplicationStop could run.
    assert.deepEqual(await ranOn(fleet, 'web-1'), ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService']);
    await assertStartedOnce(fleet, 'web-1');
  });

  it('waits for a hook that is still running when its killed agent comes back', async () => {
    fleet = await RealFleet.start(['web-1']);
    const deploymentId = await deploy(fleet, 'CodeDeployDefault.AllAtOnce');
    await until('the gated hook runs', async () => (await ranOn(fleet!, 'web-1')).includes('ApplicationStart'));
    await fleet.killHard('web-1');
    await fleet.restart('web-1');
    await fleet.connected(1);
    await openGate(fleet, 'web-1');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    assert.deepEqual(await ranOn(fleet, 'web-1'), ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService']);
    await assertStartedOnce(fleet, 'web-1');
  });

  it('goes on after the controller was killed -9 in the middle of rolling through three hosts', async () => {
    const names = ['web-1', 'web-2', 'web-3'];
    fleet = await RealFleet.start(names);
    const deploymentId = await deploy(fleet, 'CodeDeployDefault.OneAtATime');
    const begun = async (): Promise<string[]> => {
      const logs = await Promise.all(names.map(async (name) => ({ name, ran: await ranOn(fleet!, name) })));
      return logs.filter(({ ran }) => ran.includes('ApplicationStart')).map(({ name }) => name);
    };
    await until('the first host is at its gate', async () => (await begun()).length === 1);
    const [first] = await begun();
    await openGate(fleet, first!);
    await until('the second host is at its gate', async () => (await begun()).length === 2);
    await fleet.killHard('server');
    for (const name of names) await openGate(fleet, name);
    await fleet.restart('server');
    await fleet.connected(3);
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    for (const name of names) {
      assert.deepEqual(await ranOn(fleet, name), ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'], name);
      await assertStartedOnce(fleet, name);
    }
  });
});
