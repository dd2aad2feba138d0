// Promotions on the command line: how waves are written, what a watch prints, and what is asked of the server.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Refusal } from '../../cli/refusal.ts';
import { linesOfPromotion } from '../../cli/render-promotion.ts';
import { pathMembers, type WaveFlags } from '../../cli/wave-flags.ts';
import type { PromotedWave, PromotionInfo } from '../../protocol/model/promotion.ts';
import type { PromotionChange } from '../../protocol/model/promotion-change.ts';
import { startFakeServer, refuse, say, stream } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

describe('the waves of a promotion path', () => {
  it('are written in the order they go, with groups of other applications by their names', () => {
    assert.deepEqual(pathMembers({ wave: ['staging=web', 'all=eu,us,api/production'] }), {
      waves: [
        { waveName: 'staging', deploymentGroups: [{ deploymentGroupName: 'web' }] },
        { waveName: 'all', deploymentGroups: [{ deploymentGroupName: 'eu' }, { deploymentGroupName: 'us' }, { applicationName: 'api', deploymentGroupName: 'production' }] },
      ],
    });
  });

  const wave = ['a=x', 'b=y', 'c=z'];
  it('bake for as long as is said of all but the last, or of one by name', () => {
    const bakes = (bake: readonly string[]) => pathMembers({ wave, bake }).waves?.map(({ bakeSeconds }) => bakeSeconds);
    assert.deepEqual(bakes(['30m']), [1800, 1800, undefined]);
    assert.deepEqual(bakes(['30m', 'b=2h', 'c=1m']), [1800, 7200, 60]);
    assert.deepEqual(bakes(['a=5s']), [5, undefined, undefined]);
  });

  it('wait for approval where that is said, and for as long', () => {
    const { waves } = pathMembers({ wave, approveBefore: ['b'], approvalExpiresIn: '90s', selfApproval: false });
    assert.deepEqual(waves?.map(({ approval }) => approval), [undefined, { required: true, expiresInMinutes: 2, allowSelfApproval: false }, undefined]);
  });

  it('stand beside triggers, which are told of everything, replaced as a whole or taken away', () => {
    const [trigger] = pathMembers({ trigger: ['chat=https://chat.example/hook?a=b'] }).triggerConfigurations ?? [];
    assert.deepEqual([trigger?.triggerName, trigger?.triggerTargetArn, trigger?.triggerEvents?.length], ['chat', 'https://chat.example/hook?a=b', 7]);
    assert.deepEqual(pathMembers({ triggers: false }), { triggerConfigurations: [] });
    for (const trigger of ['chat', 'chat=', '=https://chat.example']) assert.throws(() => pathMembers({ trigger: [trigger] }), /is no trigger\. Write it as NAME=TARGET/);
    assert.throws(() => pathMembers({ trigger: ['chat=https://chat.example'], triggers: false }), /Give one of them/);
  });

  it('need not be given to change what else a path is', () => {
    assert.deepEqual(pathMembers({ rollBackOnFailure: false, whenActive: 'supersede', description: 'x' }), { rollBackOnFailure: false, activePromotionPolicy: 'SUPERSEDE', description: 'x' });
  });

  const refused: readonly (readonly [WaveFlags, RegExp])[] = [
    [{ wave: ['staging'] }, /"staging" is no wave\. Write it as WAVE=GROUP,GROUP/],
    [{ wave: ['=x'] }, /is no wave/],
    [{ wave: ['a=x,'] }, /is no wave/],
    [{ wave: ['a=b/c/d'] }, /"b\/c\/d" is no deployment group/],
    [{ wave, bake: ['d=5m'] }, /--bake names the wave "d", but there is none of that name\. There are: a, b, c/],
    [{ wave, bake: ['soon'] }, /no duration/],
    [{ wave, approveBefore: ['d'] }, /--approve-before names the wave "d"/],
    [{ wave, approvalExpiresIn: '1h' }, /go with --approve-before/],
    [{ bake: ['5m'] }, /give the waves as --wave too/],
    [{ wave, whenActive: 'hurry' }, /hurry/],
  ];
  for (const [flags, named] of refused) {
    it(`are refused when they cannot be read: ${JSON.stringify(flags)}`, () => {
      assert.throws(() => pathMembers(flags), (error) => error instanceof Refusal && named.test(error.message));
    });
  }
});

