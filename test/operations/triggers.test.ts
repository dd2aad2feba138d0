import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { dueEffects, endEffect, insertEffect, postponeEffect } from '../../server/store/effects.ts';
import { aController, aDeployment, aGroup, anInstance, type TestController } from './a-controller.ts';

const target = 'https://chat.example/hook';
const chat = { triggerName: 'chat', triggerTargetArn: target, triggerEvents: ['DeploymentStart' as const] };
const group = { applicationName: 'web', deploymentGroupName: 'blue' };

describe('triggers of a group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const deliveries = async (input: Parameters<typeof c.call<typeof registry.listTriggerDeliveries>>[1] = group) => (await c.call(registry.listTriggerDeliveries, input)).deliveries;
  const update = (triggerConfigurations: (typeof chat)[]) => c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', triggerConfigurations });

  it('that lead nowhere are refused when it is created and when it is changed, and nothing is written', async () => {
    await aGroup(c);
    const triggerConfigurations = [{ ...chat, triggerTargetArn: 'mailto:somebody' }];
    const refusal = await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', triggerConfigurations }, 'InvalidTriggerConfigException');
    assert.match(refusal.message, /target of trigger chat is nothing that could be reached/);
    assert.doesNotMatch(refusal.message, /Topic ARN/);
    await c.refused(registry.createDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'green', serviceRoleArn: 'arn:x', triggerConfigurations }, 'InvalidTriggerConfigException');
    await c.refused(registry.createDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'green', serviceRoleArn: 'arn:x', triggerConfigurations: [chat, chat] }, 'InvalidTriggerConfigException');
    await c.refused(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'green' }, 'DeploymentGroupDoesNotExistException');
    assert.deepEqual(await deliveries(), []);
  });

  it('are tested when they are set up, and again only when they lead elsewhere', async () => {
    await aGroup(c, { triggerConfigurations: [chat] });
    const [test] = await deliveries();
    assert.deepEqual([test?.triggerName, test?.target, test?.event, test?.status, test?.attempts], ['chat', target, undefined, 'Waiting', 0]);
    const [row] = await dueEffects(c.store.db, c.now, 10, [], []);
    const { message } = JSON.parse(row!.payload) as { message: Record<string, string> };
    assert.deepEqual({ ...message, message: '' }, { region: 'eu-test-1', accountId: '123456789012', eventTriggerName: 'chat', applicationName: 'web', deploymentGroupName: 'blue', message: '' });
    await update([{ ...chat, triggerEvents: ['DeploymentStart'] }]);
    assert.equal((await deliveries()).length, 1);
    await update([chat, { ...chat, triggerName: 'second' }]);
    assert.equal((await deliveries()).length, 2);
    await update([{ ...chat, triggerTargetArn: `${target}/2` }]);
    assert.equal((await deliveries()).length, 3);
  });

  it('are frozen in a deployment when it is created', async () => {
    await anInstance(c, 'web1');
    await aGroup(c, { triggerConfigurations: [chat] });
    const deploymentId = await aDeployment(c);
    await update([]);
    const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
    assert.deepEqual((JSON.parse(row.document) as { triggers: unknown }).triggers, [chat]);
  });

  it('show what became of each notice: delivered, to be tried again, given up', async () => {
    await anInstance(c, 'web1');
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    const { group_id: groupId } = await c.store.db.selectFrom('deployment_groups').select('group_id').executeTakeFirstOrThrow();
    for (const [index, effectId] of ['good', 'bad', 'gone'].entries()) {
      const payload = { triggerName: 'chat', target, event: 'DeploymentStart', subject: '', message: {} };
      await c.store.transaction((tx) => insertEffect(tx, { effectId, kind: 'Notify', groupId, deploymentId, farEnd: 'f', lane: effectId, payload }, c.now + index));
    }
    const rows = await c.store.db.selectFrom('effects').selectAll().orderBy('created_at').execute();
    await c.store.transaction((tx) => endEffect(tx, rows[0]!, c.now + 10, null));
    await c.store.transaction((tx) => postponeEffect(tx, 'bad', c.now + 1_000, 'chat.example answered 500.'));
    await c.store.transaction((tx) => endEffect(tx, rows[2]!, c.now + 20, 'chat.example answered 410.'));
    const found = await deliveries({ deploymentId });
    assert.deepEqual(found.map(({ deliveryId, status, attempts, lastError, nextAttemptAt, endedAt }) => [deliveryId, status, attempts, lastError, nextAttemptAt, endedAt]), [
      ['gone', 'GivenUp', 1, 'chat.example answered 410.', undefined, c.now + 20],
      ['bad', 'Waiting', 1, 'chat.example answered 500.', c.now + 1_000, undefined],
      ['good', 'Delivered', 1, undefined, undefined, c.now + 10],
    ]);
    assert.equal((await deliveries()).length, 3);
  });

  it('are asked about by deployment or by group, page by page', async () => {
    await aGroup(c);
    const { group_id: groupId } = await c.store.db.selectFrom('deployment_groups').select('group_id').executeTakeFirstOrThrow();
    for (let i = 0; i < 150; i += 1) {
      const payload = { triggerName: 'chat', target, event: null, subject: '', message: {} };
      await c.store.transaction((tx) => insertEffect(tx, { effectId: `e${i}`, kind: 'Notify', groupId, deploymentId: null, farEnd: 'f', lane: `${i}`, payload }, c.now + (i % 7)));
    }
    const first = await c.call(registry.listTriggerDeliveries, group);
    const second = await c.call(registry.listTriggerDeliveries, { ...group, nextToken: first.nextToken! });
    assert.equal(new Set([...first.deliveries, ...second.deliveries].map(({ deliveryId }) => deliveryId)).size, 150);
    assert.equal(second.nextToken, undefined);
    await c.refused(registry.listTriggerDeliveries, { ...group, nextToken: 'x' }, 'InvalidNextTokenException');
    await c.refused(registry.listTriggerDeliveries, {}, 'ApplicationNameRequiredException');
    await c.refused(registry.listTriggerDeliveries, { applicationName: 'web' }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.listTriggerDeliveries, { applicationName: 'none', deploymentGroupName: 'blue' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.listTriggerDeliveries, { applicationName: 'web', deploymentGroupName: 'none' }, 'DeploymentGroupDoesNotExistException');
    await c.refused(registry.listTriggerDeliveries, { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException');
    await c.refused(registry.listTriggerDeliveries, { ...group, deploymentId: 'd-AAAAAAAAA' }, 'InvalidInputException');
  });
});
