// The hook engine across the death of the agent: kill -9 in the middle, and called again with what the journal holds.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { runEvent } from '../../hooks/engine.ts';
import type { EventResult, EventRun, StartedScript } from '../../hooks/event-run.ts';
import type { OutputLine } from '../../hooks/script-output.ts';
import { decodeExit, encodeClaim } from '../../hooks/supervisor-files.ts';
import type { World } from '../../world/world.ts';
import { eventually, isRunning, makeBench, memoryPort, world } from './bench.ts';
import type { Bench } from './bench.ts';

const program = fileURLToPath(new URL('./engine-in-a-process.ts', import.meta.url));

describe('the hook engine after the agent was killed', () => {
  let bench: Bench;
  let bootId: string;
  const lives: ChildProcess[] = [];
  beforeEach(async () => {
    bench = makeBench();
    bootId = await world.processes.bootId();
  });
  afterEach(() => {
    for (const life of lives.splice(0)) if (life.exitCode === null && life.signalCode === null) life.kill('SIGKILL');
    bench.remove();
  });

  function live(run: EventRun, environment: Readonly<Record<string, string>> = {}): ChildProcess {
    const { killSignal: _, ...plain } = run;
    writeFileSync(bench.path('run.json'), JSON.stringify(plain));
    const life = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, bench.path('run.json'), bench.path('journal'), bench.path('result')], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...environment } });
    lives.push(life);
    return life;
  }
  async function die(life: ChildProcess): Promise<void> {
    const gone = life.exitCode !== null || life.signalCode !== null ? Promise.resolve() : once(life, 'exit');
    life.kill('SIGKILL');
    await gone;
  }
  const journal = (): readonly StartedScript[] => bench.read('journal').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as StartedScript);
  async function finish(run: EventRun): Promise<EventResult> {
    const [code] = (await once(live(run), 'exit')) as [number | null];
    assert.equal(code, 0);
    return JSON.parse(readFileSync(bench.path('result'), 'utf8')) as EventResult;
  }
  const starts = (name = 'starts'): number => bench.read(name).split('\n').length - 1;
  const started = (folder = 'state/0'): StartedScript => ({ index: 0, stateFolder: bench.path(folder), bootId, startedAt: Date.now() });
  const withBoot = (id: string): World => ({ ...world, processes: { ...world.processes, bootId: () => Promise.resolve(id) } });

  it('takes a script after which another was started for succeeded, though a power cut took its exit', async () => {
    for (const name of ['a', 'b']) bench.script(`${name}.sh`, `#!/bin/sh\necho x >> $OUT/starts-${name}\n`);
    const port = memoryPort([started(), { ...started('state/1'), index: 1 }]);
    const result = await runEvent(bench.run([{ location: 'a.sh' }, { location: 'b.sh' }]), withBoot('another boot'), port);
    assert.deepEqual([result.outcome, result.scriptName], [{ kind: 'interrupted', cause: 'host_rebooted' }, 'b.sh']);
    assert.deepEqual([starts('starts-a'), starts('starts-b')], [0, 0]);
  });

  it('waits for the script that went on and reports its real exit code, started exactly once', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\necho before\nwhile [ ! -e $OUT/go ]; do sleep 0.02; done\necho after\nexit 42\n');
    const run = bench.run([{ location: 'a.sh' }]);
    const first = live(run);
    await eventually(() => bench.read('logs/scripts.log').includes('[stdout]before'), 'the first output');
    await die(first);
    const second = live(run);
    await eventually(() => second.pid !== undefined && starts() === 1, 'the second life');
    writeFileSync(bench.path('go'), '');
    await once(second, 'exit');
    const result = JSON.parse(bench.read('result')) as EventResult;
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 42, signal: null });
    assert.equal(starts(), 1);
    const log = bench.read('logs/scripts.log').replaceAll(/^.{20}/gm, '');
    assert.equal(log, 'LifecycleEvent - AfterInstall\nScript - a.sh\n[stdout]before\n[stdout]after\n');
    assert.equal(result.logTail, log);
  });

  it('takes the exit code of a script that ended while no agent lived', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\nwhile [ ! -e $OUT/go ]; do sleep 0.02; done\nkill -9 $$\n');
    const run = bench.run([{ location: 'a.sh' }]);
    const first = live(run);
    await eventually(() => starts() === 1, 'the start');
    await die(first);
    writeFileSync(bench.path('go'), '');
    await eventually(() => decodeExit(bench.read('state/0/exit')) !== null, 'the exit');
    assert.deepEqual((await finish(run)).outcome, { kind: 'failed', exitCode: null, signal: 'SIGKILL' });
    assert.equal(starts(), 1);
  });

  it('goes on with the second script when it died between two', async () => {
    for (const name of ['a', 'b']) bench.script(`${name}.sh`, `#!/bin/sh\necho x >> $OUT/starts-${name}\necho ${name}\n`);
    const run = bench.run([{ location: 'a.sh' }, { location: 'b.sh' }]);
    const first = live(run, { DIE_AT: 'journalled 1' });
    await once(first, 'exit');
    assert.equal(starts('starts-b'), 0);
    const result = await finish(run);
    assert.deepEqual(result.outcome, { kind: 'succeeded' });
    assert.deepEqual([starts('starts-a'), starts('starts-b')], [1, 1]);
    assert.deepEqual(journal().map((start) => start.stateFolder), [bench.path('state/0'), bench.path('state/1'), bench.path('state/1-2')]);
    const log = bench.read('logs/scripts.log').replaceAll(/^.{20}/gm, '');
    assert.equal(log, 'LifecycleEvent - AfterInstall\nScript - a.sh\n[stdout]a\nScript - b.sh\n[stdout]b\n');
  });

  it('counts the time the script ran before towards its timeout', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\nsleep 60\n');
    const run = bench.run([{ location: 'a.sh', timeoutSeconds: 20 }]);
    const first = live(run);
    await eventually(() => starts() === 1, 'the start');
    await die(first);
    const [start] = journal();
    assert.ok(start !== undefined);
    const result = await runEvent(run, world, memoryPort([{ ...start, startedMonotonicMs: start.startedMonotonicMs! - 20_000 }]));
    assert.equal(result.outcome.kind, 'timed_out');
    assert.equal(starts(), 1);
  });

  it('counts that time by the wall clock where an agent before wrote down no other', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\nsleep 60\n');
    const run = bench.run([{ location: 'a.sh', timeoutSeconds: 20 }]);
    const first = live(run);
    await eventually(() => starts() === 1, 'the start');
    await die(first);
    const { startedMonotonicMs: _, ...start } = journal()[0]!;
    const result = await runEvent(run, world, memoryPort([{ ...start, startedAt: start.startedAt - 20_000 }]));
    assert.equal(result.outcome.kind, 'timed_out');
  });

  const stepped = (byMs: number): World => ({ ...world, clock: { ...world.clock, now: () => world.clock.now() + byMs } });
  for (const [step, byMs] of [['400 days ahead', 400 * 86_400_000], ['10 days back', -10 * 86_400_000]] as const) {
    it(`ends a script whose time is over although the wall clock was put ${step} meanwhile`, async () => {
      bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\nsleep 60\n');
      const run = bench.run([{ location: 'a.sh', timeoutSeconds: 20 }]);
      const first = live(run);
      await eventually(() => starts() === 1, 'the start');
      await die(first);
      const start = journal()[0]!;
      const result = await runEvent(run, stepped(byMs), memoryPort([{ ...start, startedMonotonicMs: start.startedMonotonicMs! - 20_000 }]));
      assert.equal(result.outcome.kind, 'timed_out');
    });

    it(`does not end a script before its time when the wall clock was put ${step} meanwhile`, async () => {
      bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\nuntil [ -e $OUT/go ]; do sleep 0.05; done\n');
      const run = bench.run([{ location: 'a.sh', timeoutSeconds: 300 }]);
      const first = live(run);
      await eventually(() => starts() === 1, 'the start');
      await die(first);
      const onItsWay = runEvent(run, stepped(byMs), memoryPort(journal()));
      writeFileSync(bench.path('go'), '');
      assert.deepEqual((await onItsWay).outcome, { kind: 'succeeded' });
    });
  }

  it('lets only one of supervisor and restarted engine win the claim', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    for (let round = 0; round < 20; round += 1) {
      const folder = `race-${round}`;
      const run = bench.run([{ location: 'a.sh' }], { stateFolder: bench.path(folder) });
      mkdirSync(bench.path(folder, '0'), { recursive: true });
      rmSync(bench.path('starts'), { force: true });
      // What a life that died just after its start leaves behind: a supervisor on its way, and a record.
      const supervisor = await world.processes.startDetached({ file: '/bin/sh', args: [fileURLToPath(new URL('../../hooks/supervisor.sh', import.meta.url)), 'run', bench.path(folder, '0'), `race${round}`, '/', bench.path('archive/a.sh'), bench.path('archive/a.sh')], env: run.environment, cwd: '/' });
      const port = memoryPort([started(`${folder}/0`)]);
      const result = await runEvent(run, world, port);
      await supervisor.exited;
      assert.deepEqual(result.outcome, { kind: 'succeeded' });
      assert.equal(starts(), 1);
      assert.equal(bench.read(`${folder}/0/claim`) === 'agent\n', port.journal.length === 1);
    }
  });

  it('says interrupted when the host was restarted, unless the exit is on record', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    const run = bench.run([{ location: 'a.sh' }]);
    for (const claim of [null, encodeClaim({ kind: 'supervisor', supervisor: { pid: process.pid, startedTicks: '1' } })]) {
      mkdirSync(bench.path('state/0'), { recursive: true });
      if (claim !== null) writeFileSync(bench.path('state/0/claim'), claim);
      const result = await runEvent(run, withBoot('another boot'), memoryPort([started()]));
      assert.deepEqual(result.outcome, { kind: 'interrupted', cause: 'host_rebooted' });
      assert.match(result.message, /host was restarted/);
    }
    writeFileSync(bench.path('state/0/exit'), 'code 3\n');
    assert.deepEqual((await runEvent(run, withBoot('another boot'), memoryPort([started()]))).outcome, { kind: 'failed', exitCode: 3, signal: null });
    assert.equal(starts(), 0);
  });

  it('says interrupted when supervisor and script were ended from outside', async () => {
    bench.script('a.sh', '#!/bin/sh\necho $$ > $OUT/pid\nsleep 60\n');
    const run = bench.run([{ location: 'a.sh' }]);
    const first = live(run);
    const pids = await eventually(() => (bench.read('pid') === '' ? null : bench.read('state/0/pid').split(' ').map(Number)), 'the pids');
    await die(first);
    const [script = 0, , supervisor = 0] = pids;
    process.kill(supervisor, 'SIGKILL');
    process.kill(-script, 'SIGKILL');
    const result = await finish(run);
    assert.deepEqual(result.outcome, { kind: 'interrupted', cause: 'unknown' });
    assert.equal(journal().length, 1);
  });

  /** What a life leaves behind whose host went down in the middle of the script. */
  function cutShort(folder: string): StartedScript {
    mkdirSync(bench.path(folder), { recursive: true });
    writeFileSync(bench.path(folder, 'claim'), encodeClaim({ kind: 'supervisor', supervisor: { pid: 4_000_000, startedTicks: '1' } }));
    writeFileSync(bench.path(folder, 'stdout'), 'half done\n');
    return started(folder);
  }

  it('starts a restartable script again after a reboot, as a start of its own, and says so', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\necho whole\n');
    const port = memoryPort([cutShort('state/0')]);
    const result = await runEvent(bench.run([{ location: 'a.sh', restartable: true }]), withBoot('another boot'), port);
    assert.deepEqual(result.outcome, { kind: 'succeeded' });
    assert.equal(starts(), 1);
    assert.deepEqual(port.journal.map(({ index, stateFolder, bootId: boot }) => [index, stateFolder, boot]), [[0, bench.path('state/0-2'), 'another boot']]);
    assert.match(result.warnings.join(), /a\.sh was interrupted: the host was restarted.*started again \(start 2 of 4 at most\)/);
    assert.match(bench.read('logs/scripts.log'), /half done[^]*\[fairlead\].*started again[^]*Script - a\.sh\n[^]*whole/);
    // A further life takes the second start for what it is, and still tells the operator.
    const again = await runEvent(bench.run([{ location: 'a.sh', restartable: true }]), withBoot('another boot'), memoryPort([started('state/0'), ...port.journal]));
    assert.deepEqual(again.outcome, { kind: 'succeeded' });
    assert.match(again.warnings.join(), /interrupted before and started again/);
    assert.equal(starts(), 1);
  });

  it('never starts a script again that does not say it may', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    const port = memoryPort([cutShort('state/0')]);
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), withBoot('another boot'), port);
    assert.deepEqual([result.outcome, port.journal, starts()], [{ kind: 'interrupted', cause: 'host_rebooted' }, [], 0]);
  });

  it('starts a restartable script three more times at most', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    const folders = ['state/0', 'state/0-2', 'state/0-3', 'state/0-4'];
    const port = memoryPort(folders.map(cutShort));
    const result = await runEvent(bench.run([{ location: 'a.sh', restartable: true }]), withBoot('another boot'), port);
    assert.deepEqual([result.outcome, port.journal, starts()], [{ kind: 'interrupted', cause: 'host_rebooted' }, [], 0]);
    assert.match(result.message, /restartable, but is not started again now/);
  });

  it('takes the recorded exit of a restartable script for final', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    const start = cutShort('state/0');
    writeFileSync(bench.path('state/0/exit'), 'code 3\n');
    assert.deepEqual((await runEvent(bench.run([{ location: 'a.sh', restartable: true }]), withBoot('another boot'), memoryPort([start]))).outcome, { kind: 'failed', exitCode: 3, signal: null });
    assert.equal(starts(), 0);
  });

  it('ends what an interrupted start left running before it starts a restartable script again', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n[ $(wc -l < $OUT/starts) -gt 1 ] && exit 0\nsetsid sleep 60 > /dev/null 2>&1 &\necho $! > $OUT/fled\nwait\n');
    const run = bench.run([{ location: 'a.sh', restartable: true }]);
    const first = live(run);
    await eventually(() => bench.read('fled').endsWith('\n') && bench.read('state/0/pid') !== '', 'the child');
    const [script = 0, , supervisor = 0] = bench.read('state/0/pid').split(' ').map(Number);
    await die(first);
    process.kill(supervisor, 'SIGKILL');
    process.kill(-script, 'SIGKILL');
    assert.deepEqual((await finish(run)).outcome, { kind: 'succeeded' });
    assert.equal(starts(), 2);
    assert.ok(!isRunning(Number(bench.read('fled'))));
    assert.deepEqual(journal().map((start) => start.stateFolder), [bench.path('state/0'), bench.path('state/0-2')]);
  });

  it('calls it no restart when the agent died before the script had begun', async () => {
    bench.script('a.sh', '#!/bin/sh\necho x >> $OUT/starts\n');
    const run = bench.run([{ location: 'a.sh', restartable: true }]);
    const first = live(run, { DIE_AT: 'journalled 0' });
    await once(first, 'exit');
    // Same boot, no claim: that start is void, so the next one is no restart and nobody is told of one.
    const result = await finish(run);
    assert.deepEqual([result.outcome, result.warnings, starts()], [{ kind: 'succeeded' }, [], 1]);
  });

  it('completes an ending that an earlier life began, and calls it so', async () => {
    bench.script('a.sh', '#!/bin/sh\nsetsid sleep 60 > /dev/null 2>&1 &\necho $! > $OUT/fled\n');
    const run = bench.run([{ location: 'a.sh' }]);
    const port = memoryPort();
    assert.equal((await runEvent(run, world, port)).outcome.kind, 'succeeded');
    assert.ok(isRunning(Number(bench.read('fled'))));
    writeFileSync(bench.path('state/0/verdict'), 'timed_out');
    writeFileSync(bench.path('state/0/exit'), 'signal 15\n');
    assert.deepEqual((await runEvent(run, world, memoryPort(port.journal))).outcome, { kind: 'timed_out', isStuck: false });
    assert.ok(!isRunning(Number(bench.read('fled'))));
  });

  it('goes on without scripts.log when that cannot be written', async () => {
    bench.script('a.sh', '#!/bin/sh\necho out; exit 2\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }], { logFile: '/dev/full' }), world, memoryPort());
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 2, signal: null });
    assert.match(result.logTail, /\[stdout\]out/);
  });

  it('gives the same lines with the same offsets again', async () => {
    bench.script('a.sh', '#!/bin/sh\necho one; echo two >&2; echo three\n');
    const run = bench.run([{ location: 'a.sh' }]);
    const seen: OutputLine[][] = [[], []];
    const port = memoryPort();
    await runEvent({ ...run, onOutput: (line) => seen[0]?.push(line) }, world, port);
    const log = bench.read('logs/scripts.log').length;
    await runEvent({ ...run, onOutput: (line) => seen[1]?.push(line) }, world, memoryPort(port.journal));
    assert.deepEqual(seen[1], seen[0]);
    assert.deepEqual(seen[0]?.map((line) => [line.stream, line.offset]), [['stdout', 0], ['stdout', 4], ['stderr', 0]]);
    assert.equal(bench.read('logs/scripts.log').length, log);
  });
});
