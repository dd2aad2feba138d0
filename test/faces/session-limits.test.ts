// What one agent's session puts up with, on real sockets against the whole server: what goes beyond is slowed down, or ends
// the session with a code that says whether to come back. Nothing that was acknowledged is lost.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { closeCodes } from '../../protocol/session/close-codes.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { realClock } from '../../world/real/clock.ts';
import { aWholeServer, type WholeServer } from '../access/a-whole-server.ts';
import { enrolRaw, RawAgent, type RawIdentity } from './raw-agent.ts';

describe('an agent’s session', function () {
  this.timeout(60_000);
  let server: WholeServer;
  let identity: RawIdentity;
  const open = async (limits: string | null = null): Promise<void> => {
    server = await aWholeServer(limits === null ? null : `limits: {${limits}}`);
    const { token } = await server.administrator.call(registry.createEnrollmentToken, { maxUses: 10 });
    identity = await enrolRaw(server.url, token, 'web-1');
  };
  beforeEach(() => (server = undefined as unknown as WholeServer));
  afterEach(() => server[Symbol.asyncDispose]());

  const reportOf = (number: number) => ({ kind: 'report', number, report: { kind: 'Accepted', attemptId: 'nobody-knows-it', at: 1 } });

  it('is closed when no hello comes in time', async () => {
    await open('hello-seconds: 1');
    const beganAt = realClock.monotonic();
    const agent = await RawAgent.connect(server.url);
    const { code } = await agent.closed;
    assert.equal(code, closeCodes.notAuthenticated.code);
    assert.ok(realClock.monotonic() - beganAt >= 990);
  });

  it('gives five seconds for it unless told otherwise, and takes no ping instead', async () => {
    await open();
    const agent = await RawAgent.connect(server.url);
    agent.say({ kind: 'ping' });
    assert.equal((await agent.closed).code, closeCodes.badFrame.code);
    const beganAt = realClock.monotonic();
    const silent = await RawAgent.connect(server.url);
    await silent.closed;
    assert.ok(realClock.monotonic() - beganAt >= 4_990);
  });

  it('is one for each identity: the newer replaces the older, which is told so', async () => {
    await open();
    const older = await RawAgent.live(server.url, identity);
    const newer = await RawAgent.live(server.url, identity);
    assert.deepEqual(await older.closed, { code: closeCodes.replaced.code, reason: 'A newer session of this instance took over.' });
    newer.say(reportOf(1));
    await newer.hear('acknowledge', ({ upTo }) => upTo === 1);
    await newer.leave();
  });

  it('takes a frame of 1 MiB, is closed with 1009 by a longer one, and speaks text without compression', async () => {
    await open();
    const agent = await RawAgent.live(server.url, identity, 0, { perMessageDeflate: true });
    assert.equal(agent.ws.extensions, '');
    agent.say(' '.repeat(1024 * 1024 - 20) + '{"kind":"ping"}');
    agent.say(reportOf(1));
    await agent.hear('acknowledge', ({ upTo }) => upTo === 1);
    agent.say(' '.repeat(1024 * 1024 + 1));
    assert.ok([1006, 1009].includes((await agent.closed).code));
    const binary = await RawAgent.live(server.url, identity);
    binary.say(Buffer.from('{"kind":"ping"}'));
    assert.equal((await binary.closed).code, 1003);
  });

  it('is read at no more than so many frames a second, and loses none of them', async () => {
    await open('session-frames-per-second: 50');
    const agent = await RawAgent.live(server.url, identity);
    const beganAt = realClock.monotonic();
    for (let number = 1; number <= 200; number += 1) agent.say(reportOf(number));
    await agent.hear('acknowledge', ({ upTo }) => upTo === 200);
    // A second's worth at once, the rest at 50 a second.
    assert.ok(realClock.monotonic() - beganAt >= 2_900, `after ${realClock.monotonic() - beganAt} ms`);
    const { last_report: stored } = await server.store.db.selectFrom('instances').select('last_report').executeTakeFirstOrThrow();
    assert.equal(stored, 200);
    await agent.leave();
  });

  it('holds a flood back in the sender’s own buffers, not in the house, and others do not notice', async () => {
    await open('session-frames-per-second: 10');
    const agent = await RawAgent.live(server.url, identity);
    // Far more than the buffers between two sockets hold.
    const ping = JSON.stringify({ kind: 'ping', filler: 'x'.repeat(100_000) });
    for (let i = 0; i < 600; i += 1) agent.say(ping);
    const { token } = await server.administrator.call(registry.createEnrollmentToken, {});
    const other = await RawAgent.live(server.url, await enrolRaw(server.url, token, 'web-2'));
    other.say(reportOf(1));
    await other.hear('acknowledge', ({ upTo }) => upTo === 1);
    await other.leave();
    assert.ok(agent.ws.bufferedAmount > 20_000_000, `${agent.ws.bufferedAmount} of 60 MB are still with the sender`);
    agent.ws.terminate();
    await agent.closed;
  });

  it('is closed when what is sent to it is not read, and resumes where its journal ends', async () => {
    await open('session-buffer-bytes: 1048576');
    const { instanceId } = identity;
    const filler = 'x'.repeat(60_000);
    const rows = Array.from({ length: 400 }, (_, index) => ({
      instance_id: instanceId, number: index + 1, attempt_id: '', deployment_id: 'd-A', target_id: 'web-1', event: '', generation: 0,
      command: JSON.stringify({ kind: 'Cancel', attemptId: `a-${index}`, deploymentId: 'd-A', reason: 'x', filler }), created_at: 1, accepted_at: null, ended_at: null,
    }));
    for (let at = 0; at < rows.length; at += 50) await server.store.db.insertInto('commands').values(rows.slice(at, at + 50)).execute();
    await server.store.db.updateTable('instances').set({ last_command: 400 }).where('instance_id', '=', instanceId).execute();
    // It says hello, and reads nothing of the 24 MB that are waiting for it.
    const agent = await RawAgent.connect(server.url);
    agent.say(await agent.hello(identity));
    await agent.hear('welcome');
    agent.ws.pause();
    await untilGone(server, 'web-1');
    agent.ws.resume();
    assert.ok([closeCodes.tooSlow.code, 1006].includes((await agent.closed).code));
    const third = await RawAgent.live(server.url, identity, 390);
    const numbers: number[] = [];
    for (let number = 391; number <= 400; number += 1) numbers.push((await third.hear('command', (frame) => frame.number === number)).number);
    assert.equal(numbers.length, 10);
    await third.leave();
  });
});

async function untilGone(server: WholeServer, name: string): Promise<void> {
  for (;;) {
    const { instances } = await server.administrator.call(registry.listInstances, {});
    if (instances.find(({ instanceName }) => instanceName === name)?.isConnected !== true) return;
    await realClock.sleep(20);
  }
}
