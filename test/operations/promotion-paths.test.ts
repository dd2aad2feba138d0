// Promotion paths, and every refusal that operations about paths and promotions declare.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { ErrorCode } from '../../protocol/errors.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import { aController, aGroup, anApplication, anUpload, s3, selecting, type TestController } from './a-controller.ts';

const out = { applicationName: 'web', promotionPathName: 'out' };
const wave = (waveName: string, ...names: string[]) => ({ waveName, deploymentGroups: names.map((deploymentGroupName) => ({ deploymentGroupName })) });

describe('a promotion path', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anApplication(c);
    await anApplication(c, 'api');
    await aGroup(c, { deploymentGroupName: 'staging', ...selecting('stage', 'staging') });
    await aGroup(c, { deploymentGroupName: 'eu', ...selecting('stage', 'eu') });
    await aGroup(c, { applicationName: 'api', deploymentGroupName: 'api', ...selecting('stage', 'api') });
  });
  afterEach(() => c.close());

  const infoOf = async (path = out) => (await c.call(registry.getPromotionPath, path)).promotionPathInfo;

  it('is read back as it was set, with what was left out said', async () => {
    const { promotionPathId } = await c.call(registry.createPromotionPath, {
      ...out,
      description: 'to everybody',
      waves: [
        { ...wave('first', 'staging'), bakeSeconds: 600 },
        { waveName: 'second', deploymentGroups: [{ deploymentGroupName: 'eu' }, { applicationName: 'api', deploymentGroupName: 'api' }], approval: { required: true, expiresInMinutes: 5 } },
      ],
      rollBackOnFailure: true,
      activePromotionPolicy: 'QUEUE',
    });
    assert.deepEqual(await infoOf(), {
      applicationName: 'web',
      promotionPathId,
      promotionPathName: 'out',
      description: 'to everybody',
      waves: [
        { waveName: 'first', deploymentGroups: [{ applicationName: 'web', deploymentGroupName: 'staging' }], bakeSeconds: 600 },
        { waveName: 'second', deploymentGroups: [{ applicationName: 'web', deploymentGroupName: 'eu' }, { applicationName: 'api', deploymentGroupName: 'api' }], bakeSeconds: 0, approval: { required: true, expiresInMinutes: 5 } },
      ],
      rollBackOnFailure: true,
      activePromotionPolicy: 'QUEUE',
      createTime: c.now,
    });
  });

  it('is changed member by member, and renamed', async () => {
    await c.call(registry.createPromotionPath, { ...out, description: 'a', waves: [wave('first', 'staging')] });
    await c.call(registry.updatePromotionPath, { ...out, newPromotionPathName: 'new', rollBackOnFailure: true });
    const { promotionPathName, description, waves, rollBackOnFailure } = await infoOf({ ...out, promotionPathName: 'new' });
    assert.deepEqual([promotionPathName, description, waves.length, rollBackOnFailure], ['new', 'a', 1, true]);
    await c.call(registry.updatePromotionPath, { ...out, promotionPathName: 'new', waves: [wave('only', 'eu', 'staging')], rollBackOnFailure: false });
    const changed = await infoOf({ ...out, promotionPathName: 'new' });
    assert.deepEqual([changed.waves.map(({ waveName }) => waveName), changed.rollBackOnFailure], [['only'], false]);
  });

  it('follows its groups when they are renamed, and says which were deleted', async () => {
    await c.call(registry.createPromotionPath, { ...out, waves: [wave('first', 'staging', 'eu')] });
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'staging', newDeploymentGroupName: 'stage' });
    await c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'eu' });
    assert.deepEqual((await infoOf()).waves[0]!.deploymentGroups, [
      { applicationName: 'web', deploymentGroupName: 'stage' },
      { applicationName: 'web', deploymentGroupName: 'eu', isDeleted: true },
    ]);
    const refusal = await c.refused(registry.createPromotion, { ...out, revision: await anUpload(c) }, 'DeploymentGroupDoesNotExistException');
    assert.match(refusal.message, /Wave first of the promotion path out names the deployment group web\/eu, which was deleted\. Change the path first/);
  });

  it('is listed with the others of its application, by name, and is gone when deleted; its promotions stay', async () => {
    for (const name of ['out', 'back']) await c.call(registry.createPromotionPath, { ...out, promotionPathName: name, waves: [wave('first', 'staging')] });
    assert.deepEqual(await c.call(registry.listPromotionPaths, { applicationName: 'web' }), { promotionPaths: ['back', 'out'] });
    const { promotionId } = await c.call(registry.createPromotion, { ...out, revision: await anUpload(c) });
    await c.call(registry.deletePromotionPath, out);
    assert.deepEqual(await c.call(registry.listPromotionPaths, { applicationName: 'web' }), { promotionPaths: ['back'] });
    assert.equal((await c.call(registry.getPromotion, { promotionId })).promotionInfo.promotionPathName, 'out');
    assert.deepEqual(c.woken.filter((id) => id === promotionId).length, 2, 'it is looked at when created and when its path is deleted');
  });

  it('lists promotions newest first, by path and status, page by page', async () => {
    await c.call(registry.createPromotionPath, { ...out, waves: [wave('first', 'staging')], activePromotionPolicy: 'QUEUE' });
    await c.call(registry.createPromotionPath, { ...out, promotionPathName: 'other', waves: [wave('first', 'eu')], activePromotionPolicy: 'QUEUE' });
    const made: string[] = [];
    for (let i = 0; i < 101; i += 1) {
      c.now += 1;
      made.unshift((await c.call(registry.createPromotion, { ...out, promotionPathName: i === 7 ? 'other' : 'out', revision: s3('web/v1.zip') })).promotionId);
    }
    const first = await c.call(registry.listPromotions, {});
    const second = await c.call(registry.listPromotions, { nextToken: first.nextToken! });
    assert.deepEqual([...first.promotions, ...second.promotions].map(({ promotionId }) => promotionId), made);
    assert.equal(second.nextToken, undefined);
    assert.deepEqual((await c.call(registry.listPromotions, { applicationName: 'web', promotionPathName: 'other' })).promotions.map(({ promotionId }) => promotionId), [made[93]]);
    assert.deepEqual(await c.call(registry.listPromotions, { includeOnlyStatuses: ['Failed'] }), { promotions: [] });
    assert.deepEqual(await c.call(registry.listPromotions, {}, { role: 'viewer', applications: ['api'] }), { promotions: [] });
    assert.deepEqual(await c.call(registry.listPromotions, {}, { role: 'viewer', applications: [] }), { promotions: [] });
  });

  it('that leads through another application takes an access key for both', async () => {
    const waves = [wave('first', 'staging'), { waveName: 'second', deploymentGroups: [{ applicationName: 'api', deploymentGroupName: 'api' }] }];
    const both = { role: 'admin', applications: ['web', 'api'] } as const;
    const one = { role: 'admin', applications: ['web'] } as const;
    await c.refused(registry.createPromotionPath, { ...out, waves }, 'AccessDeniedException', one);
    await c.call(registry.createPromotionPath, { ...out, waves }, both);
    const revision = await anUpload(c);
    await c.refused(registry.createPromotion, { ...out, revision }, 'AccessDeniedException', one);
    const { promotionId } = await c.call(registry.createPromotion, { ...out, revision }, both);
    await c.refused(registry.getPromotionPath, out, 'AccessDeniedException', one);
    await c.refused(registry.updatePromotionPath, { ...out, waves: [wave('first', 'staging')] }, 'AccessDeniedException', one);
    for (const definition of [registry.getPromotion, registry.explainPromotion, registry.stopPromotion, registry.approvePromotion]) {
      await c.refused(definition, { promotionId }, 'AccessDeniedException', one);
    }
    assert.equal((await c.call(registry.getPromotion, { promotionId }, both)).promotionInfo.promotionId, promotionId);
    await c.refused(registry.getPromotion, { promotionId: 'p-AAAAAAAAA' }, 'AccessDeniedException', one);
  });

  const revision = s3('web/v1.zip');
  const chat = { triggerName: 'chat', triggerTargetArn: 'https://chat.example/hook', triggerEvents: ['PromotionStart'] };
  const some = { ...out, waves: [wave('a', 'staging')] };
  const refusals: readonly (readonly [OperationKey, ErrorCode, object, RegExp?])[] = [
    ...(['createPromotionPath', 'updatePromotionPath', 'getPromotionPath', 'deletePromotionPath'] as const).flatMap((key): [OperationKey, ErrorCode, object][] => [
      [key, 'ApplicationNameRequiredException', { ...some, applicationName: '' }],
      [key, 'InvalidApplicationNameException', { ...some, applicationName: 'a b' }],
      [key, 'ApplicationDoesNotExistException', { ...some, applicationName: 'nope' }],
      [key, 'InvalidInputException', { ...some, promotionPathName: 'a b' }],
      [key, 'InvalidInputException', { ...some, promotionPathName: undefined }],
    ]),
    ...(['createPromotionPath', 'updatePromotionPath'] as const).flatMap((key): [OperationKey, ErrorCode, object, RegExp?][] => {
      const path = { ...out, promotionPathName: key === 'createPromotionPath' ? 'fresh' : 'there' };
      return [
        [key, 'DescriptionTooLongException', { ...path, waves: some.waves, description: 'x'.repeat(257) }],
        [key, 'InvalidInputException', { ...path, waves: [] }, /at least/],
        [key, 'InvalidInputException', { ...path, waves: [wave('a')] }, /Wave a has no deployment group/],
        [key, 'InvalidInputException', { ...path, waves: [wave('a', 'staging'), wave('a', 'eu')] }, /Two waves are named a/],
        [key, 'InvalidInputException', { ...path, waves: [wave('a', 'staging'), wave('b', 'eu', 'staging')] }, /web\/staging stands in wave a and in wave b/],
        [key, 'InvalidInputException', { ...path, waves: [{ ...wave('a', 'staging'), bakeSeconds: -1 }] }],
        [key, 'InvalidInputException', { ...path, waves: Array.from({ length: 51 }, (_, i) => wave(`w${i}`, 'staging')) }],
        [key, 'InvalidInputException', { ...path, waves: some.waves, activePromotionPolicy: 'HURRY' }],
        [key, 'InvalidTriggerConfigException', { ...path, waves: some.waves, triggerConfigurations: [{ ...chat, triggerEvents: ['DeploymentStart'] }] }],
        [key, 'InvalidTriggerConfigException', { ...path, waves: some.waves, triggerConfigurations: [{ ...chat, triggerTargetArn: 'mailto:somebody' }] }, /target of trigger chat is nothing that could be reached/],
        [key, 'InvalidTriggerConfigException', { ...path, waves: some.waves, triggerConfigurations: [chat, chat] }, /named twice/],
        [key, 'TriggerTargetsLimitExceededException', { ...path, waves: some.waves, triggerConfigurations: Array.from({ length: 11 }, (_, i) => ({ ...chat, triggerName: `t${i}` })) }],
        [key, 'InvalidDeploymentGroupNameException', { ...path, waves: [wave('a', 'x y')] }],
        [key, 'DeploymentGroupDoesNotExistException', { ...path, waves: [wave('a', 'nope')] }, /No Deployment Group found for name: nope/],
        [key, 'ApplicationDoesNotExistException', { ...path, waves: [{ waveName: 'a', deploymentGroups: [{ applicationName: 'nope', deploymentGroupName: 'x' }] }] }],
      ];
    }),
    ['createPromotionPath', 'InvalidInputException', { ...out, promotionPathName: 'fresh' }, /waves is required/],
    ['createPromotionPath', 'PromotionPathAlreadyExistsException', { ...some, promotionPathName: 'there' }],
    ['updatePromotionPath', 'PromotionPathAlreadyExistsException', { ...out, promotionPathName: 'there', newPromotionPathName: 'busy' }],
    ['updatePromotionPath', 'PromotionPathDoesNotExistException', { ...out, promotionPathName: 'nope' }],
    ['getPromotionPath', 'PromotionPathDoesNotExistException', { ...out, promotionPathName: 'nope' }],
    ['deletePromotionPath', 'PromotionPathDoesNotExistException', { ...out, promotionPathName: 'nope' }],
    ['listPromotionPaths', 'ApplicationNameRequiredException', {}],
    ['listPromotionPaths', 'InvalidApplicationNameException', { applicationName: 'a b' }],
    ['listPromotionPaths', 'ApplicationDoesNotExistException', { applicationName: 'nope' }],
    ['listPromotionPaths', 'InvalidNextTokenException', { applicationName: 'web', nextToken: 'bm8' }],
    ['createPromotion', 'ApplicationNameRequiredException', { ...out, applicationName: '', revision }],
    ['createPromotion', 'InvalidApplicationNameException', { ...out, applicationName: 'a b', revision }],
    ['createPromotion', 'ApplicationDoesNotExistException', { ...out, applicationName: 'nope', revision }],
    ['createPromotion', 'InvalidInputException', { ...out, promotionPathName: 'a b', revision }],
    ['createPromotion', 'PromotionPathDoesNotExistException', { ...out, promotionPathName: 'nope', revision }],
    ['createPromotion', 'RevisionRequiredException', { ...out, promotionPathName: 'there' }],
    ['createPromotion', 'InvalidRevisionException', { ...out, promotionPathName: 'there', revision: { revisionType: 'S3' } }],
    ['createPromotion', 'DescriptionTooLongException', { ...out, promotionPathName: 'there', revision, description: 'x'.repeat(257) }],
    ['createPromotion', 'PromotionLimitExceededException', { ...out, promotionPathName: 'busy', revision }, /has an active promotion already: p-[A-Z0-9]{9}\. Wait for its end/],
    ['listPromotions', 'ApplicationNameRequiredException', { promotionPathName: 'there' }],
    ['listPromotions', 'ApplicationDoesNotExistException', { applicationName: 'nope' }],
    ['listPromotions', 'InvalidApplicationNameException', { applicationName: 'a b' }],
    ['listPromotions', 'InvalidInputException', { includeOnlyStatuses: ['Happy'] }],
    ['listPromotions', 'InvalidNextTokenException', { nextToken: 'bm8' }],
    ['listPromotions', 'PromotionPathDoesNotExistException', { applicationName: 'web', promotionPathName: 'nope' }],
    ...(['getPromotion', 'explainPromotion', 'stopPromotion', 'approvePromotion', 'rejectPromotion'] as const).flatMap((key): [OperationKey, ErrorCode, object][] => [
      [key, 'InvalidInputException', {}],
      [key, 'InvalidInputException', { promotionId: 'p-1' }],
      [key, 'PromotionDoesNotExistException', { promotionId: 'p-AAAAAAAAA' }],
    ]),
  ];

  it('and its promotions are refused, for what is wrong with them, with what is declared and no more', async () => {
    await c.call(registry.createPromotionPath, { ...some, promotionPathName: 'there' });
    await c.call(registry.createPromotionPath, { ...out, promotionPathName: 'busy', waves: [wave('a', 'eu')] });
    await c.call(registry.createPromotion, { ...out, promotionPathName: 'busy', revision });
    for (const [key, code, input, wording] of refusals) {
      const failure = await c.refused(registry[key], input, code);
      if (wording !== undefined) assert.match(failure.message, wording);
    }
    // These are provoked where promotions go on, in promotions.test.ts, or below.
    const elsewhere: readonly ErrorCode[] = ['AccessDeniedException', 'InvalidPromotionStatusException', 'PromotionAlreadyCompletedException', 'DescriptionTooLongException', 'PromotionPathLimitExceededException', 'DeploymentGroupDoesNotExistException'];
    const unsaid = Object.entries(registry).filter(([, { name }]) => name.includes('Promotion')).flatMap(([key, { errors }]) => errors.filter((code) => !elsewhere.includes(code) && !refusals.some(([of, said]) => of === key && said === code)).map((code) => `${key} ${code}`));
    assert.deepEqual(unsaid, []);
  });

  it('is refused when the application has a hundred', async () => {
    const { application_id: applicationId } = await c.store.db.selectFrom('applications').selectAll().where('name', '=', 'web').executeTakeFirstOrThrow();
    await c.store.db.insertInto('promotion_paths').values(Array.from({ length: 100 }, (_, i) => ({ path_id: `${i}`, application_id: applicationId, name: `${i}`, created_at: 1, document: '{}', running_promotion_id: null }))).execute();
    await c.refused(registry.createPromotionPath, some, 'PromotionPathLimitExceededException');
  });

  it('with a wave is approved with a comment of 256 characters at most, and not when its promotion is over', async () => {
    await c.call(registry.createPromotionPath, { ...some });
    const { promotionId } = await c.call(registry.createPromotion, { ...out, revision });
    await c.refused(registry.approvePromotion, { promotionId, comment: 'x'.repeat(257) }, 'DescriptionTooLongException');
    await c.refused(registry.rejectPromotion, { promotionId, comment: 'x'.repeat(257) }, 'DescriptionTooLongException');
    await c.store.db.updateTable('promotions').set({ status: 'Failed' }).where('promotion_id', '=', promotionId).execute();
    await c.refused(registry.approvePromotion, { promotionId }, 'PromotionAlreadyCompletedException');
    await c.refused(registry.rejectPromotion, { promotionId }, 'PromotionAlreadyCompletedException');
  });
});
