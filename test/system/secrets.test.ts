import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import { putGroupSecret } from '../../protocol/operations/put-group-secret.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

describe('what a deployment group hands to its hooks', function () {
  this.timeout(120_000);

  it('reaches them as environment, and a secret shows neither in their output nor in anything the server keeps', async () => {
    await using fleet = await RealFleet.start(['web-1']);
    const { client } = fleet;
    const group = { applicationName: 'app', deploymentGroupName: 'all' };
    await client.call(createApplication, { applicationName: 'app' });
    await client.call(createDeploymentGroup, {
      ...group,
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      parameters: [{ name: 'STAGE', value: 'live and kicking' }, { name: 'TOKEN', value: 'to be hidden' }],
    });
    const secretValue = 'correct horse battery staple';
    await client.call(putGroupSecret, { ...group, name: 'TOKEN', secretValue });
    const folder = await bundleFolder(join(fleet.folder, 'bundle'), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: scripts/hook.sh\n      timeout: 60\n',
      'scripts/hook.sh': '#!/bin/sh\necho "stage $STAGE"\necho "token $TOKEN"\nprintf %s "$TOKEN" > "$FAIRLEAD_ROOT/seen"\n',
    });
    const pushed = await client.upload({ applicationName: 'app', bundleType: 'tgz', key: null, body: bundle(folder, 'tgz').stream() });
    const { deploymentId } = await client.call(createDeployment, { ...group, revision: pushed.revision });
    assert.equal(await fleet.ended(deploymentId!), 'Succeeded');
    assert.equal(await readFile(join(fleet.rootOf('web-1'), 'seen'), 'utf8'), secretValue);
    const output = async (): Promise<string> => (await client.call(getDeploymentLogs, { deploymentId: deploymentId!, after: 0 })).pieces.map((piece) => piece.text).join('\n');
    await until('the output has arrived', async () => (await output()).includes('token'));
    assert.match(await output(), /stage live and kicking/);
    assert.doesNotMatch(await output(), /horse|to be hidden/);
    const data = join(fleet.folder, 'server');
    const files = (await readdir(data, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    for (const file of files) assert.ok(!(await readFile(join(file.parentPath, file.name))).includes('horse battery'), `${file.name} holds the secret`);
    assert.ok(!fleet.outputOf('server').includes('horse') && !fleet.outputOf('web-1').includes('horse'), 'a log holds the secret');
  });
});
