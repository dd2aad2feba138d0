// Promotions as somebody at a terminal meets them: a real server and three real agents, one in each group, everything
// typed to the command line.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { placeholderRoleArn } from '../../protocol/model/deployment-group.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { getPromotion } from '../../protocol/operations/get-promotion.ts';
import { getDeployment } from '../../protocol/operations/get-deployment.ts';
import { tagInstance } from '../../protocol/operations/tag-instance.ts';
import { bundleFolder, RealFleet, until } from './real-fleet.ts';

const fairlead = join(import.meta.dirname, '../../bin/fairlead');
const names = ['staging', 'europe', 'asia'];

interface Typed {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

describe('a promotion through three groups', function () {
  this.timeout(180_000);
  let fleet: RealFleet;

  function begin(...args: readonly string[]): { readonly soFar: () => string; readonly ended: Promise<Typed> } {
    const env = { PATH: process.env['PATH'] ?? '', FAIRLEAD_URL: fleet.url };
    const child = spawn(fairlead, [...args, '--credentials', join(fleet.folder, 'server', 'administrator-access-key.json')], { stdio: ['ignore', 'pipe', 'pipe'], env });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
    const ended = new Promise<Typed>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, out, err }));
    });
    return { soFar: () => out, ended };
  }
  const type = (...args: readonly string[]): Promise<Typed> => begin(...args).ended;
  async function done(...args: readonly string[]): Promise<string> {
    const { status, out, err } = await type(...args);
    assert.equal(status, 0, `fairlead ${args.join(' ')}: ${out}${err}`);
    return out;
  }
  /** A revision that leaves its name on the host, and is refused by the hosts whose root holds the file `refuses`. */
  const revision = (name: string): Promise<string> =>
    bundleFolder(join(fleet.folder, name), {
      'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: name\n    destination: /srv\nfile_exists_behavior: OVERWRITE\nhooks:\n  ValidateService:\n    - location: validate.sh\n      timeout: 60\n',
      name,
      'validate.sh': `#!/bin/sh\n[ ! -e "$FAIRLEAD_ROOT/refuses-${name}" ]\n`,
    });
  const runs = (name: string): Promise<string> => readFile(join(fleet.rootOf(name), 'srv/name'), 'utf8').catch(() => 'nothing');
  const promote = async (name: string, ...more: readonly string[]): Promise<Typed> => type('promote', '--application', 'app', '--path', 'out', '--directory', await revision(name), ...more);

  beforeEach(async () => {
    fleet = await RealFleet.start(names);
    const { client } = fleet;
    await client.call(createApplication, { applicationName: 'app' });
    for (const name of names) {
      await client.call(tagInstance, { instanceName: name, tags: [{ Key: 'stage', Value: name }] });
      await client.call(createDeploymentGroup, {
        applicationName: 'app',
        deploymentGroupName: name,
        serviceRoleArn: placeholderRoleArn,
        deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
        onPremisesInstanceTagFilters: [{ Key: 'stage', Value: name, Type: 'KEY_AND_VALUE' }],
        autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
      });
    }
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') for (const name of ['server', ...names]) appendFileSync(process.stderr.fd, `--- ${name}\n${fleet.outputOf(name).slice(-4000)}\n`);
    await fleet[Symbol.asyncDispose]();
  });

  const waves = (...more: readonly string[]): Promise<string> =>
    done('promotion-path', 'create', 'out', '--application', 'app', '--wave', 'first=staging', '--wave', 'second=europe', '--wave', 'third=asia', ...more);

  it('goes from wave to wave, and stops at the one that fails: the waves after it are not begun', async () => {
    await waves('--bake', '1s', '--roll-back-on-failure');
    const good = await promote('one');
    assert.equal(good.status, 0, good.out + good.err);
    assert.deepEqual(await Promise.all(names.map(runs)), ['one', 'one', 'one']);
    const told = good.out.replaceAll(/p-\w{9}/g, 'P').replaceAll(/d-\w{9}/g, 'D').replaceAll(/\d{4}-\S+ \S+Z/g, 'THEN');
    assert.match(told, /^P app along out, \S+, 3 waves\n/);
    assert.deepEqual(
      told.split('\n').filter((line) => /begins|bakes|wave \d of 3 \(\w+\) (Succeeded|Failed)|^P Succeeded/.test(line)),
      [
        'P wave 1 of 3 (first) begins',
        'P wave 1 of 3 (first) has succeeded and bakes until THEN',
        'P wave 1 of 3 (first) Succeeded',
        'P wave 2 of 3 (second) begins',
        'P wave 2 of 3 (second) has succeeded and bakes until THEN',
        'P wave 2 of 3 (second) Succeeded',
        'P wave 3 of 3 (third) begins',
        'P wave 3 of 3 (third) Succeeded',
        'P Succeeded',
      ],
    );

    await mkdir(fleet.rootOf('europe'), { recursive: true });
    await writeFile(join(fleet.rootOf('europe'), 'refuses-two'), '');
    const bad = await promote('two');
    assert.equal(bad.status, 1, bad.out + bad.err);
    const promotionId = /p-\w{9}/.exec(bad.out)?.[0] ?? '';
    assert.match(bad.out, new RegExp(`${promotionId} wave 2 of 3 \\(second\\) Failed\\n${promotionId} app/staging is rolled back by d-\\w{9}\\n${promotionId} Failed WAVE_FAILED: Wave second failed\\. Deployment d-\\w{9} to app/europe failed: `));
    const shown = await done('promotion', 'show', promotionId);
    assert.match(shown, /3 third +Skipped +app\/asia +- +-/);
    assert.match(await done('promotion', 'list', '--application', 'app', '--status', 'Failed'), new RegExp(`${promotionId}  Failed +app +out +second \\(2 of 3\\)`));
    assert.match(await done('promotion', 'explain', promotionId), /has ended: Failed\.\nWAVE_FAILED/);
    // The group that failed rolls itself back, as it is set to; the wave before it because the path says so.
    const { promotionInfo } = await fleet.client.call(getPromotion, { promotionId });
    const promoted = promotionInfo.waves.slice(0, 2).flatMap(({ groups }) => groups);
    const rollbacks = [promoted[0]!.rollbackDeploymentId!, (await fleet.client.call(getDeployment, { deploymentId: promoted[1]!.deploymentId! })).deploymentInfo.rollbackInfo!.rollbackDeploymentId!];
    for (const rollback of rollbacks) assert.equal(await fleet.ended(rollback), 'Succeeded');
    assert.deepEqual(await Promise.all(names.map(runs)), ['one', 'one', 'one']);
  });

  it('goes on from its bake after the controller was killed -9 in it, and creates no deployment twice', async () => {
    await waves('--bake', 'first=8s');
    const detached = await promote('one', '--detach');
    assert.equal(detached.status, 0, detached.err);
    const promotionId = detached.out.trim();
    const infoOf = async () => (await fleet.client.call(getPromotion, { promotionId })).promotionInfo;
    await until('the first wave bakes', async () => (await infoOf()).status === 'Baking');
    const watching = begin('promotion', 'watch', promotionId);
    await until('somebody watches', () => Promise.resolve(watching.soFar().includes('bakes until')));
    await fleet.killHard('server');
    await fleet.restart('server');
    assert.match(await done('promotion', 'explain', promotionId), /Wave 1 of 3 \(first\) has succeeded and bakes for|is being deployed to/);
    const watched = await watching.ended;
    assert.equal(watched.status, 0, watched.out + watched.err);
    assert.deepEqual(await Promise.all(names.map(runs)), ['one', 'one', 'one']);
    const { waves: reached } = await infoOf();
    const deployments = await Promise.all(reached.flatMap(({ groups }) => groups).map(async ({ deploymentId }) => (await fleet.client.call(getDeployment, { deploymentId: deploymentId! })).deploymentInfo));
    assert.ok(deployments[1]!.createTime! >= deployments[0]!.completeTime! + 8_000, 'the second wave began before the first had baked');
    const all = JSON.parse(await done('deployment', 'list', '--application', 'app', '--json')) as { deploymentsInfo: unknown[] };
    assert.equal(all.deploymentsInfo.length, 3);
  });

  it('waits for approval and for a freeze, says so, and stops when it is told to', async () => {
    await waves('--approve-before', 'second');
    const promotionId = (await promote('one', '--detach')).out.trim();
    await until('the second wave waits for approval', async () => /waited for approval/.test(await done('promotion', 'explain', promotionId)));
    await done('freeze', 'create', 'hold', '--application', 'app', '--deployment-group', 'europe', '--reason', 'look first');
    assert.match(await done('promotion', 'approve', promotionId, '--wave', 'second', '--comment', 'fine'), /goes on with wave second/);
    await until('the freeze holds the second wave', async () => /d-\w{9} to app\/europe: Frozen by hold \(look first\)/.test(await done('promotion', 'explain', promotionId)));
    const refused = await promote('two');
    assert.equal(refused.status, 2);
    assert.match(refused.err, new RegExp(`The promotion path out has an active promotion already: ${promotionId}`));
    await done('promotion', 'stop', promotionId);
    const watched = await type('promotion', 'watch', promotionId);
    assert.equal(watched.status, 3, watched.out + watched.err);
    assert.match(watched.out, new RegExp(`${promotionId} Stopped MANUAL_STOP: The promotion was stopped on request\\.`));
    assert.deepEqual(await Promise.all(names.map(runs)), ['one', 'nothing', 'nothing']);
  });
});
