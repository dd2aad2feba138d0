// Processes that SIGKILL does not end: played by processes that are really there and by a door that ends nothing.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { archiveLayout } from '../../../agent/archive-layout.ts';
import { makeRunHooks } from '../../../agent/commands/run-event.ts';
import { holdWhileStuck } from '../../../agent/commands/stuck.ts';
import { success } from '../../../agent/executors.ts';
import type { AttemptContext, Ending, Executor } from '../../../agent/executors.ts';
import { openGate } from '../../../agent/policy/gate.ts';
import { openPolicy } from '../../../agent/policy/policy.ts';
import type { RunEventCommand } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import type { Log } from '../../../world/log.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import type { World } from '../../../world/world.ts';
import { eventually, isRunning } from '../../hooks/bench.ts';
import { runEventCommand } from '../commands-of.ts';

/** Time runs so much faster that ten seconds of patience cost little. */
const haste = 20;

describe('a process that survives SIGKILL', () => {
  let folder: string;
  let world: World;
  let isUnkillable: boolean;
  const said: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, sentence) => void said.push(sentence) };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-stuck-'));
    isUnkillable = true;
    said.length = 0;
    const real = makeRealWorld({ level: 'error' });
    world = {
      ...real,
      log: silentLog,
      clock: { ...real.clock, monotonic: () => real.clock.monotonic() * haste, sleep: (ms, signal) => real.clock.sleep(ms / haste, signal) },
      processes: {
        ...real.processes,
        endGroup: async (process, how) => (isUnkillable ? undefined : real.processes.endGroup(process, how)),
        run: async (command, timeoutMs) => real.processes.run(isUnkillable && command.args[1] === 'end' ? { ...command, args: [...command.args.slice(0, 3), '0'] } : command, timeoutMs),
      },
    };
    const { archive } = layout().deployment('group-1', 'd-ONE');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'appspec.yml'), 'version: 0.0\nos: linux\nhooks:\n  ApplicationStart:\n    - location: a.sh\n      timeout: 20\n');
    writeFileSync(join(archive, 'a.sh'), `#!/bin/sh\necho $$ > ${folder}/pid\nexec sleep 60\n`, { mode: 0o755 });
  });

  afterEach(() => {
    const pid = pidOfScript();
    if (pid > 0 && isRunning(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const layout = () => archiveLayout(join(folder, 'data'));
  function pidOfScript(): number {
    try {
      return Number(readFileSync(join(folder, 'pid'), 'utf8'));
    } catch {
      return 0;
    }
  }

  function live(executor: Executor, command: Partial<RunEventCommand>, context: Partial<AttemptContext> = {}): Promise<Ending> {
    const never = new AbortController().signal;
    return executor(runEventCommand({ timeoutMs: 600_000, ...command }), { log, group: { lastSuccessful: null, mostRecent: null }, scriptStarts: [], recordScriptStart: () => Promise.resolve(), cancelled: never, leaving: never, ...context });
  }

  const runHooks = (): Executor => makeRunHooks({ world, layout: layout(), root: null, hookEnvironment: { PATH: '/usr/bin:/bin' }, hookGraceMs: 100, gate: openGate(openPolicy(), world, layout()) });
  const quick: Executor = () => Promise.resolve(success());
  const held = (executor: Executor = quick): Executor => holdWhileStuck({ world, layout: layout() }, executor);

  async function getStuck(): Promise<number> {
    const { outcome, diagnostics } = await live(held(runHooks()), {});
    assert.equal(outcome, 'Failed');
    assert.match(diagnostics.message, /failed to complete in 20 seconds; it is stuck: a process of it survived SIGKILL.*no new event of the application is begun here$/);
    return eventually(() => pidOfScript() || null, 'the pid');
  }

  it('is reported as stuck, and holds the next event of its application until it is gone', async () => {
    const pid = await getStuck();
    let hasEnded = false;
    const next = live(held(), { attemptId: 'att-2', event: 'ValidateService' }).finally(() => (hasEnded = true));
    await eventually(() => said.length > 0, 'the log');
    assert.match(said[0]!, new RegExp(`^ValidateService waits: process ${pid} of ApplicationStart of d-ONE is stuck, it survived SIGKILL, and until it is gone nothing new of shop begins on this host\\.$`));
    assert.equal(hasEnded, false);
    process.kill(pid, 'SIGKILL');
    const { outcome, warnings } = await next;
    assert.equal(outcome, 'Succeeded');
    assert.match(warnings.join(), /^ValidateService waited \d+ s in all, at first for a stuck process/);
    assert.deepEqual(readdirSync(join(layout().dataFolder, 'stuck')), [], 'and is forgotten');
    assert.deepEqual((await live(held(), { attemptId: 'att-3' })).warnings, []);
  });

  it('does not hold other applications, nor the attempt it belongs to, nor one whose scripts run already', async () => {
    await getStuck();
    assert.deepEqual((await live(held(), { attemptId: 'att-2', applicationName: 'other' })).warnings, []);
    assert.deepEqual((await live(held(), { attemptId: 'att-1' })).warnings, []);
    assert.deepEqual((await live(held(), { attemptId: 'att-3' }, { scriptStarts: [{ index: 0, stateFolder: '/s', bootId: 'b', startedAt: 0 }] })).warnings, []);
    assert.deepEqual(said, []);
  });

  it('fails the waiting event in time for the reason to be told, and ends it when the server gives it up', async () => {
    await getStuck();
    const late = await live(held(), { attemptId: 'att-2', timeoutMs: 8_000 });
    assert.equal(late.outcome, 'Failed');
    assert.match(late.diagnostics.message, /is stuck.*It did not go in time; nothing was changed/);
    const cancelled = new AbortController();
    cancelled.abort(new Error('stopped'));
    assert.equal((await live(held(), { attemptId: 'att-3' }, { cancelled: cancelled.signal })).outcome, 'Cancelled');
    const leaving = new AbortController();
    leaving.abort(new Error('bye'));
    await assert.rejects(live(held(), { attemptId: 'att-4' }, { leaving: leaving.signal }), /bye/);
  });

  it('is gone for good once the host was restarted', async () => {
    await getStuck();
    world = { ...world, processes: { ...world.processes, bootId: () => Promise.resolve('another boot') } };
    assert.deepEqual((await live(held(), { attemptId: 'att-2' })).warnings, []);
  });

  it('is nothing special where SIGKILL does its work', async () => {
    isUnkillable = false;
    const { diagnostics } = await live(held(runHooks()), {});
    assert.match(diagnostics.message, /failed to complete in 20 seconds$/);
    assert.deepEqual((await live(held(), { attemptId: 'att-2' })).warnings, []);
  });
});
