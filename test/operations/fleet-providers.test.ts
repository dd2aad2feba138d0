import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { withoutSecrets } from '../../server/audit/entry.ts';
import { findFleetProvider, sealedFor } from '../../server/store/fleet-providers.ts';
import { aController, type TestController } from './a-controller.ts';

const web = { name: 'web', webhookUrl: 'https://ops.example/fleets' };
const secret = 'a secret of a fair length';

describe('fleet providers', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('are put, read, listed and deleted, and what is put again takes the place of what was', async () => {
    await c.call(registry.putFleetProvider, { ...web, description: 'the first' });
    const before = c.now;
    c.now += 1_000;
    await c.call(registry.putFleetProvider, { ...web, provisionWaitSeconds: 60 });
    assert.deepEqual((await c.call(registry.getFleetProvider, { name: 'web' })).fleetProvider, { ...web, provisionWaitSeconds: 60, hasSecret: false, createdAt: before, updatedAt: c.now });
    await c.call(registry.putFleetProvider, { ...web, name: 'a' });
    assert.deepEqual((await c.call(registry.listFleetProviders, {})).fleetProviders.map(({ name }) => name), ['a', 'web']);
    await c.call(registry.deleteFleetProvider, { name: 'web' });
    await c.call(registry.deleteFleetProvider, { name: 'web' });
    await c.refused(registry.getFleetProvider, { name: 'web' }, 'NotFoundException');
    await c.refused(registry.listFleetProviders, { nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('that make no sense are refused, with the member at fault', async () => {
    assert.equal((await c.refused(registry.putFleetProvider, { ...web, webhookUrl: 'http://ops.example' }, 'InvalidInputException')).field, 'webhookUrl');
    assert.equal((await c.refused(registry.putFleetProvider, { ...web, secret: 'whsec_c2hvcnQgb25l' }, 'InvalidInputException')).field, 'secret');
    await c.refused(registry.putFleetProvider, { ...web, name: 'two words' }, 'ValidationException');
    await c.refused(registry.putFleetProvider, { ...web, secret: 'short' }, 'ValidationException');
    await c.refused(registry.putFleetProvider, { ...web, provisionWaitSeconds: 0 }, 'ValidationException');
  });

  it('keep their secret to themselves: encrypted at rest, bound to their name, kept when not given again, and never taken to another host', async () => {
    await c.call(registry.putFleetProvider, { ...web, secret });
    const row = async () => (await findFleetProvider(c.store.db, 'web'))!;
    assert.doesNotMatch(JSON.stringify(await row()), /fair length/);
    const { fleetProvider } = await c.call(registry.getFleetProvider, { name: 'web' });
    assert.equal(fleetProvider.hasSecret, true);
    assert.doesNotMatch(JSON.stringify(fleetProvider), /fair length/);
    assert.doesNotMatch(JSON.stringify(withoutSecrets({ ...web, secret })), /fair length/);
    await c.call(registry.putFleetProvider, { ...web, webhookUrl: 'https://ops.example/other' });
    assert.equal(c.services.secrets.open((await row()).secret_encrypted!, sealedFor('web')), secret);
    assert.equal(c.services.secrets.open((await row()).secret_encrypted!, sealedFor('other')), null);
    assert.equal((await c.refused(registry.putFleetProvider, { ...web, webhookUrl: 'https://elsewhere.example' }, 'InvalidInputException')).field, 'secret');
    assert.equal(c.services.secrets.open((await row()).secret_encrypted!, sealedFor('web')), secret);
  });
});
