import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import type { LogPiece } from '../../protocol/model/log-piece.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

/** Deploys a bundle whose only hook is this AfterInstall. */
async function deploy(fleet: RealFleet, script: string): Promise<string> {
  const { client } = fleet;
  await client.call(createApplication, { applicationName: 'app' });
  await client.call(createDeploymentGroup, {
    applicationName: 'app',
    deploymentGroupName: 'all',
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
    deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
    onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
  });
  const folder = await bundleFolder(join(fleet.folder, 'bundle'), {
    'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: scripts/hook.sh\n      timeout: 120\n',
    'scripts/hook.sh': `#!/bin/sh\n${script}`,
  });
  const pushed = await client.upload({ applicationName: 'app', bundleType: 'tgz', key: null, body: bundle(folder, 'tgz').stream() });
  const { deploymentId } = await client.call(createDeployment, { applicationName: 'app', deploymentGroupName: 'all', revision: pushed.revision });
  return deploymentId!;
}

async function allPages(fleet: RealFleet, deploymentId: string): Promise<{ readonly pieces: readonly LogPiece[]; readonly isComplete: boolean }> {
  const pieces: LogPiece[] = [];
  for (let after = 0; ; ) {
    const page = await fleet.client.call(getDeploymentLogs, { deploymentId, after });
    pieces.push(...page.pieces);
    if (!page.hasMore) return { pieces, isComplete: page.isComplete };
    after = page.nextAfter;
  }
}

const allPieces = async (fleet: RealFleet, deploymentId: string): Promise<readonly LogPiece[]> => (await allPages(fleet, deploymentId)).pieces;

/** Once all output has arrived. */
async function finalPieces(fleet: RealFleet, deploymentId: string): Promise<readonly LogPiece[]> {
  await until('the output is complete', async () => {
    const { pieces, isComplete } = await allPages(fleet, deploymentId);
    return isComplete && pieces.length > 0;
  });
  return allPieces(fleet, deploymentId);
}

const linesOf = (pieces: readonly LogPiece[], stream = 'stdout'): string[] => pieces.filter((piece) => piece.stream === stream).flatMap((piece) => piece.text.split('\n'));
const numbered = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);
const openGate = async (fleet: RealFleet, name: string): Promise<void> => {
  await mkdir(fleet.rootOf(name), { recursive: true });
  await writeFile(join(fleet.rootOf(name), 'gate'), '');
};

describe('the output of hooks', function () {
  this.timeout(120_000);
  let fleet: RealFleet | null = null;

  afterEach(async function () {
    if (this.currentTest?.state === 'failed' && fleet !== null) {
      for (const name of ['server', 'web-1']) appendFileSync(process.stderr.fd, `--- ${name}\n${fleet.outputOf(name).slice(-4000)}\n`);
    }
    await fleet?.[Symbol.asyncDispose]();
    fleet = null;
  });

  const talk = 'i=1; while [ $i -le 40 ]; do echo "line $i"; i=$((i+1)); sleep 0.02; done\nwhile [ ! -e "$FAIRLEAD_ROOT/gate" ]; do sleep 0.05; done\nwhile [ $i -le 60 ]; do echo "line $i"; i=$((i+1)); done\necho oops >&2\n';

  it('arrives whole and in order while its agent and its controller are killed -9 and come back', async () => {
    fleet = await RealFleet.start(['web-1']);
    const deploymentId = await deploy(fleet, talk);
    await until('the first lines have arrived', async () => linesOf(await allPieces(fleet!, deploymentId)).length > 0);
    await fleet.killHard('web-1');
    await fleet.restart('web-1');
    await fleet.connected(1);
    await until('the first part has arrived', async () => linesOf(await allPieces(fleet!, deploymentId)).length === 40);
    await fleet.killHard('server');
    await fleet.restart('server');
    await openGate(fleet, 'web-1');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    const pieces = await finalPieces(fleet, deploymentId);
    assert.deepEqual(linesOf(pieces), numbered(1, 60));
    assert.deepEqual(linesOf(pieces, 'stderr'), ['oops']);
    assert.ok(pieces.every(({ droppedBytes, targetId, lifecycleEventName }) => droppedBytes === 0 && targetId === 'web-1' && lifecycleEventName === 'AfterInstall'));
  });

  it('that came while the controller was away is there when it is back', async () => {
    fleet = await RealFleet.start(['web-1']);
    const deploymentId = await deploy(fleet, talk);
    await until('the first lines have arrived', async () => linesOf(await allPieces(fleet!, deploymentId)).length > 0);
    await fleet.killHard('server');
    await openGate(fleet, 'web-1');
    await fleet.restart('server');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    assert.deepEqual(linesOf(await finalPieces(fleet, deploymentId)), numbered(1, 60));
  });

  it('of a flood is kept with its beginning and its end, and says how much is missing', async () => {
    fleet = await RealFleet.start(['web-1']);
    const deploymentId = await deploy(fleet, 'echo begin; yes "filler filler filler filler" | head -c 100000000; echo; echo end\n');
    assert.equal(await fleet.ended(deploymentId), 'Succeeded');
    const pieces = await finalPieces(fleet, deploymentId);
    const lines = linesOf(pieces);
    assert.deepEqual([lines[0], lines.at(-1)], ['begin', 'end']);
    const kept = pieces.reduce((sum, { text }) => sum + text.length, 0);
    assert.ok(kept <= 1_048_576 + 262_144 && kept > 500_000, `${kept} kept`);
    const told = pieces.reduce((sum, { length, droppedBytes }) => sum + length + droppedBytes, 0);
    assert.ok(told >= 90_000_000, `${told} told`);
  });
});
