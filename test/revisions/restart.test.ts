import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { commandFrames } from '../../server/fleet/command-frame.ts';
import type { CommandsTable } from '../../server/store/tables.ts';
import { aController, aDeployment, aGroup, anInstance, anUpload, digest, end, gitHub, type TestController } from '../operations/a-controller.ts';
import { runEventCommand } from '../agent/commands-of.ts';

describe('a deployment with deploymentMode RESTART', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await aGroup(c);
    await anInstance(c, 'one');
  });
  afterEach(() => c.close());

  const restart = { applicationName: 'web', deploymentGroupName: 'blue', deploymentMode: 'RESTART' as const };

  /** DownloadBundle as it would be sent for a deployment. */
  const frameFor = (deploymentId: string) =>
    commandFrames({ store: c.store, bundleUrl: (sha256: string) => `/${sha256}`, openSecret: () => null }).of({
      command: JSON.stringify(runEventCommand({ event: 'DownloadBundle', deploymentId })), deployment_id: deploymentId, ended_at: null,
    } as CommandsTable);

  it('deploys the last successful revision of the group with the very bundle it had, from the copies on the hosts', async () => {
    const good = await aDeployment(c);
    await end(c, good, 'Succeeded');
    c.now += 1_000;
    await anUpload(c, 'web/v1.zip', digest('b'));
    await end(c, await aDeployment(c, { revision: gitHub }), 'Failed');
    const { deploymentId } = await c.call(registry.createDeployment, restart);
    const { deploymentInfo } = await c.call(registry.getDeployment, { deploymentId });
    assert.equal(deploymentInfo.revision?.s3Location?.key, 'web/v1.zip');
    assert.ok(deploymentInfo.deploymentStatusMessages?.some((message) => message.includes(`the revision of ${good} again`)));
    const frame = await frameFor(deploymentId);
    assert.ok(frame.kind === 'RunEvent' && frame.deploymentMode === 'RESTART' && frame.bundle?.sha256 === digest('a'), JSON.stringify(frame));
  });

  it('is told to hosts, and no other deployment is: they see what they always saw', async () => {
    const frame = await frameFor(await aDeployment(c));
    assert.ok(frame.kind === 'RunEvent' && frame.bundle !== undefined && !('deploymentMode' in frame));
  });

  it('is refused where nothing has succeeded yet, with a revision, and the other way round', async () => {
    assert.match((await c.refused(registry.createDeployment, restart, 'RevisionDoesNotExistException')).message, /nothing to restart/);
    await c.refused(registry.createDeployment, { ...restart, revision: gitHub }, 'InvalidRevisionException');
    await c.refused(registry.createDeployment, { ...restart, deploymentMode: 'DEPLOY' }, 'RevisionRequiredException');
    await c.refused(registry.createDeployment, { ...restart, deploymentMode: 'AGAIN' }, 'ValidationException');
  });
});
