// Hooks in units of the service manager: with a fake one here, so that it holds wherever tests run. What real systemd does
// with them is test/fleet.

import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runEvent } from '../../hooks/engine.ts';
import type { EventResult, EventRun, StartedScript } from '../../hooks/event-run.ts';
import { releaseUnits } from '../../hooks/release-units.ts';
import { decodeExit, encodeStart, unitOf } from '../../hooks/supervisor-files.ts';
import type { World } from '../../world/world.ts';
import { eventually, isRunning, makeBench, memoryPort, world } from './bench.ts';
import type { Bench } from './bench.ts';
import { FakeUnits } from './fake-units.ts';

describe('a hook in a unit of the service manager', () => {
  let bench: Bench;
  let units: FakeUnits;
  let inUnits: World;
  beforeEach(() => {
    bench = makeBench();
    units = new FakeUnits();
    inUnits = { ...world, units };
  });
  afterEach(() => bench.remove());

  // Of this run alone: whatever carries the mark of an attempt is found on the whole machine.
  const attempt = `att-${process.pid}`;

  const environment = (): Readonly<Record<string, string>> => ({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', OUT: bench.folder, FAIRLEAD_ATTEMPT: attempt, DEPLOYMENT_ID: 'd-ONE', SECRET: `it's "a" $HOME\nof \`two\` lines\\` });
  const run = (changes: Partial<EventRun> = {}): EventRun => bench.run([{ location: 'a.sh' }], { environment: environment(), ...changes });
  const name = `fairlead-hook-${attempt}.0.service`;

  it('has the environment, the directory and the input that it has in a session', async () => {
    bench.script('a.sh', '#!/bin/sh\nenv -0 | sort -z > $OUT/env-$WHERE; { pwd; cat; umask; } > $OUT/else-$WHERE\n');
    for (const where of ['session', 'unit']) {
      const result = await runEvent(run({ environment: { ...environment(), WHERE: 'x' }, stateFolder: bench.path(where) }), where === 'unit' ? inUnits : world, memoryPort());
      assert.equal(result.errorCode, 'Success');
      writeFileSync(bench.path(`seen-${where}`), `${bench.read('env-x')}|${bench.read('else-x')}`);
    }
    assert.equal(bench.read('seen-unit'), bench.read('seen-session'));
    assert.match(bench.read('seen-unit'), /SECRET=it's "a" \$HOME\nof `two` lines\\\0/);
    assert.doesNotMatch(bench.read('seen-unit'), /INVOCATION_ID/);
  });

  it('shows nobody its environment or its arguments: a file that only its owner may read hands them over, and is empty by then', async () => {
    bench.script('a.sh', '#!/bin/sh\n[ -s $OUT/state/0/start ] && echo still there\nexit 0\n');
    let mode = 0;
    units.start = async (unit) => {
      mode = statSync(bench.path('state/0/start')).mode & 0o777;
      await FakeUnits.prototype.start.call(units, unit);
    };
    const result = await runEvent(run(), inUnits, memoryPort());
    assert.doesNotMatch(result.logTail, /still there/);
    assert.equal(mode, 0o600);
    const [unit] = units.started;
    assert.deepEqual([unit?.name, unit?.file, unit?.args.slice(0, 2), unit?.args.slice(3)], [name, '/usr/bin/env', ['-i', '/bin/sh'], ['unit', bench.path('state/0')]]);
    assert.equal(unit?.description, 'Hook AfterInstall of d-ONE, and what it left running');
    assert.equal(unit?.mostMs, 30_000 + 500 + 20_000);
  });

  it('hands over any value of any variable, and any argument', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0'));
    const check = (value: string, argument: string): void => {
      const start = encodeStart({ stateFolder: '/s', attempt: 'a', cwd: '/', script: '/x', command: [argument] }, { VALUE: value, UID: '7', 'no name': 'x' });
      writeFileSync(bench.path('start'), start);
      const printed = execFileSync('/bin/sh', ['-c', '. "$0"; printf "%s\\0%s" "$VALUE" "$4"', bench.path('start')], { encoding: 'utf8' });
      assert.equal(printed, `${value}\0${argument}`);
    };
    fc.assert(fc.property(text, text, check), { numRuns: 60 });
  });

  it('is ended by its deadline like one in a session', async () => {
    bench.script('a.sh', '#!/bin/sh\necho $$ > $OUT/pid\nsleep 60\n');
    const result = await runEvent({ ...run(), scripts: bench.run([{ location: 'a.sh', timeoutSeconds: 0.3 }]).scripts }, inUnits, memoryPort());
    assert.equal(result.errorCode, 'ScriptTimedOut');
    assert.equal(isRunning(Number(bench.read('pid'))), false);
  });

  it('is not started when its name is taken, and the refusal is the service manager’s', async () => {
    bench.script('a.sh', '#!/bin/sh\ntouch $OUT/ran\n');
    units.take(name);
    const result = await runEvent(run(), inUnits, memoryPort());
    assert.match(result.message, new RegExp(`could not be started: Unit fairlead-hook-${attempt}\\.0\\.service was already loaded`));
    assert.equal(bench.read('ran'), '');
  });

  /** Runs a script until it has begun, lets `meanwhile` do something to it, and gives what the next life makes of it. */
  async function nextLife(script: string, meanwhile: (pids: { readonly script: number; readonly supervisor: number }) => void, changes: { readonly boot?: string; readonly next?: World } = {}): Promise<EventResult> {
    bench.script('a.sh', script);
    const leaving = new AbortController();
    const files = new Proxy(world.files, { get: (target, property) => (leaving.signal.throwIfAborted(), Reflect.get(target, property) as unknown) });
    const port = memoryPort();
    const first = runEvent(run(), { ...inUnits, files }, port).catch(() => null);
    const pids = await eventually(() => bench.read('begun') !== '' && bench.read('state/0/pid').split(' ').map(Number), 'the script');
    leaving.abort();
    assert.equal(await first, null);
    meanwhile({ script: pids[0]!, supervisor: pids[2]! });
    const next = changes.next ?? inUnits;
    const started: readonly StartedScript[] = port.journal;
    return runEvent(run(), changes.boot === undefined ? next : { ...next, processes: { ...next.processes, bootId: () => Promise.resolve(changes.boot!) } }, memoryPort(started));
  }
  const patient = '#!/bin/sh\necho x >> $OUT/begun\nwhile [ ! -e $OUT/go ]; do sleep 0.02; done\necho after; exit 42\n';
  const endBoth = ({ script, supervisor }: { readonly script: number; readonly supervisor: number }): void => {
    process.kill(supervisor, 'SIGTERM');
    process.kill(-script, 'SIGTERM');
  };
  const exitThere = (): Promise<unknown> => eventually(() => decodeExit(bench.read('state/0/exit')) !== null, 'the exit');

  it('is picked up by the next agent, with its output and exit status, and was started once', async () => {
    const result = await nextLife(patient, () => writeFileSync(bench.path('go'), ''));
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 42, signal: null });
    assert.match(result.logTail, /\[stdout\]after/);
    assert.equal(bench.read('begun'), 'x\n');
  });

  it('is picked up by an agent that uses no units, and one in a session by an agent that does', async () => {
    const result = await nextLife(patient, () => writeFileSync(bench.path('go'), ''), { next: world });
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 42, signal: null });
    bench.script('b.sh', '#!/bin/sh\nexit 3\n');
    const port = memoryPort();
    const other = run({ scripts: bench.run([{ location: 'b.sh' }]).scripts, stateFolder: bench.path('other') });
    await runEvent(other, world, port);
    assert.deepEqual((await runEvent(other, inUnits, memoryPort(port.journal))).outcome, { kind: 'failed', exitCode: 3, signal: null });
  });

  it('was interrupted when somebody told it to end; by a reboot when there was one', async () => {
    for (const boot of [undefined, 'another boot']) {
      const result = await nextLife(patient, endBoth, boot === undefined ? {} : { boot });
      assert.deepEqual(result.outcome, boot === undefined ? { kind: 'interrupted', cause: 'unknown' } : { kind: 'interrupted', cause: 'host_rebooted' });
      bench.remove();
      bench = makeBench();
      units = new FakeUnits();
      inUnits = { ...world, units };
    }
  });

  it('waits for a script that takes its time after it was told to end, and takes its success for one', async () => {
    const graceful = '#!/bin/sh\ntrap "sleep 0.2; echo tidied up; exit 0" TERM\necho x >> $OUT/begun\nwhile :; do sleep 0.02; done\n';
    const result = await nextLife(graceful, endBoth);
    assert.equal(result.errorCode, 'Success');
    assert.match(result.logTail, /tidied up/);
  });

  it('has timed out when the service manager says that its time was up', async () => {
    const result = await nextLife(patient, (pids) => {
      units.timedOut.add(name);
      endBoth(pids);
    });
    assert.deepEqual([result.outcome, result.errorCode], [{ kind: 'timed_out', isStuck: false }, 'ScriptTimedOut']);
    await exitThere();
  });

  it('has timed out also when nothing could write down how it ended', async () => {
    const result = await nextLife(patient, ({ script, supervisor }) => {
      units.timedOut.add(name);
      process.kill(supervisor, 'SIGKILL');
      process.kill(-script, 'SIGKILL');
    });
    assert.equal(result.errorCode, 'ScriptTimedOut');
  });

  it('is let go of when it has ended and its group is empty; a failed one once that is reported; one that cannot be looked into stays', async () => {
    for (const [unit, kind] of [['done', 'exited'], ['failed', 'failed'], ['other', 'failed'], ['busy', 'running']] as const) units.take(`fairlead-hook-${unit}.0.service`, kind);
    const supervisor = new URL('../../hooks/supervisor.sh', import.meta.url).pathname;
    await releaseUnits(inUnits, '/no/such/supervisor', (unit) => !unit.includes('busy'));
    assert.deepEqual(units.forgotten, []);
    await releaseUnits(inUnits, supervisor, (unit) => unit === 'fairlead-hook-failed.0.service');
    assert.deepEqual(units.forgotten, ['fairlead-hook-done.0.service', 'fairlead-hook-failed.0.service']);
  });

  it('has a name that systemd takes, whatever the attempt is called', () => {
    assert.equal(unitOf('01J.3-2'), 'fairlead-hook-01J.3-2.service');
    assert.match(unitOf('/tmp/some where.0'), /^fairlead-hook-[0-9a-f]{64}\.0\.service$/);
    assert.ok(unitOf(`${'a'.repeat(150)}.20000-4`).length < 256);
  });
});
