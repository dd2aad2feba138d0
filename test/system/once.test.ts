import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { archiveLayout } from '../../agent/archive-layout.ts';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getDeploymentTarget } from '../../protocol/operations/get-deployment-target.ts';
import { bundleFolder, RealFleet } from './real-fleet.ts';

const hosts = ['web-1', 'web-2', 'web-3'];

describe('a script marked as once, on three hosts at the same time', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  let groupId = '';

  /** `migrate` is the migration's script; each host's own part of the same event writes its name to a second file. */
  async function deploy(version: string, migrate: string): Promise<{ deploymentId: string; status: string; migrated: readonly string[]; own: readonly string[] }> {
    const shared = (name: string): string => join(fleet.folder, `${version}-${name}`);
    const folder = await bundleFolder(join(fleet.folder, version), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: migrate.sh\n      once: true\n    - location: own.sh\n',
      'migrate.sh': `#!/bin/sh\necho "$FAIRLEAD_ROOT" >> ${shared('migrated')}\n${migrate}\n`,
      'own.sh': `#!/bin/sh\ngrep -q . ${shared('migrated')} && echo "$FAIRLEAD_ROOT" >> ${shared('own')}\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${version}.tgz`, body: bundle(folder, 'tgz').stream() });
    const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision });
    const status = await fleet.ended(deploymentId!);
    return { deploymentId: deploymentId!, status, migrated: await linesOf(shared('migrated')), own: await linesOf(shared('own')) };
  }

  async function eventOn(deploymentId: string, targetId: string): Promise<{ status: string; message: string }> {
    const { deploymentTarget } = await fleet.client.call(getDeploymentTarget, { deploymentId, targetId });
    const event = deploymentTarget!.instanceTarget.lifecycleEvents.find((each) => each.lifecycleEventName === 'BeforeInstall')!;
    return { status: event.status, message: event.diagnostics?.message ?? '' };
  }

  before(async () => {
    fleet = await RealFleet.start(hosts);
    await fleet.client.call(createApplication, { applicationName: 'app' });
    const { deploymentGroupId } = await fleet.client.call(createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
    groupId = deploymentGroupId!;
  });
  after(async () => fleet?.[Symbol.asyncDispose]());

  it('runs on exactly one of them, before the others run the rest of the event, and their logs say so', async () => {
    const { deploymentId, status, migrated, own } = await deploy('good', 'sleep 1');
    assert.equal(status, 'Succeeded');
    assert.equal(migrated.length, 1, 'the migration ran once');
    assert.deepEqual([...own].sort(), hosts.map((host) => fleet.rootOf(host)));
    assert.equal(own[0], migrated[0], 'the elected host comes first');
    for (const host of hosts) {
      const log = await readFile(archiveLayout(fleet.dataOf(host)).deployment(groupId, deploymentId).scriptLog, 'utf8');
      assert.equal(/BeforeInstall: migrate\.sh was skipped/.test(log), fleet.rootOf(host) !== migrated[0], `${host}: ${log}`);
    }
  });

  it('that fails is run nowhere else: the event fails on the others untried, and the deployment with it', async () => {
    const { deploymentId, status, migrated, own } = await deploy('bad', 'sleep 1; exit 3');
    assert.equal(status, 'Failed');
    assert.equal(migrated.length, 1, 'the migration was tried once');
    assert.deepEqual(own, []);
    const ranOn = hosts.find((host) => fleet.rootOf(host) === migrated[0])!;
    for (const host of hosts) {
      const event = await eventOn(deploymentId, host);
      assert.equal(event.status, 'Failed');
      assert.match(event.message, host === ranOn ? /migrate\.sh.* exit code 3/ : new RegExp(`BeforeInstall was not run here: on ${ranOn}, `));
    }
  });
});

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}
