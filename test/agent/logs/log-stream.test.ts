import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { startLogSender } from '../../../agent/log-sender.ts';
import { openLogStream } from '../../../agent/log-stream.ts';
import type { LogLimits } from '../../../agent/attempt-backlog.ts';
import type { LogStream } from '../../../agent/log-stream.ts';
import type { OutputLine } from '../../../hooks/script-output.ts';
import type { LogFrame } from '../../../protocol/session/frames.ts';
import { endOfChunk } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import { MemoryFiles, settle } from '../doubles.ts';

const clock = { now: () => 1_000, monotonic: () => 0 };
const line = (offset: number, text: string, over: Partial<OutputLine> = {}): OutputLine => ({ index: 0, restart: 0, stream: 'stdout', offset, length: text.length + 1, text, ...over });
const open = (files: MemoryFiles, limits?: LogLimits): Promise<LogStream> => openLogStream({ files, clock, log: silentLog, folder: '/out', ...(limits === undefined ? {} : { limits }) });

/** Takes all frames as a server does that has nothing yet. */
async function drain(logs: LogStream): Promise<LogFrame[]> {
  const frames: LogFrame[] = [];
  for (let frame = await logs.next(); frame !== null; frame = await logs.next()) {
    frames.push(frame);
    logs.acknowledge({ kind: 'logAcknowledge', attemptId: frame.attemptId, number: frame.number, has: frame.chunk === null ? 0 : endOfChunk(frame.chunk), isWanted: true });
  }
  return frames;
}
const textsOf = (frames: readonly LogFrame[]): (string | null)[] => frames.map(({ chunk }) => chunk?.text ?? null);

describe('the log stream', () => {
  it('makes lines that follow each other one chunk, and says when an attempt’s output is complete', async () => {
    const files = new MemoryFiles();
    const logs = await open(files);
    const attempt = logs.attempt('att-1');
    attempt.add(line(0, 'one'));
    attempt.add(line(4, 'two'));
    attempt.add(line(0, 'oops', { stream: 'stderr' }));
    await attempt.end();
    const frames = await drain(logs);
    assert.deepEqual(textsOf(frames), ['one\ntwo', 'oops', null]);
    assert.deepEqual(frames[0]!.chunk, { index: 0, restart: 0, stream: 'stdout', offset: 0, lengths: [4, 4], at: 1_000, text: 'one\ntwo' });
    await settle();
    assert.deepEqual(await files.list('/out'), []);
  });

  it('passes over lines that come again after a restart, and keeps those that were not sent', async () => {
    const files = new MemoryFiles();
    const first = (await open(files)).attempt('att-1');
    first.add(line(0, 'one'));
    await settle();
    const logs = await open(files);
    const again = logs.attempt('att-1');
    again.add(line(0, 'one'));
    again.add(line(4, 'two'));
    await again.end();
    assert.deepEqual(textsOf(await drain(logs)), ['one', 'two', null]);
  });

  it('skips what the server says it has already', async () => {
    const logs = await open(new MemoryFiles());
    const attempt = logs.attempt('att-1');
    for (const [index, text] of ['aaa', 'bbb', 'ccc'].entries()) {
      attempt.add(line(index * 4, text));
      await settle();
    }
    const frame = await logs.next();
    logs.acknowledge({ kind: 'logAcknowledge', attemptId: 'att-1', number: frame!.number, has: 8, isWanted: true });
    assert.deepEqual(textsOf(await drain(logs)), ['ccc']);
  });

  it('cuts a torn last line off its file', async () => {
    const files = new MemoryFiles();
    const first = (await open(files)).attempt('att-1');
    first.add(line(0, 'one'));
    await settle();
    files.put('/out/att-1.log', Buffer.concat([files.bytes('/out/att-1.log'), Buffer.from('{"index":0,"rest')]));
    const logs = await open(files);
    const again = logs.attempt('att-1');
    again.add(line(4, 'two'));
    await again.end();
    assert.deepEqual(textsOf(await drain(logs)), ['one', 'two', null]);
  });

  it('keeps of a flood the beginning and the end, within its bounds', async () => {
    const files = new MemoryFiles();
    const logs = await open(files, { headBytes: 1_000, ringBytes: 500, attemptBytes: 100_000, totalBytes: 100_000 });
    const attempt = logs.attempt('att-1');
    for (let index = 0; index < 10_000; index += 1) attempt.add(line(index * 10, `line ${String(index).padStart(4, '0')}`));
    await attempt.end();
    assert.ok(files.bytes('/out/att-1.log').length < 5_000);
    const texts = textsOf(await drain(logs)).filter((text) => text !== null).join('\n').split('\n');
    assert.deepEqual([texts[0], texts[99], texts.at(-1)], ['line 0000', 'line 0099', 'line 9999']);
    assert.ok(texts.length < 160, String(texts.length));
  });

  it('forgets an attempt that the server does not want', async () => {
    const files = new MemoryFiles();
    const logs = await open(files);
    const attempt = logs.attempt('att-1');
    attempt.add(line(0, 'one'));
    const frame = await logs.next().then(async (early) => early ?? (await settle(), logs.next()));
    logs.acknowledge({ kind: 'logAcknowledge', attemptId: 'att-1', number: frame!.number, has: 0, isWanted: false });
    attempt.add(line(4, 'two'));
    await attempt.end();
    assert.equal(await logs.next(), null);
    assert.deepEqual(await files.list('/out'), []);
  });

  it('never fails an attempt because the disk does', async () => {
    const files = new MemoryFiles();
    const logs = await open(files);
    const attempt = logs.attempt('att-1');
    files.failAt = 0;
    attempt.add(line(0, 'one'));
    await attempt.end();
    assert.equal(await logs.next(), null);
  });
});

describe('the log sender', () => {
  it('sends one chunk at a time, and none while a report waits', async () => {
    const logs = await open(new MemoryFiles());
    const attempt = logs.attempt('att-1');
    attempt.add(line(0, 'one'));
    await settle();
    attempt.add(line(4, 'two'));
    await settle();
    const sent: LogFrame[] = [];
    let mayGo = false;
    const sender = startLogSender(logs, (frame) => sent.push(frame), () => mayGo);
    await settle();
    assert.equal(sent.length, 0);
    mayGo = true;
    sender.push();
    await settle();
    assert.deepEqual(textsOf(sent), ['one']);
    sender.acknowledge({ kind: 'logAcknowledge', attemptId: 'att-1', number: sent[0]!.number, has: 4, isWanted: true });
    await settle();
    assert.deepEqual(textsOf(sent), ['one', 'two']);
  });
});
