import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { insertAccessKey } from '../../server/store/access-keys.ts';
import { aController, anApplication, type TestController } from './a-controller.ts';

describe('operations on access keys', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());
  const list = async () => (await c.call(registry.listAccessKeys, {})).accessKeys;
  const administrator = (over: { expiresInSeconds?: number; applications?: string[] } = {}) => c.call(registry.createAccessKey, { role: 'admin', ...over });

  it('make a key whose secret is shown once and lies encrypted in the store', async () => {
    const made = await c.call(registry.createAccessKey, { role: 'deployer', applications: ['web', 'api', 'web'], description: 'pipeline', expiresInSeconds: 60 });
    assert.match(made.accessKeyId, /^FLAK[A-Z0-9]{16}$/);
    assert.match(made.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
    assert.deepEqual([made.role, made.applications, made.expiresAt], ['deployer', ['api', 'web'], c.now + 60_000]);
    const [row] = await c.store.db.selectFrom('access_keys').selectAll().execute();
    assert.equal(JSON.stringify(row).includes(made.secretAccessKey), false);
    assert.deepEqual(await list(), [
      { accessKeyId: made.accessKeyId, description: 'pipeline', role: 'deployer', applications: ['api', 'web'], createdAt: c.now, createdBy: 'K', expiresAt: c.now + 60_000 },
    ]);
  });

  it('refuse a role that is none, and a name that is none', async () => {
    await c.refused(registry.createAccessKey, { role: 'root' }, 'ValidationException');
    await c.refused(registry.createAccessKey, {}, 'ValidationException');
    await c.refused(registry.createAccessKey, { role: 'viewer', applications: ['a/b'] }, 'InvalidApplicationNameException');
  });

  it('revoke, which is no error twice, and keep the record', async () => {
    const { accessKeyId } = await c.call(registry.createAccessKey, { role: 'viewer' });
    for (let twice = 0; twice < 2; twice += 1) await c.call(registry.revokeAccessKey, { accessKeyId });
    assert.equal((await list())[0]!.revokedAt, c.now);
    assert.deepEqual(c.changedKeys, [accessKeyId, accessKeyId]);
    await c.refused(registry.revokeAccessKey, { accessKeyId: 'NOBODY' }, 'NotFoundException');
    await c.refused(registry.updateAccessKey, { accessKeyId, role: 'admin' }, 'InvalidOperationException');
  });

  it('keep the last administrator’s key: neither expiring ones nor ones with a scope take its place', async () => {
    const { accessKeyId } = await administrator();
    const other = await administrator({ expiresInSeconds: 60 });
    await administrator({ applications: ['web'] });
    for (const change of [{ role: 'viewer' as const }, { applications: ['web'] }]) await c.refused(registry.updateAccessKey, { accessKeyId, ...change }, 'InvalidOperationException');
    const { message } = await c.refused(registry.revokeAccessKey, { accessKeyId }, 'InvalidOperationException');
    assert.match(message, /last administrator's access key.*make another one first/);
    assert.equal((await list()).find((one) => one.accessKeyId === accessKeyId)!.revokedAt, undefined);
    await c.call(registry.revokeAccessKey, { accessKeyId: other.accessKeyId });
    await administrator();
    await c.call(registry.revokeAccessKey, { accessKeyId });
  });

  it('change role, scope and description, at once', async () => {
    const { accessKeyId } = await c.call(registry.createAccessKey, { role: 'viewer', applications: ['web'] });
    await c.call(registry.updateAccessKey, { accessKeyId, role: 'deployer', description: 'more', applications: [] });
    const [one] = await list();
    assert.deepEqual([one!.role, one!.description, one!.applications], ['deployer', 'more', undefined]);
    assert.deepEqual(c.changedKeys, [accessKeyId]);
    await c.refused(registry.updateAccessKey, { accessKeyId }, 'ValidationException');
  });

  it('follow an application that is renamed', async () => {
    await anApplication(c, 'web');
    await c.call(registry.createAccessKey, { role: 'viewer', applications: ['api', 'web'] });
    await c.call(registry.updateApplication, { applicationName: 'web', newApplicationName: 'shop' });
    assert.deepEqual((await list())[0]!.applications, ['api', 'shop']);
  });

  it('list in pages, in order of the ids', async () => {
    for (let i = 0; i < 101; i += 1) {
      const row = { access_key_id: `K${String(i).padStart(3, '0')}`, secret_encrypted: 's', created_at: 1, revoked_at: null, role: 'viewer', applications: null, description: '', created_by: null, expires_at: null, last_used_at: null };
      await insertAccessKey(c.store.db, row);
    }
    const first = await c.call(registry.listAccessKeys, {});
    assert.equal(first.accessKeys.length, 100);
    const second = await c.call(registry.listAccessKeys, { nextToken: first.nextToken! });
    assert.deepEqual([second.accessKeys.map((one) => one.accessKeyId), second.nextToken], [['K100'], undefined]);
    await c.refused(registry.listAccessKeys, { nextToken: 'x' }, 'InvalidNextTokenException');
  });
});
