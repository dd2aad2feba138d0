import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { afterEach, describe, it } from 'mocha';
import { loadOrEnroll } from '../../../agent/identity.ts';
import { keepSession } from '../../../agent/session.ts';
import { sessionUrl } from '../../../agent/session-url.ts';
import { closeCodes } from '../../../protocol/session/close-codes.ts';
import { signedText } from '../../../protocol/session/frames.ts';
import { cancelCommand, runEventCommand } from '../commands-of.ts';
import type { FarEnd, TestWorld } from '../doubles.ts';
import { settle } from '../doubles.ts';
import type { Parts } from '../parts.ts';
import { openParts } from '../parts.ts';

const nonce = 'n'.repeat(43);
const challenge = { kind: 'challenge', controllerId: 'controller-1', nonce, protocolVersions: [1] };
const welcome = (lastReport = 0) => ({ kind: 'welcome', protocolVersion: 1, lastReport, pingEveryMs: 5_000, now: 0 });

interface Kept extends Parts {
  readonly publicKey: string;
  readonly live: boolean[];
  readonly far: FarEnd;
  stop(): Promise<void>;
}

const open: (() => Promise<void>)[] = [];

async function keep(parts?: Parts): Promise<Kept> {
  const all = parts ?? (await openParts());
  const { world, inbox, outbox } = all;
  let publicKey = '';
  const enroll = (_url: string, request: { publicKey: string; instanceName: string }) => {
    ({ publicKey } = request);
    return Promise.resolve({ instanceId: 'i-1', instanceName: request.instanceName, controllerId: 'controller-1' });
  };
  const wishes = { controllerUrl: 'http://127.0.0.1:8080', joinToken: 'token', instanceName: 'web-1', tags: [], agentVersion: '1' };
  const identity = await loadOrEnroll('/data/identity.json', wishes, world, enroll, new AbortController().signal);
  const stopping = new AbortController();
  const live: boolean[] = [];
  const settings = { url: 'ws://test/v1/session', ca: null, tags: [{ Key: 'role', Value: 'web' }], agentVersion: '1', connectTimeoutMs: 10_000, greetingMs: 10_000, slowRestMs: 60_000, maxReportsUnderway: 4, maxCommandsUnderway: 8 };
  const kept = keepSession({ world, identity, inbox, outbox, bootId: 'boot-1', settings, onLive: (isLive) => live.push(isLive), onProgress: () => undefined }, stopping.signal);
  const stop = async () => {
    stopping.abort(new Error('the test is over'));
    await kept;
  };
  open.push(stop);
  await settle();
  return { ...all, publicKey, live, stop, get far() { return world.network.last; } };
}

async function keepLive(parts?: Parts, lastReport = 0): Promise<Kept> {
  const kept = await keep(parts);
  kept.far.say(challenge);
  kept.far.say(welcome(lastReport));
  await settle();
  return kept;
}

/** Lets the agent rest and dial again. */
async function untilDialled(world: TestWorld, dials: number, withinMs = 20_000): Promise<void> {
  for (let passed = 0; world.network.dials.length < dials; passed += 100) {
    assert.ok(passed <= withinMs, `only ${world.network.dials.length} dials within ${withinMs} ms`);
    await world.clock.pass(100);
  }
}

const kinds = (frames: readonly Record<string, unknown>[]) => frames.map((frame) => (frame['number'] ?? frame['upTo']) === undefined ? frame['kind'] : `${String(frame['kind'])} ${String(frame['number'] ?? frame['upTo'])}`);

