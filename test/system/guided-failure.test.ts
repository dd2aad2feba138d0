import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';
import { getDeploymentTarget } from '../../protocol/operations/get-deployment-target.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

describe('a failed target about which somebody is asked, on a real host', function () {
  this.timeout(180_000);
  let fleet: RealFleet;

  before(async () => {
    fleet = await RealFleet.start(['web-1']);
    await fleet.client.call(createApplication, { applicationName: 'app' });
    await fleet.client.call(createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      timeouts: { silenceSeconds: 15 },
      guidedFailure: { enabled: true, decideWithinMinutes: 10 },
    });
  });
  after(async () => fleet?.[Symbol.asyncDispose]());

  /** Two hooks: what they do is written into a file of their own. */
  async function deploy(version: string, afterInstall: string): Promise<{ readonly deploymentId: string; readonly said: () => Promise<readonly string[]> }> {
    const log = join(fleet.folder, `${version}.log`);
    const folder = await bundleFolder(join(fleet.folder, version), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  BeforeInstall:\n    - location: before.sh\n  AfterInstall:\n    - location: after.sh\n',
      'before.sh': `#!/bin/sh\necho before >> ${log}\n`,
      'after.sh': `#!/bin/sh\necho after >> ${log}\n${afterInstall}\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${version}.tgz`, body: bundle(folder, 'tgz').stream() });
    const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision });
    return { deploymentId: deploymentId!, said: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '') };
  }

  async function question(deploymentId: string): Promise<Waiting & { readonly reason: 'FailureDecision' }> {
    let found: Waiting | undefined;
    await until(`${deploymentId} asks what to do`, async () => {
      found = (await fleet.client.call(explainDeployment, { deploymentId })).waitingOn.find(({ reason }) => reason === 'FailureDecision');
      return found !== undefined;
    });
    return found as Waiting & { readonly reason: 'FailureDecision' };
  }

  async function fairlead(...args: readonly string[]): Promise<string> {
    const env = { ...process.env, FAIRLEAD_URL: fleet.url, ...(await accessKey()) };
    return (await promisify(execFile)(executable, args, { env })).stdout;
  }

  async function accessKey(): Promise<Readonly<Record<string, string>>> {
    const key = JSON.parse(await readFile(join(fleet.folder, 'server', 'administrator-access-key.json'), 'utf8')) as { accessKeyId: string; secretAccessKey: string };
    return { FAIRLEAD_ACCESS_KEY_ID: key.accessKeyId, FAIRLEAD_SECRET_ACCESS_KEY: key.secretAccessKey };
  }

  it('runs the failed event again when it is told to, and nothing before it', async () => {
    const repaired = join(fleet.folder, 'repaired');
    const { deploymentId, said } = await deploy('first', `test -e ${repaired}`);
    const { event, attempt, targetId } = await question(deploymentId);
    assert.deepEqual([event, attempt, targetId], ['AfterInstall', 1, 'web-1']);
    assert.match(await fairlead('deployment', 'explain', deploymentId), /^web-1 failed in AfterInstall and has waited .* retry, skip or fail/);

    assert.equal(await fairlead('deployment', 'decide-failure', deploymentId, '--retry'), 'web-1: the failed event is run again.\n');
    await until('the second attempt has failed as well', async () => (await question(deploymentId)).attempt === 2);
    await writeFile(repaired, '');
    await fairlead('deployment', 'decide-failure', deploymentId, '--retry', '--comment', 'repaired by hand');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    assert.deepEqual(await said(), ['before', 'after', 'after', 'after']);

    const { deploymentTarget } = await fleet.client.call(getDeploymentTarget, { deploymentId, targetId });
    const tried = deploymentTarget!.instanceTarget.lifecycleEvents.find(({ lifecycleEventName }) => lifecycleEventName === 'AfterInstall')!;
    assert.deepEqual([tried.status, tried.earlierAttempts?.map(({ comment }) => comment ?? '')], ['Succeeded', ['', 'repaired by hand']]);
  });

  it('ends what the attempt of an agent that was not heard left running, before it runs the next', async () => {
    const go = join(fleet.folder, 'go');
    const log = join(fleet.folder, 'second.log');
    const { deploymentId, said } = await deploy('second', `test -e ${go} && exit 0; trap 'echo ended >> ${log}; exit 1' TERM; while :; do sleep 0.1; done`);
    await until('the hook runs', async () => (await said()).includes('after'));
    await fleet.killHard('web-1');
    const { attempt } = await question(deploymentId);
    assert.equal(attempt, 1);
    await fairlead('deployment', 'decide-failure', deploymentId, '--retry');
    assert.deepEqual(await said(), ['before', 'after'], 'nothing is run while its agent is away');
    await writeFile(go, '');
    await fleet.restart('web-1');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    assert.deepEqual(await said(), ['before', 'after', 'ended', 'after']);
  });

  it('leaves the target out when it is told to, and a deployment without any success fails', async () => {
    const { deploymentId } = await deploy('third', 'exit 3');
    await question(deploymentId);
    assert.equal(await fairlead('deployment', 'decide-failure', deploymentId, '--skip', '--target', 'web-1'), 'web-1: left out.\n');
    assert.equal(await fleet.ended(deploymentId), 'Failed');
  });
});
