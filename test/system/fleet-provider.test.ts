// Instances that are made for a deployment, and taken away after it, by real processes: a server, an agent that serves, the
// example's webhook, and two scripts that start and end further agents.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { createEnrollmentToken } from '../../protocol/operations/create-enrollment-token.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';
import { getDeployment } from '../../protocol/operations/get-deployment.ts';
import { listInstances } from '../../protocol/operations/list-instances.ts';
import { putFleetProvider } from '../../protocol/operations/put-fleet-provider.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const home = join(import.meta.dirname, '../..');
const secret = 'a secret of a fair length';

describe('a fleet that a webhook makes and takes away', function () {
  this.timeout(180_000);
  let fleet: RealFleet;
  let provider: ChildProcess;
  before(async () => {
    fleet = await RealFleet.start(['web-1'], null, 'webhooks: { allow-insecure: true }\n');
    const { token } = await fleet.client.call(createEnrollmentToken, { maxUses: 10 });
    const machines = join(fleet.folder, 'machines');
    const scripts = await bundleFolder(join(fleet.folder, 'scripts'), {
      // A machine is a process with a folder; MAKE may be run again.
      'make.sh': `#!/bin/sh
i=1
while [ $i -le $INSTANCE_COUNT ]; do
  name=made-$DEPLOYMENT_ID-$i; i=$((i+1)); here=${machines}/$name
  [ -e $here ] && continue
  mkdir -p $here/root
  ${join(home, 'bin/fairlead')} agent --controller ${fleet.url} --join-token ${token} --name $name --tag role=web --tag fairlead-deployment=$DEPLOYMENT_ID --data-dir $here/data --root $here/root > $here/log 2>&1 &
  echo $! > $here/pid
done
`,
      'take-away.sh': `#!/bin/sh
for name in "$@"; do [ -e ${machines}/$name/pid ] && kill -9 $(cat ${machines}/$name/pid); echo $name >> ${machines}/taken-away; done
exit 0
`,
    });
    provider = spawn(process.execPath, [join(home, 'examples/fleet-provider/provider.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SECRET: secret, MAKE: join(scripts, 'make.sh'), TAKE_AWAY: join(scripts, 'take-away.sh'), STATE: join(fleet.folder, 'state'), PORT: '0' },
    });
    const [line] = (await once(provider.stdout!, 'data')) as [Buffer];
    const webhookUrl = /http:\S+/.exec(line.toString('utf8'))![0];
    const { client } = fleet;
    await client.call(createApplication, { applicationName: 'app' });
    await client.call(putTrafficRouter, { name: 'front', router: { kind: 'none' } });
    await client.call(putFleetProvider, { name: 'machines', webhookUrl, secret, provisionWaitSeconds: 120 });
    await client.call(createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      autoScalingGroups: ['machines'],
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      loadBalancerInfo: { elbInfoList: [{ name: 'front' }] },
      blueGreenDeploymentConfiguration: {
        greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP', instanceCount: 1 },
        terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 0 },
      },
    });
  });
  after(async () => {
    provider?.kill('SIGKILL');
    for (const name of await machinesOf().catch(() => [])) {
      const pid = Number(await readFile(join(fleet.folder, 'machines', name, 'pid'), 'utf8').catch(() => 'NaN'));
      try {
        if (pid > 1) process.kill(pid, 'SIGKILL');
      } catch {
        // It was taken away.
      }
    }
    await fleet?.[Symbol.asyncDispose]();
  });

  const machinesOf = async (): Promise<readonly string[]> => (await readdir(join(fleet.folder, 'machines'))).filter((name) => name.startsWith('made-')).toSorted();
  const takenAway = async (): Promise<readonly string[]> => (await readFile(join(fleet.folder, 'machines', 'taken-away'), 'utf8').catch(() => '')).split('\n').filter((name) => name !== '').toSorted();
  const isRunning = async (name: string): Promise<boolean> => {
    const pid = Number(await readFile(join(fleet.folder, 'machines', name, 'pid'), 'utf8'));
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const names = async (): Promise<readonly string[]> => (await fleet.client.call(listInstances, {})).instances.map(({ instanceName }) => instanceName).toSorted();

  async function deploy(version: string, validate: string): Promise<{ readonly deploymentId: string; readonly status: string }> {
    const folder = await bundleFolder(join(fleet.folder, version), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  ValidateService:\n    - location: validate.sh\n',
      'validate.sh': `#!/bin/sh\n${validate}\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${version}.tgz`, body: bundle(folder, 'tgz').stream() });
    const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision });
    return { deploymentId: deploymentId!, status: await fleet.ended(deploymentId!) };
  }

  it('is deployed to and becomes the group, and the instance that was is taken away', async () => {
    const { deploymentId, status } = await deploy('v1', 'exit 0');
    assert.equal(status, 'Succeeded', (await fleet.client.call(explainDeployment, { deploymentId })).sentences.join('\n'));
    const made = await machinesOf();
    assert.deepEqual(made, [`made-${deploymentId}-1`]);
    await until('web-1 is taken away', async () => (await takenAway()).includes('web-1'));
    await until('the new ones are all there is', async () => (await names()).join() === made.join());
    const { providedFleet } = (await fleet.client.call(getDeployment, { deploymentId })).deploymentInfo;
    assert.deepEqual(providedFleet?.releases, [{ instanceName: 'web-1', state: 'Released' }]);
  });

  it('that fails is taken away again, and what serves stays', async () => {
    const before = await names();
    const { deploymentId, status } = await deploy('v2', 'exit 1');
    assert.equal(status, 'Failed');
    const failed = [`made-${deploymentId}-1`];
    await until('they are taken away', async () => (await Promise.all(failed.map(isGone))).every((isSo) => isSo));
    await until('they are no instances', async () => (await names()).join() === before.join());
    for (const name of before) assert.equal(await isRunning(name), true, name);
    assert.deepEqual(await takenAway(), [...failed, 'web-1'].toSorted());
    assert.match((await fleet.client.call(explainDeployment, { deploymentId })).sentences.join(' '), /The fleet provider machines has taken away made-/);
  });

  const isGone = async (name: string): Promise<boolean> => (await takenAway()).includes(name) && !(await isRunning(name));
});
