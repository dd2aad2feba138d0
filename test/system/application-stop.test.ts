import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getDeploymentTarget } from '../../protocol/operations/get-deployment-target.ts';
import { updateDeploymentGroup } from '../../protocol/operations/update-deployment-group.ts';
import type { ApplicationStopPolicy } from '../../protocol/model/deployment-group.ts';
import { bundleFolder, RealFleet } from './real-fleet.ts';

describe('a broken ApplicationStop of the last revision', function () {
  this.timeout(120_000);
  let fleet: RealFleet;

  async function deploy(version: string, stop: string): Promise<{ status: string; events: string[] }> {
    const folder = await bundleFolder(join(fleet.folder, version), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  ApplicationStop:\n    - location: stop.sh\n',
      'stop.sh': `#!/bin/sh\n${stop}\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${version}.tgz`, body: bundle(folder, 'tgz').stream() });
    const { deploymentId } = await fleet.client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision });
    const status = await fleet.ended(deploymentId!);
    const { deploymentTarget } = await fleet.client.call(getDeploymentTarget, { deploymentId: deploymentId!, targetId: 'web-1' });
    return { status, events: deploymentTarget!.instanceTarget.lifecycleEvents.map((event) => `${event.lifecycleEventName} ${event.status}`) };
  }

  const choose = (applicationStopPolicy: ApplicationStopPolicy): Promise<unknown> =>
    fleet.client.call(updateDeploymentGroup, { applicationName: 'app', currentDeploymentGroupName: 'all', applicationStopPolicy });

  before(async () => {
    fleet = await RealFleet.start(['web-1']);
    await fleet.client.call(createApplication, { applicationName: 'app' });
    await fleet.client.call(createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
    assert.equal((await deploy('broken', 'exit 1')).status, 'Succeeded');
  });
  after(async () => fleet?.[Symbol.asyncDispose]());

  it('fails the next deployment, as in CodeDeploy, where nothing else is chosen', async () => {
    const { status, events } = await deploy('next', 'exit 0');
    assert.equal(status, 'Failed');
    assert.equal(events[0], 'ApplicationStop Failed');
  });

  it('is not run where the new revision has to stop the application', async () => {
    await choose('USE_NEW_REVISION');
    const { status, events } = await deploy('fixed', 'exit 0');
    assert.equal(status, 'Succeeded');
    assert.deepEqual(events.slice(0, 2), ['DownloadBundle Succeeded', 'ApplicationStop Succeeded']);
  });

  it('is forgiven where its failure is to be ignored', async () => {
    assert.equal((await deploy('broken-again', 'exit 0')).status, 'Succeeded');
    await choose('IGNORE');
    assert.equal((await deploy('stops-badly', 'exit 1')).status, 'Succeeded');
    const { status, events } = await deploy('last', 'exit 0');
    assert.equal(status, 'Succeeded');
    assert.equal(events[0], 'ApplicationStop Failed');
  });
});
