import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import type { ObservedAlarm } from '../../protocol/model/alarm.ts';
import type { DeploymentInfo } from '../../protocol/model/deployment.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { aFarEnd, type FarEnd } from '../outgoing/a-far-end.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

describe('a deployment whose service is probed', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  let service: FarEnd;
  let status = 200;

  before(async () => {
    service = await aFarEnd((_, response) => void response.writeHead(status).end());
    fleet = await RealFleet.start(['web-1', 'web-2']);
    const { client } = fleet;
    await client.call(registry.putAlarm, { name: 'probe', source: { kind: 'probe', url: service.url, perSecond: 10, failures: 3 } });
    await client.call(registry.createApplication, { applicationName: 'app' });
    await client.call(registry.createDeploymentGroup, {
      applicationName: 'app',
      deploymentGroupName: 'all',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: 'CodeDeployDefault.OneAtATime',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      alarmConfiguration: { enabled: true, alarms: [{ name: 'probe' }] },
    });
  });
  after(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await service?.[Symbol.asyncDispose]();
  });

  it('is stopped before the next host when requests fail, and its record tells how many did', async () => {
    const folder = await bundleFolder(join(fleet.folder, 'bundle'), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: hold.sh\n      timeout: 60\n',
      'hold.sh': `#!/bin/sh\necho here >> '${join(fleet.folder, 'ran')}'\nwhile [ ! -e '${join(fleet.folder, 'go')}' ]; do sleep 0.05; done\n`,
    });
    const { revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: null, body: bundle(folder, 'tgz').stream() });
    const { deploymentId = '' } = await fleet.client.call(registry.createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision });
    const info = async (): Promise<DeploymentInfo> => (await fleet.client.call(registry.getDeployment, { deploymentId })).deploymentInfo;
    const probe = async (): Promise<ObservedAlarm> => (await info()).observedAlarms![0]!;

    await until('the first host is under way and the service was probed', async () => {
      const { deploymentOverview } = await info();
      return deploymentOverview?.InProgress === 1 && (await probe()).state === 'OK';
    });
    assert.match((await probe()).detail!, /^\d+ probes of [\d.:]+, 0 failed\.$/);
    status = 503;
    await until('the alarm is seen', async () => (await probe()).state === 'ALARM');
    await writeFile(join(fleet.folder, 'go'), '');
    await until('the deployment has ended', async () => (await info()).completeTime !== undefined);

    const { status: end, errorInformation, deploymentOverview, observedAlarms } = await info();
    assert.deepEqual([end, errorInformation?.code, deploymentOverview?.Succeeded], ['Stopped', 'ALARM_ACTIVE', 0]);
    assert.equal(await readFile(join(fleet.folder, 'ran'), 'utf8'), 'here\n', 'only one host was touched');
    const [, failed] = /, (\d+) failed, the last one: it answered 503\.$/.exec(observedAlarms![0]!.detail!)!;
    assert.ok(Number(failed) >= 3);
  });
});
