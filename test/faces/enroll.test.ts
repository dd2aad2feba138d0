import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { type Door, type DoorSettings, openDoor } from './open-door.ts';
import { Failure } from '../../protocol/errors.ts';
import { defaultLimits } from '../../server/faces/limits.ts';
import { limitPerMinute } from '../../server/faces/rate-limit.ts';
import type { Clock } from '../../world/clock.ts';

const good = { token: 'flt_abc', instanceName: 'web-1', publicKey: Buffer.alloc(32, 7).toString('base64'), tags: [{ Key: 'role', Value: 'web' }], agentVersion: '0.1.0' };

describe('enrolment', () => {
  let door: Door;
  afterEach(() => door[Symbol.asyncDispose]());
  const open = async (settings: DoorSettings = {}): Promise<void> => void (door = await openDoor(settings));
  const enroll = async (body: unknown): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
    const response = await fetch(`${door.url}/v1/enroll`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  };

  it('needs no access key, passes the request on with its address and answers who the agent is', async () => {
    await open();
    const { status, body } = await enroll({ ...good, unknown: 1 });
    assert.deepEqual([status, body], [200, { instanceId: 'x', instanceName: 'web-1', instanceArn: 'arn', controllerId: 'c' }]);
    assert.deepEqual(door.enrolled, [{ ...good, remote: '127.0.0.1' }]);
  });

  const refusals: readonly (readonly [string, unknown, string])[] = [
    ['a missing token', { ...good, token: undefined }, 'token'],
    ['an empty token', { ...good, token: '' }, 'token'],
    ['a name that is none', { ...good, instanceName: '../x' }, 'instanceName'],
    ['a key of another length', { ...good, publicKey: 'AAAA' }, 'publicKey'],
    ['tags that are no list', { ...good, tags: {} }, 'tags'],
    ['a tag without a key', { ...good, tags: [{ Value: 'x' }] }, 'tags.0.Key'],
    ['a version that is a number', { ...good, agentVersion: 1 }, 'agentVersion'],
  ];
  for (const [what, body, field] of refusals) {
    it(`refuses ${what}, naming ${field}`, async () => {
      await open();
      const answer = await enroll(body);
      assert.deepEqual([answer.status, answer.body['code'], answer.body['field']], [400, 'ValidationException', field]);
      assert.match(String(answer.body['message']), new RegExp(`^${field} `));
      assert.equal(door.enrolled.length, 0);
    });
  }

  it('counts calls per address that enrol nobody, wrong ones too', async () => {
    await open({
      limits: { enrollmentsPerMinute: 3 },
      dependencies: {
        enroll: () => Promise.reject(new Failure('InvalidJoinTokenException')),
      },
    });
    const codes = [];
    for (let i = 0; i < 4; i += 1) codes.push((await enroll(i === 0 ? {} : good)).body['code']);
    assert.deepEqual(codes, ['ValidationException', 'InvalidJoinTokenException', 'InvalidJoinTokenException', 'ThrottlingException']);
    const { status, headers } = await enroll(good);
    assert.deepEqual([status, headers.get('retry-after')], [429, '60']);
  });

  it('counts none that enrols an agent: a fleet behind one address comes in at once', async () => {
    await open({ limits: { enrollmentsPerMinute: 2, enrollmentsPerMinuteInAll: 3 } });
    for (let i = 0; i < 20; i += 1) assert.equal((await enroll({ ...good, instanceName: `web-${i}` })).status, 200);
    assert.equal(door.enrolled.length, 20);
  });

  it('takes 5 a minute from one address and 100 from all unless told otherwise', async () => {
    assert.deepEqual([defaultLimits.enrollmentsPerMinute, defaultLimits.enrollmentsPerMinuteInAll], [5, 100]);
    await open({ dependencies: { enroll: () => Promise.reject(new Failure('InvalidJoinTokenException')) } });
    const codes = [];
    for (let i = 0; i < 6; i += 1) codes.push((await enroll(good)).body['code']);
    assert.deepEqual([codes.filter((code) => code === 'InvalidJoinTokenException').length, codes.at(-1)], [5, 'ThrottlingException']);
  });
});

describe('a limit per minute', () => {
  let now = 0;
  const clock = { monotonic: () => now } as Clock;
  const attempt = (take: (address: string) => unknown, address: string): boolean => {
    try {
      take(address);
      return true;
    } catch {
      return false;
    }
  };

  it('refills steadily, and up to the limit only', () => {
    now = 0;
    const take = limitPerMinute({ perAddress: 2, inAll: 1_000 }, clock);
    assert.deepEqual([attempt(take, 'a'), attempt(take, 'a'), attempt(take, 'a')], [true, true, false]);
    now = 29_000;
    assert.equal(attempt(take, 'a'), false);
    now = 30_001;
    assert.deepEqual([attempt(take, 'a'), attempt(take, 'a')], [true, false]);
    now = 1e9;
    assert.deepEqual([attempt(take, 'a'), attempt(take, 'a'), attempt(take, 'a')], [true, true, false]);
  });

  it('counts addresses apart', () => {
    const take = limitPerMinute({ perAddress: 1, inAll: 1_000 }, clock);
    assert.deepEqual([attempt(take, 'a'), attempt(take, 'b'), attempt(take, 'a')], [true, true, false]);
  });

  it('counts all addresses together too', () => {
    now = 0;
    const take = limitPerMinute({ perAddress: 2, inAll: 3 }, clock);
    assert.deepEqual(['a', 'b', 'c', 'd'].map((address) => attempt(take, address)), [true, true, true, false]);
    now = 20_001;
    assert.deepEqual(['d', 'e'].map((address) => attempt(take, address)), [true, false]);
  });

  it('takes all addresses of one IPv6 network for one, and an IPv4 address for what it is in either spelling', () => {
    const take = limitPerMinute({ perAddress: 1, inAll: 1_000 }, clock);
    assert.deepEqual(['2001:db8:0:1::5', '2001:0db8:0000:0001:9::1', '2001:db8:0:2::5'].map((address) => attempt(take, address)), [true, false, true]);
    assert.deepEqual(['::ffff:10.0.0.1', '10.0.0.1', '::ffff:10.0.0.2'].map((address) => attempt(take, address)), [true, false, true]);
  });

  it('gives back what was taken in the end, and no more than there was', () => {
    const take = limitPerMinute({ perAddress: 1, inAll: 1 }, clock);
    const giveBack = take('a');
    assert.equal(attempt(take, 'a'), false);
    giveBack();
    giveBack();
    assert.deepEqual([attempt(take, 'a'), attempt(take, 'a')], [true, false]);
  });
});
