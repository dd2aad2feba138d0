// A plan held against what real agents then do: the same hosts in the same order.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentConfig } from '../../protocol/operations/create-deployment-config.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { createFreeze } from '../../protocol/operations/create-freeze.ts';
import { batchGetDeploymentTargets } from '../../protocol/operations/batch-get-deployment-targets.ts';
import { planDeployment } from '../../protocol/operations/plan-deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { bundleFolder, RealFleet } from './real-fleet.ts';

const names = ['web-1', 'web-2', 'web-3', 'web-4'];

describe('a plan, on real hosts', function () {
  this.timeout(180_000);
  let fleet: RealFleet;
  const group = { applicationName: 'app', deploymentGroupName: 'all' };

  before(async () => {
    fleet = await RealFleet.start(names);
    await fleet.client.call(createApplication, { applicationName: 'app' });
    await fleet.client.call(createDeploymentConfig, { deploymentConfigName: 'Canary', minimumHealthyHosts: { type: 'HOST_COUNT', value: 3 }, ramp: { steps: [{ hosts: '1', bakeSeconds: 1 }, { hosts: '100%' }] } });
    await fleet.client.call(createDeploymentGroup, {
      ...group,
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'Canary',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
  });
  after(async () => fleet?.[Symbol.asyncDispose]());

  async function upload(version: string): Promise<RevisionLocation> {
    const folder = await bundleFolder(join(fleet.folder, version), { 'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: version\n    destination: /srv\nfile_exists_behavior: OVERWRITE\n', version });
    return (await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: `${version}.tgz`, body: bundle(folder, 'tgz').stream() })).revision;
  }

  it('shows the waves in which they are then deployed to, and its index brings about no others', async () => {
    await fleet.connected(names.length);
    const asked = { ...group, revision: await upload('one') };
    const shown = await fleet.client.call(planDeployment, asked);
    assert.deepEqual(shown.conflicts, []);
    assert.deepEqual(shown.waves.map(({ targetIds: _, ...wave }) => wave), [{ step: '1', bakeSeconds: 1 }, { step: '100%' }, { step: '100%' }, { step: '100%' }]);
    const { deploymentId } = await fleet.client.call(createDeployment, { ...asked, planIndex: shown.planIndex });
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    const { deploymentTargets } = await fleet.client.call(batchGetDeploymentTargets, { deploymentId, targetIds: names });
    const began = deploymentTargets.map(({ instanceTarget }) => ({ name: instanceTarget.targetId, at: instanceTarget.lifecycleEvents.find(({ lifecycleEventName }) => lifecycleEventName === 'DownloadBundle')!.startTime! }));
    assert.deepEqual(began.toSorted((a, b) => a.at - b.at).map(({ name }) => [name]), shown.waves.map(({ targetIds }) => targetIds));
  });

  it('is not carried out once a freeze stands in its way that it did not show', async () => {
    const asked = { ...group, revision: await upload('two') };
    const { planIndex } = await fleet.client.call(planDeployment, asked);
    await fleet.client.call(createFreeze, { freezeName: 'winter', reason: 'down' });
    await assert.rejects(fleet.client.call(createDeployment, { ...asked, planIndex }), /the windows or freezes, or whether they hold it\. Nothing was done/);
    const again = await fleet.client.call(planDeployment, asked);
    assert.deepEqual(again.waitingOn.map(({ reason }) => reason), ['Frozen']);
  });
});
