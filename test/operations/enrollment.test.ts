import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Failure, type ErrorCode } from '../../protocol/errors.ts';
import { registry } from '../../protocol/operations/registry.ts';
import type { EnrollAnswer, EnrollRequest } from '../../server/faces/dependencies.ts';
import { makeEnroll } from '../../server/fleet/enrollment.ts';
import { aController, type TestController } from './a-controller.ts';

const keyOf = (letter: string): string => Buffer.alloc(32, letter).toString('base64');

describe('join tokens', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('are shown once, good for one agent and half an hour; only a hash is kept', async () => {
    const { token, tokenId, maxUses, expiresAt } = await c.call(registry.createEnrollmentToken, {});
    assert.match(token, new RegExp(`^flt_${tokenId}_[A-Za-z0-9_-]{43}$`));
    assert.deepEqual([maxUses, expiresAt], [1, c.now + 1_800_000]);
    const rows = JSON.stringify(await c.store.db.selectFrom('enrollment_tokens').selectAll().execute());
    assert.equal(rows.includes(token.slice(-43)), false);
  });

  it('are listed newest first without their secrets, and revoked by id', async () => {
    const first = await c.call(registry.createEnrollmentToken, { description: 'rack 1', maxUses: 5, expiresInSeconds: 60 });
    c.now += 1;
    const second = await c.call(registry.createEnrollmentToken, {});
    assert.deepEqual(await c.call(registry.revokeEnrollmentToken, { tokenId: first.tokenId }), {});
    assert.deepEqual(await c.call(registry.revokeEnrollmentToken, { tokenId: first.tokenId }), {});
    assert.deepEqual((await c.call(registry.listEnrollmentTokens, {})).enrollmentTokens, [
      { tokenId: second.tokenId, description: '', maxUses: 1, uses: 0, createdAt: c.now, expiresAt: c.now + 1_800_000, isRevoked: false, tags: [] },
      { tokenId: first.tokenId, description: 'rack 1', maxUses: 5, uses: 0, createdAt: c.now - 1, expiresAt: c.now - 1 + 60_000, isRevoked: true, tags: [] },
    ]);
    await c.refused(registry.revokeEnrollmentToken, { tokenId: 'nope' }, 'NotFoundException');
  });

  it('with limits out of range are refused', async () => {
    await c.refused(registry.createEnrollmentToken, { maxUses: 0 }, 'ValidationException');
    await c.refused(registry.createEnrollmentToken, { expiresInSeconds: 31_536_001 }, 'ValidationException');
  });
});

