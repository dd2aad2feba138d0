// What systemd is told, heard by a program of its name in PATH.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'mocha';
import type { Timer } from '../../world/clock.ts';
import { realClock } from '../../world/real/clock.ts';
import { feedWatchdog, findServiceManager } from '../../world/real/service-manager.ts';

describe('what the service manager is told', () => {
  const path = process.env['PATH'];
  let folder: string;
  let calls: string;
  /** Timers that were asked for, fired by hand. */
  let timers: { readonly ms: number; readonly act: () => void }[];
  const clock = { ...realClock, after: (ms: number, act: () => void): Timer => (timers.push({ ms, act }), { cancel() {} }) };
  const environment = { NOTIFY_SOCKET: '/none', WATCHDOG_USEC: '30000000' };
  const told = (): readonly string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []);
  const fire = (): void => timers.splice(0).forEach(({ act }) => act());

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-notify-'));
    calls = join(folder, 'calls');
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\nshift\nprintf '%s|' "$@" >> ${calls}\necho >> ${calls}\n`);
    chmodSync(join(folder, 'systemd-notify'), 0o755);
    process.env['PATH'] = `${folder}${delimiter}${path ?? ''}`;
  });
  beforeEach(() => {
    timers = [];
    rmSync(calls, { force: true });
  });
  after(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  it('comes in order, and of many statuses some at once, then only the latest', async () => {
    const manager = await findServiceManager(environment, clock);
    manager.ready('ready');
    for (let count = 1; count <= 20; count += 1) manager.status(`status ${count}`);
    await manager.stopping('end of the first burst');
    const first = told().filter((line) => line.includes('--status'));
    assert.deepEqual(first.map((line) => /status ?\d*(?=\|)|ready(?=\|)/.exec(line)?.[0]), ['ready', 'status 1', 'status 2', 'status 3', 'status 4']);
    manager.status('status 21');
    manager.status('status 22');
    fire();
    await manager.stopping('end of the second burst');
    assert.deepEqual(told().filter((line) => line.includes('--status')).slice(5), ['--status=status 22|']);
    assert.equal(told().at(-1), 'STOPPING=1|STATUS=end of the second burst|');
  });

  it('is one line, whatever the names in it hold', async () => {
    const manager = await findServiceManager(environment, clock);
    manager.status('shop\nMAINPID=1');
    await manager.stopping('');
    assert.equal(told()[0], '--status=shop MAINPID=1|');
  });

  it('is nothing where no service manager asks', async () => {
    const manager = await findServiceManager({}, clock);
    manager.ready('ready');
    await manager.stopping('stopping');
    assert.deepEqual([told(), manager.watchdogMs], [[], null]);
  });

  it('feeds the watchdog three times in its interval, and not while the program does not do its work', () => {
    let fed = 0;
    let isWell = true;
    feedWatchdog({ watchdogMs: 30_000, watchdog: () => void (fed += 1) }, clock, () => isWell);
    assert.deepEqual([fed, timers.map(({ ms }) => ms)], [1, [10_000]]);
    fire();
    assert.equal(fed, 2);
    isWell = false;
    fire();
    assert.equal(fed, 2);
    isWell = true;
    fire();
    assert.equal(fed, 3);
  });
});
