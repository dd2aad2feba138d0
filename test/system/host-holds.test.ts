// What holds an event back on its host is known to its agent alone; whoever asks why a deployment is not further along is
// told all the same.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import type { HostHold } from '../../protocol/model/host-hold.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

describe('an event that its agent has taken and cannot begin', function () {
  this.timeout(180_000);
  let fleet: RealFleet;
  const lockFile = (): string => join(fleet.folder, 'hold');
  const gate = (): string => join(fleet.folder, 'gate');

  before(async () => {
    fleet = await RealFleet.startEach([{ name: 'web-1' }], (_, folder) => `policy:\n  lock_file: ${join(folder, 'hold')}\n`);
    await fleet.client.call(createApplication, { applicationName: 'app' });
    for (const deploymentGroupName of ['one', 'two']) {
      await fleet.client.call(createDeploymentGroup, {
        applicationName: 'app',
        deploymentGroupName,
        serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
        deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
        onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      });
    }
  });
  after(async () => fleet?.[Symbol.asyncDispose]());

  /** Its one script waits for as long as the gate is there. */
  async function deploy(deploymentGroupName: string): Promise<string> {
    const folder = await bundleFolder(join(fleet.folder, deploymentGroupName), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: before.sh\n',
      'before.sh': `#!/bin/sh\nwhile [ -e ${gate()} ]; do sleep 0.1; done\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${deploymentGroupName}.tgz`, body: bundle(folder, 'tgz').stream() });
    return (await fleet.client.call(createDeployment, { applicationName: 'app', deploymentGroupName, revision })).deploymentId;
  }

  async function heldBy(deploymentId: string): Promise<{ readonly event: string; readonly heldBy: HostHold; readonly sentence: string }> {
    let found: { readonly event: string; readonly heldBy: HostHold; readonly sentence: string } | null = null;
    await until(`what holds ${deploymentId} back is told`, async () => {
      const { waitingOn, sentences } = await fleet.client.call(explainDeployment, { deploymentId });
      const [waiting] = waitingOn;
      if (waiting?.reason === 'LifecycleEvent' && waiting.heldBy !== undefined) found = { event: waiting.event, heldBy: waiting.heldBy, sentence: sentences[0]! };
      return found !== null;
    });
    return found!;
  }

  async function explained(deploymentId: string): Promise<string> {
    const { accessKeyId, secretAccessKey } = JSON.parse(await readFile(join(fleet.folder, 'server', 'administrator-access-key.json'), 'utf8')) as { readonly accessKeyId: string; readonly secretAccessKey: string };
    const env = { ...process.env, FAIRLEAD_URL: fleet.url, FAIRLEAD_ACCESS_KEY_ID: accessKeyId, FAIRLEAD_SECRET_ACCESS_KEY: secretAccessKey };
    return (await promisify(execFile)(executable, ['deployment', 'explain', deploymentId], { env })).stdout;
  }

  it('waits for another deployment of its application, and says for which event of which, also after its agent was killed', async () => {
    await writeFile(gate(), '');
    const first = await deploy('one');
    await until('the first is in its script', async () => (await fleet.client.call(explainDeployment, { deploymentId: first })).waitingOn.some((one) => one.reason === 'LifecycleEvent' && one.event === 'BeforeInstall'));
    const second = await deploy('two');
    const held = await heldBy(second);
    assert.deepEqual(held.heldBy, { kind: 'ApplicationBusy', deploymentId: first, event: 'BeforeInstall' });
    assert.match(held.sentence, new RegExp(`^web-1 took ${held.event} \\d+ s ago and has not begun it: its application is busy there with BeforeInstall of ${first}\\. It fails in `));
    assert.match(await explained(second), new RegExp(`has not begun it: its application is busy there with BeforeInstall of ${first}\\.`));
    assert.match(fleet.outputOf('server'), /an event waits: its application is busy there/);
    await fleet.killHard('web-1');
    await fleet.restart('web-1');
    assert.deepEqual((await heldBy(second)).heldBy, held.heldBy);
    await rm(gate());
    assert.equal(await fleet.ended(first), 'Succeeded');
    assert.equal(await fleet.ended(second), 'Succeeded');
  });

  it('waits for the lock file to go, and says which', async () => {
    await writeFile(lockFile(), '');
    const third = await deploy('one');
    const { heldBy: hold, sentence } = await heldBy(third);
    assert.deepEqual(hold, { kind: 'LockFile', path: lockFile() });
    assert.ok(sentence.includes(`${lockFile()} exists there, and while it does no new deployment begins on that host (lock_file).`), sentence);
    await rm(lockFile());
    assert.equal(await fleet.ended(third), 'Succeeded');
    assert.deepEqual((await fleet.client.call(explainDeployment, { deploymentId: third })).waitingOn, []);
  });
});