describe('enrolling', () => {
  let c: TestController;
  let token: string;
  let enroll: (over?: Partial<EnrollRequest>) => Promise<EnrollAnswer>;
  beforeEach(async () => {
    c = await aController();
    ({ token } = await c.call(registry.createEnrollmentToken, { maxUses: 2 }));
    const whole = makeEnroll(c.services);
    enroll = (over = {}) => whole({ token, instanceName: 'web1', publicKey: keyOf('a'), tags: [{ Key: 'Env', Value: 'prod' }], agentVersion: '1.0.0', remote: 'test', ...over });
  });
  afterEach(() => c.close());

  async function refused(over: Partial<EnrollRequest>, code: ErrorCode): Promise<Failure> {
    const error: unknown = await enroll(over).then(() => assert.fail('it was let in'), (thrown: unknown) => thrown);
    if (!(error instanceof Failure)) throw error;
    assert.equal(error.code, code, error.message);
    return error;
  }
  const uses = async (): Promise<number | undefined> => (await c.call(registry.listEnrollmentTokens, {})).enrollmentTokens.at(-1)?.uses;

  it('makes a registered on-premises instance with the tags the agent brings', async () => {
    const answer = await enroll();
    assert.deepEqual([answer.instanceName, answer.controllerId], ['web1', 'the-controller']);
    const { instanceInfo } = await c.call(registry.getOnPremisesInstance, { instanceName: 'web1' });
    assert.deepEqual(instanceInfo, {
      instanceName: 'web1',
      iamUserArn: 'arn:aws:iam::123456789012:user/fairlead/web1',
      instanceArn: answer.instanceArn,
      registerTime: c.now,
      tags: [{ Key: 'Env', Value: 'prod' }],
    });
    assert.equal(await uses(), 1);
  });

  it('under an EC2 id makes an EC2 instance', async () => {
    const { instanceArn } = await enroll({ instanceName: 'i-0123' });
    assert.equal(instanceArn, 'arn:aws:ec2:eu-test-1:123456789012:instance/i-0123');
    assert.deepEqual((await c.call(registry.listInstances, {})).instances.map(({ kind }) => kind), ['ec2']);
  });

  it('binds to a name that was registered before and has no key yet, keeping its ARN and tags', async () => {
    await c.call(registry.registerOnPremisesInstance, { instanceName: 'web1', iamUserArn: 'arn:aws:iam::1:user/bob' });
    await c.call(registry.addTagsToOnPremisesInstances, { instanceNames: ['web1'], tags: [{ Key: 'Rack', Value: '1' }] });
    const before = (await c.call(registry.getOnPremisesInstance, { instanceName: 'web1' })).instanceInfo;
    const answer = await enroll();
    const after = (await c.call(registry.getOnPremisesInstance, { instanceName: 'web1' })).instanceInfo;
    assert.deepEqual([answer.instanceArn, after.iamUserArn, after.tags.length], [before.instanceArn, 'arn:aws:iam::1:user/bob', 2]);
  });

  it('again with the same key gives the same answer at no use of the token, even when it is used up or expired', async () => {
    const first = await enroll();
    await enroll({ instanceName: 'web2', publicKey: keyOf('b') });
    c.now += 10_000_000;
    assert.deepEqual(await enroll(), first);
    assert.equal(await uses(), 2);
  });

  it('with another key under an enrolled name is refused with advice, and works after deregistering', async () => {
    await enroll();
    const { message } = await refused({ publicKey: keyOf('b') }, 'InstanceNameAlreadyRegisteredException');
    assert.match(message, /deregister/);
    assert.equal(await uses(), 1);
    await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'web1' });
    await enroll({ publicKey: keyOf('b') });
  });

  it('with a new key under a name whose key was revoked binds to the same instance, its tags and all', async () => {
    const first = await enroll();
    await c.call(registry.tagInstance, { instanceName: 'web1', tags: [{ Key: 'Rack', Value: '1' }] });
    assert.deepEqual(await c.call(registry.revokeInstanceKey, { instanceName: 'web1' }), {});
    assert.deepEqual(c.expelled, [first.instanceId]);
    assert.deepEqual(await enroll({ publicKey: keyOf('b') }), first);
    const [instance] = (await c.call(registry.listInstances, {})).instances;
    assert.deepEqual(instance?.tags.map(({ Key, setBy }) => `${Key} ${setBy}`), ['Env agent', 'Rack api']);
    await c.refused(registry.revokeInstanceKey, { instanceName: 'nobody' }, 'InstanceDoesNotExistException');
  });

  it('has its key replaced where its agent is there to make a new one', async () => {
    const { instanceId } = await enroll();
    assert.match((await c.refused(registry.rotateInstanceKey, { instanceName: 'web1' }, 'AgentUnavailableException')).message, /key of web1 was not replaced: its agent is not connected/);
    c.connected.add(instanceId);
    assert.deepEqual(await c.call(registry.rotateInstanceKey, { instanceName: 'web1' }), { publicKey: 'new' });
  });

  it('with a token for certain names lets in no other, at no use of the token', async () => {
    const bound = await c.call(registry.createEnrollmentToken, { namePattern: 'web-*.eu', maxUses: 9 });
    assert.match((await refused({ token: bound.token }, 'JoinTokenBoundException')).message, /instances named web-\*\.eu, and this host is named web1/);
    await enroll({ token: bound.token, instanceName: 'web-1.eu' });
    const listed = (await c.call(registry.listEnrollmentTokens, {})).enrollmentTokens.find(({ tokenId }) => tokenId === bound.tokenId);
    assert.deepEqual([listed?.namePattern, listed?.uses], ['web-*.eu', 1]);
    await c.refused(registry.createEnrollmentToken, { namePattern: 'a b' }, 'ValidationException');
  });

  it('with a token for tagged hosts sets these tags, which the agent cannot change, and refuses one that claims other values', async () => {
    const bound = await c.call(registry.createEnrollmentToken, { tags: [{ Key: 'Env', Value: 'staging' }], maxUses: 9 });
    assert.match((await refused({ token: bound.token }, 'JoinTokenBoundException')).message, /tagged Env=staging, and this host brings Env=prod/);
    await enroll({ token: bound.token, tags: [{ Key: 'role', Value: 'web' }] });
    const [instance] = (await c.call(registry.listInstances, {})).instances;
    assert.deepEqual(instance?.tags.map(({ Key, Value, setBy }) => `${Key}=${Value} ${setBy}`), ['Env=staging api', 'role=web agent']);
    await c.refused(registry.createEnrollmentToken, { tags: [{ Key: '', Value: 'x' }] }, 'InvalidTagException');
  });

  it('works no more often than the token says, nor after it expired or was revoked', async () => {
    await enroll();
    await enroll({ instanceName: 'web2', publicKey: keyOf('b') });
    await refused({ instanceName: 'web3', publicKey: keyOf('c') }, 'InvalidJoinTokenException');
    const late = await c.call(registry.createEnrollmentToken, { expiresInSeconds: 1 });
    const revoked = await c.call(registry.createEnrollmentToken, {});
    await c.call(registry.revokeEnrollmentToken, { tokenId: revoked.tokenId });
    c.now += 1000;
    for (const { token: text } of [late, revoked]) await refused({ token: text, instanceName: 'web3', publicKey: keyOf('c') }, 'InvalidJoinTokenException');
    assert.equal((await c.call(registry.listInstances, {})).instances.length, 2);
  });

  it('lets in exactly as many at once as the token has uses', async () => {
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map((letter) => enroll({ instanceName: letter, publicKey: keyOf(letter) })));
    assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'fulfilled', 'rejected', 'rejected']);
  });

  it('says nothing but that the token is wrong to whoever has none, whatever else is wrong', async () => {
    await enroll();
    const wrong = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const text of ['', 'flt', wrong, `flt_AAAAAAAAAA_${'x'.repeat(43)}`]) {
      await refused({ token: text, instanceName: 'a b', publicKey: 'x' }, 'InvalidJoinTokenException');
      await refused({ token: text, publicKey: keyOf('b') }, 'InvalidJoinTokenException');
    }
  });

  it('is refused with a name, key or tags that cannot be kept, at no use of the token', async () => {
    await refused({ instanceName: 'a b' }, 'InvalidInstanceNameException');
    await refused({ instanceName: '' }, 'InvalidInstanceNameException');
    await refused({ instanceName: 'x'.repeat(101) }, 'InvalidInstanceNameException');
    await refused({ publicKey: Buffer.alloc(31).toString('base64') }, 'ValidationException');
    await refused({ publicKey: `${keyOf('a')}!` }, 'ValidationException');
    await refused({ tags: [{ Key: '', Value: 'x' }] }, 'InvalidTagException');
    await refused({ tags: Array.from({ length: 11 }, (_, i) => ({ Key: `${i}`, Value: 'x' })) }, 'TagLimitExceededException');
    assert.equal(await uses(), 0);
    assert.deepEqual((await c.call(registry.listInstances, {})).instances, []);
  });
});
