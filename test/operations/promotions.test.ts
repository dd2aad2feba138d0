// Promotions carried on over a real store: what is written, once and together, and what becomes of it when things change
// under way. Deployments are ended by hand.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import { commitPromotion } from '../../server/deployer/commit-promotion.ts';
import { loadPromotion } from '../../server/deployer/load-promotion.ts';
import { makePromoter, type Promoter } from '../../server/deployer/promoter.ts';
import { planPromotion } from '../../server/planner/promotion/plan.ts';
import { DeploymentDocument, readDocument, writeDocument } from '../../server/store/documents.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';
import { aController, aDeployment, aGroup, anApplication, anInstance, anUpload, digest, end, gitHub, selecting, type TestController } from './a-controller.ts';

const path = { applicationName: 'web', promotionPathName: 'out' };

describe('the promoter', () => {
  let c: TestController;
  let promoter: Promoter;
  const changed: string[] = [];
  const errors: string[] = [];
  beforeEach(async () => {
    c = await aController();
    changed.length = errors.length = 0;
    promoter = aPromoter();
    await anApplication(c);
    for (const name of ['staging', 'eu', 'us']) {
      await aGroup(c, { deploymentGroupName: name, ...selecting('stage', name) });
      await anInstance(c, `${name}-1`, [{ Key: 'stage', Value: name }]);
    }
    await c.call(registry.createPromotionPath, { ...path, waves: [{ waveName: 'staging', deploymentGroups: [{ deploymentGroupName: 'staging' }], bakeSeconds: 60 }, { waveName: 'world', deploymentGroups: [{ deploymentGroupName: 'eu' }, { deploymentGroupName: 'us' }] }] });
  });
  afterEach(async () => {
    await promoter.close();
    await c.close();
    assert.deepEqual(errors, []);
  });

  function aPromoter(): Promoter {
    const log = { ...silentLog, child: () => log, error: (fields: unknown, message: string) => void errors.push(`${message} ${JSON.stringify(fields)}`) };
    return makePromoter({
      store: c.store,
      world: { ...c.services.world, clock: { now: () => c.now, after: () => ({ cancel() {} }) }, log } as unknown as World,
      lookEveryMs: 15_000,
      wakeDeployment: (deploymentId) => c.woken.push(deploymentId),
      changed: (promotionId) => changed.push(promotionId),
      whereabouts: c.services,
      carryOut: () => c.services.carryOut(),
    });
  }

  /** Wakes every promotion and waits until each has come to rest. */
  async function settle(): Promise<void> {
    await promoter.wakeAll();
    await promoter.close();
    promoter = aPromoter();
  }
  async function promote(over: Partial<InputOf<typeof registry.createPromotion>> = {}): Promise<string> {
    const revision = over.revision ?? (await anUpload(c, 'web/v2.zip', digest('b')));
    const { promotionId } = await c.call(registry.createPromotion, { ...path, ...over, revision });
    await settle();
    return promotionId;
  }
  const infoOf = async (promotionId: string) => (await c.call(registry.getPromotion, { promotionId })).promotionInfo;
  const statesOf = async (promotionId: string) => {
    const { status, waves } = await infoOf(promotionId);
    return [status, ...waves.map((wave) => `${wave.status}: ${wave.groups.map((group) => `${group.deploymentGroupName} ${group.status ?? '-'}`).join(', ')}`)];
  };
  const deploymentTo = async (promotionId: string, name: string): Promise<string> => {
    const found = (await infoOf(promotionId)).waves.flatMap(({ groups }) => groups).find((group) => group.deploymentGroupName === name)?.deploymentId;
    assert.ok(found !== undefined, `${name} has no deployment`);
    return found;
  };
  const deploymentInfo = async (deploymentId: string) => (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo;
  const allDeployments = async () => (await c.store.db.selectFrom('deployments').select(['deployment_id', 'group_name', 'creator']).orderBy('created_at').orderBy('group_name').execute()).map((row) => `${row.group_name} ${row.creator}`);
  async function endOf(promotionId: string, name: string, status: 'Succeeded' | 'Failed' | 'Stopped'): Promise<void> {
    c.now += 1_000;
    await end(c, await deploymentTo(promotionId, name), status);
    await settle();
  }

  it('goes wave by wave: each group gets one deployment when its wave has its turn', async () => {
    const promotionId = await promote();
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'InProgress: staging Created', 'Pending: eu -, us -']);
    await endOf(promotionId, 'staging', 'Succeeded');
    assert.deepEqual(await statesOf(promotionId), ['Baking', 'Baking: staging Succeeded', 'Pending: eu -, us -']);
    c.now += 59_999;
    await settle();
    assert.deepEqual((await infoOf(promotionId)).status, 'Baking');
    c.now += 1;
    await settle();
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'Succeeded: staging Succeeded', 'InProgress: eu Created, us Created']);
    await endOf(promotionId, 'eu', 'Succeeded');
    await endOf(promotionId, 'us', 'Succeeded');
    assert.deepEqual(await statesOf(promotionId), ['Succeeded', 'Succeeded: staging Succeeded', 'Succeeded: eu Succeeded, us Succeeded']);
    assert.deepEqual(await allDeployments(), ['staging CodeDeploy', 'eu CodeDeploy', 'us CodeDeploy']);
    assert.ok(changed.includes(promotionId));
  });

  it('has its deployments ask about failed targets where their group does', async () => {
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'staging', guidedFailure: { enabled: true, decideWithinMinutes: 7 } });
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    c.now += 60_000;
    await settle();
    const decideWithinMs = async (name: string): Promise<number | undefined> => {
      const { document } = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', await deploymentTo(promotionId, name)).executeTakeFirstOrThrow();
      return readDocument(DeploymentDocument, document, name).decideWithinMs;
    };
    assert.deepEqual([await decideWithinMs('staging'), await decideWithinMs('eu')], [420_000, undefined]);
  });

  const chat = { triggerName: 'chat', triggerTargetArn: 'https://chat.example/hook', triggerEvents: ['PromotionStart', 'PromotionReady', 'WaveSuccess', 'PromotionRollback', 'PromotionSuccess', 'PromotionFailure'] as const };
  const told = async (promotionId: string): Promise<string[]> => (await c.call(registry.listTriggerDeliveries, { promotionId })).deliveries.map(({ event }) => event ?? 'test').toSorted();
  const setTriggers = (triggerConfigurations: readonly object[]): Promise<unknown> => c.call(registry.updatePromotionPath, { ...path, triggerConfigurations: triggerConfigurations as (typeof chat & { triggerEvents: ('PromotionStart')[] })[] });

  it('tells whom the path names, of the promotion as it then stands, in one lane and in order', async () => {
    await setTriggers([chat]);
    assert.deepEqual((await c.call(registry.getPromotionPath, path)).promotionPathInfo.triggerConfigurations, [chat]);
    const promotionId = await promote();
    await setTriggers([]);
    await endOf(promotionId, 'staging', 'Succeeded');
    c.now += 60_000;
    await settle();
    await endOf(promotionId, 'eu', 'Succeeded');
    await endOf(promotionId, 'us', 'Failed');
    assert.deepEqual(await told(promotionId), ['PromotionFailure', 'PromotionStart', 'WaveSuccess']);
    const rows = await c.store.db.selectFrom('effects').selectAll().where('deployment_id', '=', promotionId).orderBy('sequence').execute();
    assert.deepEqual(new Set(rows.map(({ lane }) => lane)).size, 1);
    const messages = rows.map(({ payload }) => (JSON.parse(payload) as { subject: string; message: Record<string, unknown> }));
    const at = { region: 'eu-test-1', accountId: '123456789012', eventTriggerName: 'chat', applicationName: 'web', promotionId, promotionPathName: 'out' };
    const [start, wave, failure] = messages.map(({ message: { createTime: _, ...message } }) => message);
    assert.deepEqual(start, { ...at, status: 'InProgress', waveName: 'staging', wavePosition: '1', waveCount: '2' });
    assert.deepEqual(wave, { ...at, status: 'InProgress', waveName: 'world', wavePosition: '2', waveCount: '2' });
    assert.deepEqual({ ...failure, errorInformation: undefined, completeTime: undefined }, { ...at, status: 'Failed', waveName: 'world', wavePosition: '2', waveCount: '2', errorInformation: undefined, completeTime: undefined });
    assert.equal((failure?.['errorInformation'] as { ErrorCode: string }).ErrorCode, 'WAVE_FAILED');
    assert.equal(messages[2]?.subject, `FAILED: AWS CodeDeploy ${promotionId} in eu-test-1 to web`);
  });

  it('tells of a wave that waits for approval, and once of going back', async () => {
    await c.call(registry.updatePromotionPath, { ...path, rollBackOnFailure: true, waves: [{ waveName: 'staging', deploymentGroups: [{ deploymentGroupName: 'staging' }] }, { waveName: 'eu', deploymentGroups: [{ deploymentGroupName: 'eu' }], approval: { required: true } }] });
    await setTriggers([chat]);
    await end(c, await aDeployment(c, { deploymentGroupName: 'staging' } as never), 'Succeeded');
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    assert.deepEqual(await told(promotionId), ['PromotionReady', 'PromotionStart', 'WaveSuccess']);
    await c.call(registry.approvePromotion, { promotionId });
    await settle();
    await endOf(promotionId, 'eu', 'Failed');
    assert.deepEqual(await told(promotionId), ['PromotionFailure', 'PromotionReady', 'PromotionRollback', 'PromotionStart', 'WaveSuccess']);
  });

  it('tries triggers of the path when they are set up, and again only when they lead elsewhere', async () => {
    await setTriggers([chat]);
    await setTriggers([{ ...chat, triggerEvents: ['PromotionStop'] }]);
    const { deliveries } = await c.call(registry.listTriggerDeliveries, path);
    assert.deepEqual(deliveries.map(({ triggerName, target, event, deploymentId, promotionId }) => [triggerName, target, event, deploymentId, promotionId]), [['chat', chat.triggerTargetArn, undefined, undefined, undefined]]);
    const { payload } = await c.store.db.selectFrom('effects').selectAll().executeTakeFirstOrThrow();
    assert.match((JSON.parse(payload) as { message: { message: string } }).message.message, /trigger chat of promotion path out was set up\. This is a test: nothing was promoted/);
    await setTriggers([{ ...chat, triggerTargetArn: 'https://chat.example/2' }]);
    assert.equal((await c.call(registry.listTriggerDeliveries, path)).deliveries.length, 2);
    await c.refused(registry.listTriggerDeliveries, { ...path, deploymentGroupName: 'staging' }, 'InvalidInputException');
    await c.refused(registry.listTriggerDeliveries, { promotionId: 'p-AAAAAAAAA' }, 'PromotionDoesNotExistException');
    await c.refused(registry.listTriggerDeliveries, { ...path, promotionPathName: 'nope' }, 'PromotionPathDoesNotExistException');
    await c.refused(registry.listTriggerDeliveries, { promotionId: 'p-AAAAAAAAA', applicationName: 'web' }, 'InvalidInputException');
  });

  it('says of each deployment where it comes from: its creator, its promotion, its siblings, and an audit record of the controller', async () => {
    const promotionId = await promote({ description: 'the second' });
    const deploymentId = await deploymentTo(promotionId, 'staging');
    const info = await deploymentInfo(deploymentId);
    assert.deepEqual([info.creator, info.description], ['CodeDeploy', 'the second']);
    assert.deepEqual(info.relatedDeployments, { promotionId, promotionDeploymentIds: [deploymentId] });
    const { auditRecords } = await c.call(registry.listAuditRecords, { subject: `promotion:${promotionId}` });
    assert.deepEqual(
      auditRecords.map((record) => [record.operation, record.actor, record.reason]).toSorted(),
      [
        ['CreateDeployment', 'controller', `Wave staging of promotion ${promotionId}.`],
        ['CreatePromotion', 'accessKey', undefined],
      ],
    );
    assert.ok(c.woken.includes(deploymentId));
  });

  it('writes a deployment and its place in the promotion together: nothing of a plan made before something changed stays', async () => {
    const { promotionId } = await c.call(registry.createPromotion, { ...path, revision: await anUpload(c) });
    const loaded = (await c.store.transaction((tx) => loadPromotion(tx, promotionId, c.now)))!;
    await c.call(registry.stopPromotion, { promotionId });
    assert.equal(await commitPromotion(c.store, loaded, planPromotion(loaded.snapshot), c.services.world.random, c.services), null);
    assert.deepEqual(await allDeployments(), []);
    await settle();
    assert.equal((await infoOf(promotionId)).status, 'Stopped');
    assert.deepEqual(await allDeployments(), []);
  });

  it('creates no second deployment when the same plan is written twice', async () => {
    const { promotionId } = await c.call(registry.createPromotion, { ...path, revision: await anUpload(c) });
    const loaded = (await c.store.transaction((tx) => loadPromotion(tx, promotionId, c.now)))!;
    const plan = planPromotion(loaded.snapshot);
    assert.notEqual(await commitPromotion(c.store, loaded, plan, c.services.world.random, c.services), null);
    assert.equal(await commitPromotion(c.store, loaded, plan, c.services.world.random, c.services), null);
    await settle();
    assert.deepEqual(await allDeployments(), ['staging CodeDeploy']);
  });

  it('stops at a wave that fails: none follows, and earlier waves keep the revision', async () => {
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Failed');
    assert.deepEqual(await statesOf(promotionId), ['Failed', 'Failed: staging Failed', 'Skipped: eu -, us -']);
    assert.deepEqual(await allDeployments(), ['staging CodeDeploy']);
    const { errorInformation } = await infoOf(promotionId);
    assert.equal(errorInformation?.code, 'WAVE_FAILED');
  });

  it('takes earlier waves back where the path says so, to what each had, by deployments that say whose rollback they are', async () => {
    await c.call(registry.updatePromotionPath, { ...path, rollBackOnFailure: true });
    const before = await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v1.zip') });
    await end(c, before, 'Succeeded');
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    c.now += 60_000;
    await settle();
    await endOf(promotionId, 'eu', 'Succeeded');
    await endOf(promotionId, 'us', 'Failed');
    const { status, waves, statusMessages } = await infoOf(promotionId);
    assert.equal(status, 'Failed');
    const rollbackId = waves[0]!.groups[0]!.rollbackDeploymentId!;
    const rollback = await deploymentInfo(rollbackId);
    const promoted = await deploymentTo(promotionId, 'staging');
    assert.deepEqual([rollback.creator, rollback.revision?.s3Location?.key], ['codeDeployRollback', 'web/v1.zip']);
    assert.equal(rollback.rollbackInfo?.rollbackTriggeringDeploymentId, promoted);
    assert.equal((await deploymentInfo(promoted)).rollbackInfo?.rollbackDeploymentId, rollbackId);
    assert.deepEqual(statusMessages, ['web/eu was not rolled back: it had no successful deployment before this promotion.']);
    assert.deepEqual((await allDeployments()).filter((line) => line.includes('Rollback')), ['staging codeDeployRollback']);
  });

  it('leaves alone what somebody has deployed to since', async () => {
    await c.call(registry.updatePromotionPath, { ...path, rollBackOnFailure: true, waves: [{ waveName: 'one', deploymentGroups: [{ deploymentGroupName: 'staging' }] }, { waveName: 'two', deploymentGroups: [{ deploymentGroupName: 'eu' }] }] });
    await end(c, await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v1.zip') }), 'Succeeded');
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    const newer = await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v3.zip', digest('c')) });
    await endOf(promotionId, 'eu', 'Failed');
    assert.deepEqual((await infoOf(promotionId)).statusMessages, [`web/staging was not rolled back: deployment ${newer} was created there since, and a rollback would undo it.`]);
  });

  it('does not go on over an earlier wave that was given another revision meanwhile', async () => {
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    const other = await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v3.zip', digest('c')) });
    await end(c, other, 'Succeeded');
    c.now += 60_000;
    await settle();
    const { errorInformation, waves } = await infoOf(promotionId);
    assert.equal(errorInformation?.code, 'REVISION_REPLACED');
    assert.match(errorInformation?.message ?? '', new RegExp(`Wave world was not begun: deployment ${other} has since given web/staging`));
    assert.equal(waves[1]!.status, 'Skipped');
  });

  it('goes on over an earlier wave that was given the same bytes again', async () => {
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    await end(c, await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/again.zip', digest('b')) }), 'Succeeded');
    c.now += 60_000;
    await settle();
    assert.equal((await infoOf(promotionId)).waves[1]!.status, 'InProgress');
  });

  it('fails with a sentence when a group of a later wave was deleted meanwhile, and goes by the names there are now', async () => {
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'eu', newDeploymentGroupName: 'europe' });
    const promotionId = await promote();
    await c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'us' });
    await endOf(promotionId, 'staging', 'Succeeded');
    c.now += 60_000;
    await settle();
    const { errorInformation, waves } = await infoOf(promotionId);
    assert.deepEqual([errorInformation?.code, waves[1]!.groups.map((group) => group.deploymentGroupName)], ['DEPLOYMENT_GROUP_MISSING', ['europe', 'us']]);
    assert.deepEqual(await allDeployments(), ['staging CodeDeploy']);
  });

  it('counts a deployment whose application was deleted as failed', async () => {
    await anApplication(c, 'api');
    await aGroup(c, { applicationName: 'api', deploymentGroupName: 'api', ...selecting('stage', 'api') });
    await c.call(registry.updatePromotionPath, { ...path, waves: [{ waveName: 'one', deploymentGroups: [{ applicationName: 'api', deploymentGroupName: 'api' }] }, { waveName: 'two', deploymentGroups: [{ deploymentGroupName: 'eu' }] }] });
    const promotionId = await promote();
    await c.call(registry.deleteApplication, { applicationName: 'api' });
    await settle();
    assert.match((await infoOf(promotionId)).errorInformation?.message ?? '', /is gone: its application was deleted/);
  });

  it('goes with its own application', async () => {
    const promotionId = await promote();
    await c.call(registry.deleteApplication, { applicationName: 'web' });
    await settle();
    await c.refused(registry.getPromotion, { promotionId }, 'PromotionDoesNotExistException');
    assert.deepEqual(await c.store.db.selectFrom('promotion_deployments').selectAll().execute(), []);
    assert.deepEqual(await c.store.db.selectFrom('promotion_paths').selectAll().execute(), []);
  });

  it('goes on by the path as it was when the promotion was created, though the path was changed', async () => {
    const promotionId = await promote();
    await c.call(registry.updatePromotionPath, { ...path, newPromotionPathName: 'new', waves: [{ waveName: 'only', deploymentGroups: [{ deploymentGroupName: 'eu' }] }] });
    assert.deepEqual((await infoOf(promotionId)).waves.map(({ waveName }) => waveName), ['staging', 'world']);
    assert.equal((await infoOf(promotionId)).promotionPathName, 'new');
  });

  it('begins no further wave once the path was deleted, and lets end what has begun', async () => {
    const promotionId = await promote();
    await c.call(registry.deletePromotionPath, path);
    await settle();
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'InProgress: staging Created', 'Pending: eu -, us -']);
    await endOf(promotionId, 'staging', 'Succeeded');
    const { status, errorInformation, promotionPathName } = await infoOf(promotionId);
    assert.deepEqual([status, errorInformation?.message, promotionPathName], ['Stopped', 'The promotion was stopped because its promotion path was deleted.', 'out']);
  });

  it('lets one promotion of a path go at a time: the next in the queue starts when the first has ended', async () => {
    const first = await promote();
    const second = await promote({ activePromotionPolicy: 'QUEUE', revision: await anUpload(c, 'web/v3.zip', digest('c')) });
    assert.deepEqual([(await infoOf(first)).status, (await infoOf(second)).status], ['InProgress', 'Queued']);
    assert.deepEqual((await c.call(registry.explainPromotion, { promotionId: second })).waitingOn, [{ reason: 'EarlierPromotion', promotionId: first }]);
    await endOf(first, 'staging', 'Failed');
    await settle();
    assert.deepEqual([(await infoOf(first)).status, (await infoOf(second)).status], ['Failed', 'InProgress']);
  });

  it('lets only one of two start that both believe they are first', async () => {
    const first = (await c.call(registry.createPromotion, { ...path, revision: await anUpload(c) })).promotionId;
    const loaded = (await c.store.transaction((tx) => loadPromotion(tx, first, c.now)))!;
    const second = (await c.call(registry.createPromotion, { ...path, activePromotionPolicy: 'QUEUE', revision: await anUpload(c) })).promotionId;
    await c.store.db.updateTable('promotions').set({ created_at: c.now - 1 }).where('promotion_id', '=', second).execute();
    const other = (await c.store.transaction((tx) => loadPromotion(tx, second, c.now)))!;
    assert.equal(loaded.snapshot.earlierPromotionId ?? other.snapshot.earlierPromotionId, null);
    assert.notEqual(await commitPromotion(c.store, loaded, planPromotion(loaded.snapshot), c.services.world.random, c.services), null);
    assert.equal(await commitPromotion(c.store, other, planPromotion(other.snapshot), c.services.world.random, c.services), null);
    await settle();
    assert.equal((await infoOf(second)).status, 'Queued');
  });

  it('takes the place of another where it is to supersede it: what that one has running is stopped first', async () => {
    const first = await promote();
    const second = await promote({ activePromotionPolicy: 'SUPERSEDE', revision: await anUpload(c, 'web/v3.zip', digest('c')) });
    await settle();
    const running = await deploymentTo(first, 'staging');
    assert.equal((await c.store.db.selectFrom('deployments').select('stop_requested_at').where('deployment_id', '=', running).executeTakeFirstOrThrow()).stop_requested_at, c.now);
    assert.equal((await infoOf(second)).status, 'Queued');
    await endOf(first, 'staging', 'Stopped');
    await settle();
    const { status, supersededBy, errorInformation } = await infoOf(first);
    assert.deepEqual([status, supersededBy, errorInformation?.code], ['Stopped', second, 'MANUAL_STOP']);
    assert.equal((await infoOf(second)).status, 'InProgress');
  });

  it('queues behind a deployment of the group rather than being refused, and supersedes it where the group wants that', async () => {
    const mine = await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v1.zip') });
    const promotionId = await promote();
    assert.equal((await deploymentInfo(mine)).supersededBy, undefined);
    await c.call(registry.stopPromotion, { promotionId });
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'staging', activeDeploymentPolicy: 'SUPERSEDE' });
    await endOf(promotionId, 'staging', 'Stopped');
    const again = await promote();
    assert.equal((await deploymentInfo(mine)).supersededBy, await deploymentTo(again, 'staging'));
  });

  it('gives every group the bytes that the first deployment has fetched', async () => {
    Object.assign(c.services, { sources: { gitHub: { isPinned: () => true } } });
    await c.call(registry.updatePromotionPath, { ...path, waves: [{ waveName: 'both', deploymentGroups: [{ deploymentGroupName: 'eu' }, { deploymentGroupName: 'us' }] }] });
    const promotionId = await promote({ revision: gitHub });
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'InProgress: eu Created, us -']);
    assert.match((await c.call(registry.explainPromotion, { promotionId })).sentences[0]!, /1 more of its groups wait until the revision has been fetched/);
    const first = await deploymentTo(promotionId, 'eu');
    const bundle = { sha256: digest('e'), size: 9, bundleType: 'zip' as const };
    const row = await c.store.db.selectFrom('deployments').selectAll().where('deployment_id', '=', first).executeTakeFirstOrThrow();
    await c.store.db.updateTable('deployments').set({ document: writeDocument(DeploymentDocument, { ...readDocument(DeploymentDocument, row.document, first), bundle }, first) }).where('deployment_id', '=', first).execute();
    promoter.deploymentMoved(first);
    await settle();
    const second = await c.store.db.selectFrom('deployments').selectAll().where('deployment_id', '=', await deploymentTo(promotionId, 'us')).executeTakeFirstOrThrow();
    assert.deepEqual(readDocument(DeploymentDocument, second.document, 'second').bundle, bundle);
  });

  it('fails by its first deployment when the revision is not there', async () => {
    const promotionId = await promote({ revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/none.zip', bundleType: 'zip' } } });
    const info = await deploymentInfo(await deploymentTo(promotionId, 'staging'));
    assert.equal(info.status, 'Created');
    const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', info.deploymentId!).executeTakeFirstOrThrow();
    assert.equal(readDocument(DeploymentDocument, row.document, 'it').defect?.code, 'REVISION_MISSING');
    await endOf(promotionId, 'staging', 'Failed');
    assert.equal((await infoOf(promotionId)).errorInformation?.code, 'WAVE_FAILED');
  });

  it('waits for approval of a wave that needs it, once the wave before has baked', async () => {
    await c.call(registry.updatePromotionPath, {
      ...path,
      waves: [
        { waveName: 'staging', deploymentGroups: [{ deploymentGroupName: 'staging' }] },
        { waveName: 'world', deploymentGroups: [{ deploymentGroupName: 'eu' }], approval: { required: true, expiresInMinutes: 10, allowSelfApproval: false } },
      ],
    });
    const promotionId = await promote();
    await c.refused(registry.approvePromotion, { promotionId }, 'InvalidPromotionStatusException');
    await endOf(promotionId, 'staging', 'Succeeded');
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'Succeeded: staging Succeeded', 'Approval: eu -']);
    const approval = (await infoOf(promotionId)).waves[1]!.approval;
    assert.deepEqual([approval?.requestedBy, approval?.expiresAt], ['K', c.now + 600_000]);
    assert.match((await c.refused(registry.approvePromotion, { promotionId }, 'AccessDeniedException')).message, /wants another one to approve it/);
    assert.match((await c.refused(registry.rejectPromotion, { promotionId, waveName: 'staging' }, 'InvalidPromotionStatusException')).message, /waits with wave world, not with staging/);
    await c.call(registry.rejectPromotion, { promotionId, comment: 'not on a Friday' });
    await c.refused(registry.approvePromotion, { promotionId }, 'InvalidPromotionStatusException');
    await settle();
    const { status, errorInformation } = await infoOf(promotionId);
    assert.deepEqual([status, errorInformation?.message], ['Stopped', 'Wave world was rejected by K: not on a Friday. Earlier waves keep the revision.']);
  });

  it('goes on when its wave is approved', async () => {
    await c.call(registry.updatePromotionPath, { ...path, waves: [{ waveName: 'world', deploymentGroups: [{ deploymentGroupName: 'eu' }], approval: { required: true } }] });
    const promotionId = await promote();
    await c.call(registry.approvePromotion, { promotionId, waveName: 'world', comment: 'go' });
    await c.call(registry.approvePromotion, { promotionId });
    await settle();
    assert.deepEqual(await statesOf(promotionId), ['InProgress', 'InProgress: eu Created']);
    assert.equal((await infoOf(promotionId)).waves[0]!.approval?.comment, 'go');
  });

  it('stops with its deployments, or without; and takes back what it changed when told to', async () => {
    await end(c, await aDeployment(c, { deploymentGroupName: 'staging', revision: await anUpload(c, 'web/v1.zip') }), 'Succeeded');
    const promotionId = await promote();
    await endOf(promotionId, 'staging', 'Succeeded');
    c.now += 60_000;
    await settle();
    assert.deepEqual(await c.call(registry.stopPromotion, { promotionId, stopDeployments: false }), { status: 'Pending' });
    await settle();
    const stopOf = async (name: string): Promise<readonly (number | null)[]> => {
      const row = await c.store.db.selectFrom('deployments').select(['stop_requested_at', 'stop_rollback']).where('deployment_id', '=', await deploymentTo(promotionId, name)).executeTakeFirstOrThrow();
      return [row.stop_requested_at, row.stop_rollback];
    };
    assert.deepEqual(await stopOf('eu'), [null, null]);
    await c.call(registry.stopPromotion, { promotionId, autoRollbackEnabled: true });
    await settle();
    assert.deepEqual(await stopOf('eu'), [c.now, 1]);
    assert.deepEqual((await c.call(registry.explainPromotion, { promotionId })).waitingOn.map(({ reason }) => reason), ['StopRequested']);
    await endOf(promotionId, 'eu', 'Stopped');
    await endOf(promotionId, 'us', 'Stopped');
    const { status, waves } = await infoOf(promotionId);
    assert.deepEqual([status, waves[0]!.groups[0]!.rollbackDeploymentId !== undefined], ['Stopped', true]);
    await c.refused(registry.stopPromotion, { promotionId }, 'PromotionAlreadyCompletedException');
  });

  it('explains itself with the holds of its deployments, and when it is over, how it ended', async () => {
    await c.call(registry.createFreeze, { freezeName: 'christmas', reason: 'nobody is in' });
    const promotionId = await promote();
    const { waitingOn, sentences } = await c.call(registry.explainPromotion, { promotionId });
    const deploymentId = await deploymentTo(promotionId, 'staging');
    assert.deepEqual(waitingOn, [{ reason: 'WaveUnderWay', wave: 'staging', position: 1, of: 2, deploymentIds: [deploymentId], pending: 0 }]);
    assert.deepEqual(sentences, [`Wave 1 of 2 (staging) is being deployed to: ${deploymentId}.`, `${deploymentId} to web/staging: Frozen by christmas (nobody is in) until that freeze is lifted.`]);
    await endOf(promotionId, 'staging', 'Failed');
    const ended = await c.call(registry.explainPromotion, { promotionId });
    assert.deepEqual(ended.waitingOn, []);
    assert.deepEqual(ended.sentences, [`${promotionId} has ended: Failed.`, `WAVE_FAILED: Wave staging failed. Deployment ${deploymentId} to web/staging failed.`]);
  });
});
