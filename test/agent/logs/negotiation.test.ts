import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HostHolds } from '../../../agent/host-holds.ts';
import { loadOrEnroll } from '../../../agent/identity.ts';
import { openLogStream } from '../../../agent/log-stream.ts';
import { keepSession } from '../../../agent/session.ts';
import { runEventCommand } from '../commands-of.ts';
import { settle } from '../doubles.ts';
import { openParts } from '../parts.ts';

/** The kinds of frames an agent with output to send, and with an event that waits, sends after this welcome. */
async function framesAfter(welcome: object): Promise<string[]> {
  const { world, inbox, outbox } = await openParts();
  const logs = await openLogStream({ files: world.files, clock: world.clock, log: world.log, folder: '/out' });
  logs.attempt('att-1').add({ index: 0, restart: 0, stream: 'stdout', offset: 0, length: 4, text: 'one' });
  const holds = new HostHolds();
  holds.note({ attemptId: 'att-2', deploymentId: 'd-2' }, { kind: 'LockFile', path: '/run/hold' });
  const wishes = { controllerUrl: 'http://127.0.0.1:8080', joinToken: 'token', instanceName: 'web-1', tags: [], agentVersion: '1' };
  const enroll = () => Promise.resolve({ instanceId: 'i-1', instanceName: 'web-1', controllerId: 'controller-1' });
  const identity = await loadOrEnroll('/data/identity.json', wishes, world, enroll, new AbortController().signal);
  const settings = { url: 'ws://test/v1/session', ca: null, tags: [], agentVersion: '1', connectTimeoutMs: 10_000, greetingMs: 10_000, slowRestMs: 60_000, maxReportsUnderway: 4, maxCommandsUnderway: 8 };
  const stopping = new AbortController();
  const kept = keepSession({ world, identity, inbox, outbox, holds, logs, bootId: 'boot-1', settings, onLive: () => undefined, onProgress: () => undefined }, stopping.signal);
  await settle();
  const far = world.network.last;
  far.say({ kind: 'challenge', controllerId: 'controller-1', nonce: 'n'.repeat(43), protocolVersions: [1] });
  far.say({ kind: 'welcome', protocolVersion: 1, lastReport: 0, pingEveryMs: 5_000, now: 0, ...welcome });
  await settle();
  await settle();
  const kinds = far.take().map((frame) => String(frame['kind']));
  stopping.abort(new Error('the test is over'));
  await kept;
  return kinds;
}

describe('an agent with output to send', () => {
  it('sends it to a server that says it takes logs', async () => {
    assert.deepEqual(await framesAfter({ takesLogs: true }), ['hello', 'logChunk']);
  });

  it('says what holds an event back to a server that says it takes that', async () => {
    assert.deepEqual(await framesAfter({ takesHolds: true }), ['hello', 'holds']);
  });

  it('never shows a server that does not say so a frame it does not know', async () => {
    assert.deepEqual(await framesAfter({}), ['hello']);
  });
});

describe('a command with secrets', () => {
  it('is refused when one is too short to be redacted, and runs otherwise', async () => {
    const { inbox, reports } = await openParts();
    await inbox.receive(1, runEventCommand({ redact: ['abc'] }));
    await inbox.receive(2, runEventCommand({ attemptId: 'att-2', generation: 2, redact: ['hunter22'] }));
    assert.deepEqual(reports(), ['Ended att-1 Refused', 'Accepted att-2']);
  });
});