describe('the session', () => {
  afterEach(async () => {
    for (const stop of open.splice(0)) await stop();
  });

  it('dials where the controller has its session endpoint', () => {
    assert.equal(sessionUrl('https://deploy.example.com:8443'), 'wss://deploy.example.com:8443/v1/session');
    assert.equal(sessionUrl('http://127.0.0.1:8080/fairlead/'), 'ws://127.0.0.1:8080/fairlead/v1/session');
  });

  it('says nothing before it is challenged, then proves who it is', async () => {
    const { far, publicKey, inbox } = await keep();
    assert.deepEqual(far.take(), []);
    far.say(challenge);
    const [hello] = far.take();
    assert.equal(hello?.['kind'], 'hello');
    assert.equal(hello['lastCommand'], inbox.lastDurable);
    assert.deepEqual(hello['tags'], [{ Key: 'role', Value: 'web' }]);
    const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'base64')]), format: 'der', type: 'spki' });
    const signature = Buffer.from(String(hello['signature']), 'base64');
    assert.ok(verify(null, Buffer.from(signedText('controller-1', 'i-1', nonce)), key, signature));
    assert.ok(!verify(null, Buffer.from(signedText('controller-2', 'i-1', nonce)), key, signature));
  });

  it('proves nothing to another controller', async () => {
    const { far } = await keep();
    far.say({ ...challenge, controllerId: 'controller-2' });
    assert.deepEqual(far.take(), []);
    assert.equal(far.closed?.code, closeCodes.notAuthenticated.code);
  });

  it('sends its reports after the welcome, from the number the controller has', async () => {
    const parts = await openParts();
    for (const n of [1, 2, 3]) await parts.outbox.record({ kind: 'Accepted', attemptId: `att-${n}`, at: n });
    const { far, outbox } = await keepLive(parts, 1);
    assert.deepEqual(kinds(far.take()), ['hello', 'report 2', 'report 3']);
    assert.equal(outbox.cursor.acknowledged, 1);
    far.say({ kind: 'acknowledge', upTo: 3 });
    assert.deepEqual(outbox.after(0), []);
  });

  it('sends a bounded number of reports ahead of the acknowledgements', async () => {
    const parts = await openParts();
    for (let n = 1; n <= 10; n += 1) await parts.outbox.record({ kind: 'Accepted', attemptId: `att-${n}`, at: n });
    const { far } = await keepLive(parts);
    assert.deepEqual(kinds(far.take()).slice(1), ['report 1', 'report 2', 'report 3', 'report 4']);
    far.say({ kind: 'acknowledge', upTo: 2 });
    assert.deepEqual(kinds(far.take()), ['report 5', 'report 6']);
  });

  it('acknowledges a command after it is durable, and reports what becomes of it', async () => {
    const { far, executors } = await keepLive();
    far.take();
    far.say({ kind: 'command', number: 1, command: runEventCommand() });
    assert.deepEqual(far.take(), [], 'nothing is acknowledged in the turn of its arrival');
    await settle();
    assert.deepEqual(kinds(far.take()).sort(), ['acknowledge 1', 'report 1']);
    executors.underWay.get('att-1')!.end();
    await settle();
    assert.deepEqual(kinds(far.take()), ['report 2']);
  });

  it('acknowledges a duplicate again and runs it once', async () => {
    const { far, executors } = await keepLive();
    far.say({ kind: 'command', number: 1, command: runEventCommand() });
    await settle();
    far.take();
    far.say({ kind: 'command', number: 1, command: runEventCommand() });
    await settle();
    assert.deepEqual(kinds(far.take()), ['acknowledge 1']);
    assert.deepEqual(executors.begun, ['att-1']);
  });

  it('closes on a gap and takes nothing beyond it', async () => {
    const { far, journal } = await keepLive();
    far.say({ kind: 'command', number: 2, command: cancelCommand('att-1') });
    assert.equal(far.closed?.code, closeCodes.badFrame.code);
    await settle();
    assert.equal(journal.state.lastCommand, 0);
  });

  for (const [what, frame] of [
    ['no JSON', '{'],
    ['an unknown kind', '{"kind":"dance"}'],
    ['a command without its fields', '{"kind":"command","number":1,"command":{"kind":"RunEvent"}}'],
    ['a path for an attempt id', JSON.stringify({ kind: 'command', number: 1, command: runEventCommand({ attemptId: '../../etc' }) })],
    ['a frame over a mebibyte', JSON.stringify({ kind: 'command', number: 1, command: runEventCommand({ revision: { filler: 'x'.repeat(1024 * 1024) } }) })],
    ['a second challenge', JSON.stringify(challenge)],
    ['a second welcome', JSON.stringify(welcome())],
    ['an acknowledgement of what was never sent', '{"kind":"acknowledge","upTo":1}'],
  ] as const) {
    it(`closes on ${what}, and comes back`, async () => {
      const { far, world, executors } = await keepLive();
      far.sayText(frame);
      assert.equal(far.closed?.code, closeCodes.badFrame.code);
      await untilDialled(world, 2);
      assert.deepEqual(executors.begun, []);
    });
  }

  it('takes no command before the welcome', async () => {
    const { far, journal } = await keep();
    far.say(challenge);
    far.say({ kind: 'command', number: 1, command: runEventCommand() });
    assert.equal(far.closed?.code, closeCodes.badFrame.code);
    await settle();
    assert.equal(journal.state.attempts.size, 0);
  });

  it('closes when the controller claims to have reports that were never made', async () => {
    const { far } = await keepLive(undefined, 7);
    assert.equal(far.closed?.code, closeCodes.outOfStep.code);
    assert.match(far.closed.reason, /journal is older/);
  });

  it('loses nothing and repeats nothing when the connection breaks', async () => {
    const kept = await keepLive();
    kept.far.say({ kind: 'command', number: 1, command: runEventCommand() });
    await settle();
    assert.deepEqual(kinds(kept.far.take()).slice(1).sort(), ['acknowledge 1', 'report 1']);
    kept.far.hangUp();
    kept.executors.underWay.get('att-1')!.end(); // while nobody listens
    await untilDialled(kept.world, 2);
    kept.far.say(challenge);
    const [hello] = kept.far.take();
    assert.equal(hello?.['lastCommand'], 1);
    kept.far.say(welcome(0)); // report 1 had not arrived
    await settle();
    assert.deepEqual(kinds(kept.far.take()), ['report 1', 'report 2']);
    kept.far.say({ kind: 'command', number: 1, command: runEventCommand() }); // nor had our acknowledgement
    await settle();
    assert.deepEqual(kinds(kept.far.take()), ['acknowledge 1']);
    assert.deepEqual(kept.executors.begun, ['att-1']);
    assert.deepEqual(kept.live, [true, false, true]);
  });

  it('pings at the interval of the welcome, and gives a silent controller up after three', async () => {
    const { far, world } = await keepLive();
    const closedCode = () => far.closed?.code ?? null;
    far.take();
    await world.clock.pass(5_000);
    assert.deepEqual(kinds(far.take()), ['ping']);
    far.say({ kind: 'ping' });
    await world.clock.pass(14_999);
    assert.equal(closedCode(), null);
    await world.clock.pass(5_100);
    assert.equal(closedCode(), closeCodes.silent.code);
    await untilDialled(world, 2);
  });

  it('gives up a controller that does not greet', async () => {
    const { far, world } = await keep();
    await world.clock.pass(10_000);
    assert.equal(far.closed?.code, closeCodes.silent.code);
    await untilDialled(world, 2);
  });

  it('dials again and again while nobody answers, ever more seldom, and at most 15 s apart', async () => {
    const { world, far } = await keep();
    world.network.refuses = 'connection refused';
    far.hangUp();
    const gaps: number[] = [];
    for (let dials = 2, last = world.clock.monotonic(); dials <= 30; dials += 1) {
      await untilDialled(world, dials);
      gaps.push(world.clock.monotonic() - last);
      last = world.clock.monotonic();
    }
    assert.ok(gaps.every((gap) => gap >= 200 && gap <= 15_100), `gaps ${gaps.join(' ')}`);
    assert.ok(Math.max(...gaps.slice(0, 2)) < 2_200, 'the first ones come soon');
    assert.ok(new Set(gaps).size > 5, 'they are jittered');
  });

  for (const reason of ['notAuthenticated', 'deregistered', 'replaced'] as const) {
    it(`comes back slowly when it is ${reason}, since an operator may put it right`, async () => {
      const { world, far } = await keepLive();
      far.hangUp(closeCodes[reason].code, reason);
      await world.clock.pass(59_000);
      assert.equal(world.network.dials.length, 1);
      await world.clock.pass(1_500);
      assert.equal(world.network.dials.length, 2);
    });
  }

  it('comes back slowly where there is no common protocol', async () => {
    const { world, far } = await keep();
    far.say({ ...challenge, protocolVersions: [99] });
    assert.equal(far.closed?.code, closeCodes.versionMismatch.code);
    await world.clock.pass(59_000);
    assert.equal(world.network.dials.length, 1);
    await world.clock.pass(1_500);
    assert.equal(world.network.dials.length, 2);
  });

  it('closes in an orderly way when the agent stops, and dials no more', async () => {
    const { world, far, stop } = await keepLive();
    await stop();
    assert.equal(far.closed?.code, closeCodes.goingAway.code);
    await world.clock.pass(100_000);
    assert.equal(world.network.dials.length, 1);
  });

  it('tells only durable command numbers, even while others are being written', async () => {
    const { far, inbox, journal } = await keepLive();
    far.say({ kind: 'command', number: 1, command: runEventCommand() });
    assert.equal(journal.state.lastCommand, 1);
    assert.equal(inbox.lastDurable, 0);
    await settle();
    assert.equal(inbox.lastDurable, 1);
  });
});