const until = Date.UTC(2026, 10, 30, 12);
const group = (status?: string, over: object = {}): PromotedWave['groups'][number] => ({ applicationName: 'web', deploymentGroupName: 'eu', ...(status === undefined ? {} : { deploymentId: 'd-AAAAAAAAA', status: status as 'Created' }), ...over });
const aWave = (status: string, groups: PromotedWave['groups'], over: Partial<PromotedWave> = {}): PromotedWave => ({ waveName: 'first', status: status as 'Pending', bakeSeconds: 60, groups, ...over });
const picture = (waves: PromotedWave[], over: Partial<PromotionInfo> = {}): PromotionChange => ({
  promotion: {
    promotionId: 'p-AAAAAAAAA',
    applicationName: 'web',
    promotionPathName: 'out',
    revision: { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k.zip', bundleType: 'zip' } },
    status: 'InProgress',
    createTime: 0,
    createdBy: 'AK',
    rollBackOnFailure: false,
    waves,
    statusMessages: [],
    ...over,
  },
  waitingOn: [],
  sentences: [],
});

describe('a watched promotion', () => {
  it('is introduced, and then says each thing once', () => {
    const created = picture([aWave('Pending', [group()])], { status: 'Created' });
    const begun = picture([aWave('InProgress', [group('Created')])]);
    const running = picture([aWave('InProgress', [group('InProgress')])]);
    const baking = picture([aWave('Baking', [group('Succeeded')], { bakesUntil: until })]);
    const done = picture([aWave('Succeeded', [group('Succeeded')])], { status: 'Succeeded' });
    assert.deepEqual(linesOfPromotion(null, created), ['p-AAAAAAAAA web along out, b/k.zip, 1 wave']);
    assert.deepEqual(linesOfPromotion(created, begun), ['p-AAAAAAAAA wave 1 of 1 (first) begins', 'p-AAAAAAAAA d-AAAAAAAAA to web/eu']);
    assert.deepEqual(linesOfPromotion(begun, running), ['p-AAAAAAAAA d-AAAAAAAAA to web/eu InProgress']);
    assert.deepEqual(linesOfPromotion(running, baking), ['p-AAAAAAAAA d-AAAAAAAAA to web/eu Succeeded', 'p-AAAAAAAAA wave 1 of 1 (first) has succeeded and bakes until 2026-11-30 12:00:00Z']);
    assert.deepEqual(linesOfPromotion(baking, done), ['p-AAAAAAAAA wave 1 of 1 (first) Succeeded', 'p-AAAAAAAAA Succeeded']);
    assert.deepEqual(linesOfPromotion(done, done), []);
  });

  it('says whose approval is waited for, and how to give it', () => {
    const approval = { requestedAt: 0, requestedBy: 'AK', expiresAt: until, allowSelfApproval: true };
    const lines = linesOfPromotion(picture([aWave('Pending', [group()])]), picture([aWave('Approval', [group()], { approval })]));
    assert.deepEqual(lines, ['p-AAAAAAAAA wave 1 of 1 (first) waits for approval until 2026-11-30 12:00:00Z: fairlead promotion approve p-AAAAAAAAA --wave first']);
  });

  it('says why it failed, what is rolled back, and what is not', () => {
    const before = picture([aWave('InProgress', [group('InProgress')])]);
    const failed = picture([aWave('Failed', [group('Failed', { rollbackDeploymentId: 'd-BBBBBBBBB' })])], { status: 'Failed', errorInformation: { code: 'WAVE_FAILED', message: 'Wave first failed.' }, statusMessages: ['web/us was not rolled back.'] });
    assert.deepEqual(linesOfPromotion(before, failed), [
      'p-AAAAAAAAA d-AAAAAAAAA to web/eu Failed',
      'p-AAAAAAAAA web/eu is rolled back by d-BBBBBBBBB',
      'p-AAAAAAAAA wave 1 of 1 (first) Failed',
      'p-AAAAAAAAA Failed WAVE_FAILED: Wave first failed.',
      'p-AAAAAAAAA web/us was not rolled back.',
    ]);
  });
});

describe('fairlead promote', () => {
  const spelled = (change: PromotionChange): unknown => ({ ...change, promotion: { ...change.promotion, createTime: '2026-11-30T12:00:00.000Z' } });
  const ends = { Succeeded: 0, Failed: 1, Stopped: 3 } as const;
  for (const [status, exitStatus] of Object.entries(ends)) {
    it(`ends with ${exitStatus} when the promotion ends as ${status}`, async () => {
      await using server = await startFakeServer({
        'POST /v1/applications/web/promotion-paths/out/promotions': say({ promotionId: 'p-AAAAAAAAA' }),
        'GET /v1/promotions/p-AAAAAAAAA/watch': stream(spelled(picture([aWave('Pending', [group()])])), spelled(picture([aWave('Skipped', [group()])], { status: status as 'Failed' }))),
      });
      const ran = await runCommand(['promote', '--application', 'web', '--path', 'out', '--s3', 's3://b/k.zip', '--when-active', 'queue', '--reason', 'because'], { env: environmentFor(server.url) });
      assert.equal(ran.status, exitStatus, ran.err);
      assert.match(ran.out, new RegExp(`p-AAAAAAAAA ${status}\n$`));
      assert.deepEqual(JSON.parse(server.asked[0]!.body.toString()), { revision: { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k.zip', bundleType: 'zip' } }, activePromotionPolicy: 'QUEUE' });
      assert.equal(server.asked[0]!.headers['x-fairlead-reason'], 'because');
    });
  }

  it('prints the id alone when it is not to follow', async () => {
    await using server = await startFakeServer({ 'POST /v1/applications/web/promotion-paths/out/promotions': say({ promotionId: 'p-AAAAAAAAA' }) });
    const ran = await runCommand(['promote', '--application', 'web', '--path', 'out', '--s3', 's3://b/k.zip', '--detach'], { env: environmentFor(server.url) });
    assert.deepEqual([ran.status, ran.out], [0, 'p-AAAAAAAAA\n']);
  });

  it('is refused with what to do next', async () => {
    await using server = await startFakeServer({ 'POST /v1/applications/web/promotion-paths/out/promotions': refuse(409, 'PromotionLimitExceededException', 'The promotion path out has an active promotion already: p-BBBBBBBBB.') });
    const ran = await runCommand(['promote', '--application', 'web', '--path', 'out', '--s3', 's3://b/k.zip'], { env: environmentFor(server.url) });
    assert.equal(ran.status, 2);
    assert.match(ran.err, /p-BBBBBBBBB\.\nFollow the one that is under way: fairlead promotion watch ID/);
    const none = await runCommand(['promote', '--application', 'web', '--path', 'out'], { env: environmentFor(server.url) });
    assert.match(none.err, /Give exactly one of --directory, --revision-key, .*; none is given\./);
  });
});

describe('fairlead promotion stop', () => {
  it('says what is to become of the deployments', async () => {
    await using server = await startFakeServer({ 'POST /v1/promotions/p-AAAAAAAAA/stop': say({ status: 'Pending' }) });
    const bodies = async (...flags: string[]): Promise<unknown> => {
      const ran = await runCommand(['promotion', 'stop', 'p-AAAAAAAAA', ...flags], { env: environmentFor(server.url) });
      assert.equal(ran.status, 0, ran.err);
      return JSON.parse(server.asked.at(-1)!.body.toString());
    };
    assert.deepEqual(await bodies(), {});
    assert.deepEqual(await bodies('--let-deployments-end'), { stopDeployments: false });
    assert.deepEqual(await bodies('--auto-rollback'), { autoRollbackEnabled: true });
    assert.deepEqual(await bodies('--no-auto-rollback'), { autoRollbackEnabled: false });
  });
});
