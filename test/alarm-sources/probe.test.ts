import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { AlarmSource, Reading } from '../../server/alarm-sources/alarm-source.ts';
import { probeSource } from '../../server/alarm-sources/probe.ts';
import type { ProbeAlarm } from '../../protocol/model/alarm.ts';
import { aFarEnd, type FarEnd } from '../outgoing/a-far-end.ts';

describe('a probe of the service', () => {
  let now: number;
  let due: { at: number; act: () => void }[];
  const clock = {
    monotonic: () => now,
    after(ms: number, act: () => void) {
      const entry = { at: now + ms, act };
      due.push(entry);
      return { cancel: () => void (due = due.filter((one) => one !== entry)) };
    },
  };
  /** What becomes due by then is done, in its order. */
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const [next] = due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (next === undefined) break;
      due = due.filter((one) => one !== next);
      now = Math.max(now, next.at);
      next.act();
    }
    now = end;
  };
  let status: number | null;
  let service: FarEnd;
  let leaving: AbortController;
  const open = (over: Partial<ProbeAlarm> = {}): AlarmSource => probeSource({ kind: 'probe', url: `${service.url}/shop`, ...over }, [{ name: 'x-probe', value: 'yes' }], 5_000, clock);
  const read = (source: AlarmSource): Promise<Reading> => source.read(leaving.signal);
  /** Reads until so many have been answered, or given up. */
  const counted = async (source: AlarmSource, probes: number): Promise<Reading> => {
    for (;;) {
      const reading = await read(source);
      if (reading.detail.startsWith(`${probes} probes `)) return reading;
      await setImmediate();
    }
  };
  const host = (): string => new URL(service.url).host;

  beforeEach(async () => {
    now = 0;
    due = [];
    status = 200;
    leaving = new AbortController();
    service = await aFarEnd((_, response: ServerResponse) => void (status !== null && response.writeHead(status).end()));
  });
  afterEach(async () => {
    leaving.abort();
    await service[Symbol.asyncDispose]();
  });

  it('asks at its rate from the first reading on, and tells what it counted', async () => {
    const source = open({ perSecond: 10 });
    assert.deepEqual(await read(source), { state: 'INCONCLUSIVE', detail: `0 probes of ${host()}, 0 failed.` });
    for (let beats = 2; beats <= 11; beats += 1) {
      await counted(source, beats - 1);
      advance(100);
    }
    assert.deepEqual(await counted(source, 11), { state: 'OK', detail: `11 probes of ${host()}, 0 failed.` });
    assert.deepEqual([service.heard.length, service.heard[0]!.path, service.heard[0]!.headers['x-probe']], [11, '/shop', 'yes']);
  });

  it('is an alarm at the first failure, and says which it was', async () => {
    const source = open();
    await read(source);
    await counted(source, 1);
    status = 503;
    advance(200);
    assert.deepEqual(await counted(source, 2), { state: 'ALARM', detail: `2 probes of ${host()}, 1 failed, the last one: it answered 503.` });
  });

  it('is one at the number that was said, within a minute', async () => {
    const source = open({ failures: 2, perSecond: 1 });
    status = 404;
    await read(source);
    assert.equal((await counted(source, 1)).state, 'OK');
    status = 200;
    for (let probes = 2; probes <= 61; probes += 1) {
      advance(1_000);
      await counted(source, probes);
    }
    status = 404;
    advance(1_000);
    assert.equal((await counted(source, 62)).state, 'OK', 'the first was more than a minute ago');
    advance(1_000);
    assert.deepEqual(await counted(source, 63), { state: 'ALARM', detail: `63 probes of ${host()}, 3 failed, the last one: it answered 404.` });
  });

  it('counts a request that nobody answers in time, and one that nobody takes, as failures', async () => {
    const source = open({ failures: 10, perSecond: 1 });
    status = null;
    await read(source);
    while (service.heard.length === 0) await setImmediate();
    for (let second = 0; second < 5; second += 1) {
      await read(source);
      advance(1_000);
    }
    assert.match((await counted(source, 1)).detail, /1 failed, the last one: .*did not answer in time/);
    await service[Symbol.asyncDispose]();
    const gone = open({ failures: 2 });
    await read(gone);
    assert.match((await counted(gone, 1)).detail, /1 failed, the last one: .*cannot be reached/);
  });

  it('has the status that is expected for well, and no other', async () => {
    status = 401;
    const source = open({ expectedStatus: 401 });
    await read(source);
    assert.equal((await counted(source, 1)).state, 'OK');
  });

  it('asks no more when it has not been read for a while, or whoever read it leaves, and goes on when it is read again', async () => {
    const source = open({ perSecond: 1 });
    await read(source);
    await counted(source, 1);
    for (let second = 0; second < 60; second += 1) {
      advance(1_000);
      // All that is still due is the next beat, if there is one: every probe has its answer.
      while (due.length > 1) await setImmediate();
    }
    assert.deepEqual([due.length, service.heard.length], [0, 11]);
    assert.equal((await read(source)).detail, `11 probes of ${host()}, 0 failed.`);
    await counted(source, 12);
    leaving.abort();
    advance(5_000);
    assert.deepEqual([due.length, service.heard.length], [0, 12]);
    leaving = new AbortController();
    await read(source);
    assert.equal((await counted(source, 13)).state, 'OK');
  });
});
