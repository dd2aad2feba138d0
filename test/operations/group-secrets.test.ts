import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { groupSecretBinding } from '../../server/store/group-secrets.ts';
import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { aController, aDeployment, aGroup, anInstance, type TestController } from './a-controller.ts';

const group = { applicationName: 'web', deploymentGroupName: 'blue' };

describe('the secrets of a deployment group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await aGroup(c);
  });
  afterEach(() => c.close());

  it('are listed by name and never by value, and lie sealed in the store for that group and name alone', async () => {
    await c.call(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'open sesame' });
    assert.deepEqual(await c.call(registry.listGroupSecrets, group), { secrets: [{ name: 'TOKEN', updatedAt: c.now, updatedBy: 'K' }] });
    const [row] = await c.store.db.selectFrom('group_secrets').selectAll().execute();
    assert.ok(!JSON.stringify(row).includes('sesame'));
    assert.equal(c.services.secrets.open(row!.value_encrypted, groupSecretBinding(row!.group_id, 'TOKEN')), 'open sesame');
    assert.throws(() => c.services.secrets.open(row!.value_encrypted, groupSecretBinding(row!.group_id, 'OTHER')) ?? assert.fail('it does not open'));
  });

  it('are replaced by putting them again, and forgotten once', async () => {
    await c.call(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'first one' });
    await c.call(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'second one' });
    assert.equal((await c.call(registry.listGroupSecrets, group)).secrets.length, 1);
    await c.call(registry.deleteGroupSecret, { ...group, name: 'TOKEN' });
    await c.refused(registry.deleteGroupSecret, { ...group, name: 'TOKEN' }, 'NotFoundException');
  });

  it('are refused where their output could not be kept clean, or their name has power', async () => {
    await c.refused(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'abc' }, 'InvalidInputException');
    for (const name of ['LD_PRELOAD', 'DEPLOYMENT_ID', 'no name']) await c.refused(registry.putGroupSecret, { ...group, name, secretValue: 'open sesame' }, 'InvalidInputException');
    assert.deepEqual((await c.call(registry.listGroupSecrets, group)).secrets, []);
  });

  it('go with their group, and with its application', async () => {
    const left = async () => (await c.store.db.selectFrom('group_secrets').select('name').execute()).length;
    await c.call(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'open sesame' });
    await c.call(registry.deleteDeploymentGroup, group);
    assert.equal(await left(), 0);
    await c.call(registry.createDeploymentGroup, { ...group, serviceRoleArn: 'arn:aws:iam::1:role/r' });
    await c.call(registry.putGroupSecret, { ...group, name: 'TOKEN', secretValue: 'open sesame' });
    await c.call(registry.deleteApplication, { applicationName: 'web' });
    assert.equal(await left(), 0);
  });

  it('are bounded together', async () => {
    for (let index = 0; index < 4; index += 1) await c.call(registry.putGroupSecret, { ...group, name: `S${index}`, secretValue: 'x'.repeat(3900) });
    await c.refused(registry.putGroupSecret, { ...group, name: 'S4', secretValue: 'x'.repeat(3900) }, 'InvalidInputException');
  });
});

describe('the parameters of a deployment group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
  });
  afterEach(() => c.close());

  const update = (members: object) => ({ applicationName: 'web', currentDeploymentGroupName: 'blue', ...members });
  const documentOf = async (deploymentId: string) => {
    const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
    return readDocument(DeploymentDocument, row.document, 'test');
  };

  it('are frozen with a deployment, as is what happens to files that exist', async () => {
    await aGroup(c, { parameters: [{ name: 'STAGE', value: 'live' }], fileExistsBehavior: 'OVERWRITE' });
    const deploymentId = await aDeployment(c);
    await c.call(registry.updateDeploymentGroup, update({ parameters: [], fileExistsBehavior: 'RETAIN' }));
    const document = await documentOf(deploymentId);
    assert.deepEqual([document.parameters, document.fileExistsBehavior], [[{ name: 'STAGE', value: 'live' }], 'OVERWRITE']);
  });

  it('read back, and a deployment may say otherwise of files that exist', async () => {
    await aGroup(c, { parameters: [{ name: 'STAGE', value: '' }], fileExistsBehavior: 'OVERWRITE' });
    const { deploymentGroupInfo } = await c.call(registry.getDeploymentGroup, group);
    assert.deepEqual([deploymentGroupInfo!.parameters, deploymentGroupInfo!.fileExistsBehavior], [[{ name: 'STAGE', value: '' }], 'OVERWRITE']);
    assert.equal((await documentOf(await aDeployment(c, { fileExistsBehavior: 'DISALLOW' }))).fileExistsBehavior, 'DISALLOW');
  });

  it('are refused with powerful names, twice, and too many', async () => {
    await aGroup(c);
    for (const parameters of [
      [{ name: 'PATH', value: '/evil' }],
      [{ name: 'A', value: '1' }, { name: 'A', value: '2' }],
      Array.from({ length: 101 }, (_, index) => ({ name: `A${index}`, value: '' })),
      Array.from({ length: 5 }, (_, index) => ({ name: `A${index}`, value: 'x'.repeat(4000) })),
    ]) {
      await c.refused(registry.updateDeploymentGroup, update({ parameters }), 'InvalidInputException');
    }
  });
});
