// The hook engine with real scripts: how they end, what is reported, and what is left running.

import { chmodSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { readConfig } from '../../agent/config.ts';
import { runEvent } from '../../hooks/engine.ts';
import type { OutputLine } from '../../hooks/script-output.ts';
import { eventually, isRunning, makeBench, memoryPort, world } from './bench.ts';
import type { Bench } from './bench.ts';

describe('the hook engine', () => {
  let bench: Bench;
  const survivors: number[] = [];
  beforeEach(() => {
    bench = makeBench();
  });
  afterEach(() => {
    for (const pid of survivors.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    bench.remove();
  });
  const pidIn = (name: string): Promise<number> => eventually(() => Number(bench.read(name)) || null, name);

  it('runs the scripts in order with the promised log, environment and working directory', async () => {
    bench.script('a.sh', '#!/bin/sh\necho "one $LIFECYCLE $FAIRLEAD_ATTEMPT"; pwd; echo two >&2\n');
    bench.script('sub dir/b;$x.sh', '#!/bin/sh\ncat; printf three\n');
    const lines: OutputLine[] = [];
    const event = bench.run([{ location: 'a.sh' }, { location: '/sub dir/b;$x.sh' }], { onOutput: (line) => lines.push(line) });
    const port = memoryPort();
    const result = await runEvent({ ...event, environment: { ...event.environment, LIFECYCLE: 'x' } }, world, port);
    const attempt = event.environment['FAIRLEAD_ATTEMPT'];
    assert.deepEqual(result, {
      outcome: { kind: 'succeeded' },
      errorCode: 'Success',
      scriptName: '',
      message: 'Succeeded',
      logTail: `LifecycleEvent - AfterInstall\nScript - a.sh\n[stdout]one x ${attempt}.0\n[stdout]/\n[stderr]two\nScript - /sub dir/b;$x.sh\n[stdout]three\n`,
      warnings: [],
    });
    assert.equal(bench.read('logs/scripts.log').replaceAll(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /gm, ''), result.logTail);
    assert.deepEqual(lines.map((line) => [line.index, line.stream, line.text]), [[0, 'stdout', `one x ${attempt}.0`], [0, 'stdout', '/'], [0, 'stderr', 'two'], [1, 'stdout', 'three']]);
    assert.equal(port.journal.length, 2);
  });

  it('costs no process and no log when an event has no scripts', async () => {
    const result = await runEvent(bench.run([]), { ...world, processes: { ...world.processes, bootId: () => Promise.reject(new Error('asked')) } }, memoryPort());
    assert.equal(result.errorCode, 'Success');
    assert.ok(!existsSync(bench.path('logs')));
  });

  it('stops at the first failure and gives its exit code', async () => {
    bench.script('a.sh', '#!/bin/sh\nexit 7\n');
    bench.script('b.sh', '#!/bin/sh\ntouch "$OUT/ran"\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }, { location: 'b.sh' }]), world, memoryPort());
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 7, signal: null });
    assert.equal(result.errorCode, 'ScriptFailed');
    assert.equal(result.scriptName, 'a.sh');
    assert.equal(result.message, 'Script at specified location: a.sh failed with exit code 7');
    assert.ok(!existsSync(bench.path('ran')));
  });

  for (const [signal, number] of [['SIGKILL', 9], ['SIGTERM', 15], ['SIGINT', 2], ['SIGPIPE', 13], ['SIGSEGV', 11]] as const) {
    it(`tells death by ${signal} from exit code ${128 + number}`, async () => {
      bench.script('dies.sh', `#!/bin/sh\nkill -${number} $$\n`);
      bench.script('exits.sh', `#!/bin/sh\nexit ${128 + number}\n`);
      const died = await runEvent(bench.run([{ location: 'dies.sh' }]), world, memoryPort());
      assert.deepEqual(died.outcome, { kind: 'failed', exitCode: null, signal });
      assert.match(died.message, new RegExp(signal));
      const exited = await runEvent(bench.run([{ location: 'exits.sh' }], { stateFolder: bench.path('state2') }), world, memoryPort());
      assert.deepEqual(exited.outcome, { kind: 'failed', exitCode: 128 + number, signal: null });
    });
  }

  it('reports a missing script without running it, and scripts before it have run', async () => {
    bench.script('a.sh', '#!/bin/sh\ntouch "$OUT/ran"\n');
    const port = memoryPort();
    const result = await runEvent(bench.run([{ location: 'a.sh' }, { location: 'a.sh foo' }]), world, port);
    assert.equal(result.errorCode, 'ScriptMissing');
    assert.equal(result.scriptName, 'a.sh foo');
    assert.ok(existsSync(bench.path('ran')));
    assert.equal(port.journal.length, 1);
  });

  it('makes a script executable, and runs files without #! and empty files by sh', async () => {
    bench.script('a.sh', '#!/bin/sh\nexit 0\n', 0o644);
    bench.script('b', 'echo "from $0"\n', 0o644);
    bench.script('c', '', 0o755);
    const result = await runEvent(bench.run([{ location: 'a.sh' }, { location: 'b' }, { location: 'c' }]), world, memoryPort());
    assert.equal(result.errorCode, 'Success', result.message);
    assert.match(result.logTail, /\[stdout\]from /);
    assert.equal(statSync(bench.path('archive/a.sh')).mode & 0o100, 0o100);
  });

  it('names the CRLF of a first line, and refuses what leaves the bundle', async () => {
    bench.script('a.sh', '#!/bin/sh\r\nexit 0\r\n');
    const port = memoryPort();
    const crlf = await runEvent(bench.run([{ location: 'a.sh' }]), world, port);
    assert.equal(crlf.errorCode, 'ScriptFailed');
    assert.match(crlf.message, /CRLF/);
    const outside = await runEvent(bench.run([{ location: 'x/../../../../../../../../bin/true' }]), world, port);
    assert.equal(outside.errorCode, 'UnknownError');
    assert.match(outside.message, /outside of the bundle/);
    assert.equal(port.journal.length, 0);
  });

  it('reports an interpreter that is not there as a failed script', async () => {
    bench.script('a.sh', '#!/no/such\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.equal(result.errorCode, 'ScriptFailed');
    assert.match(result.message, /interpreter "\/no\/such" is not on this host/);
    assert.equal(result.logTail, 'LifecycleEvent - AfterInstall\nScript - a.sh\n');
  });

  it('ends a script that ignores SIGTERM after its timeout and grace', async () => {
    bench.script('a.sh', "#!/bin/sh\ntrap '' TERM\necho $$ > $OUT/pid\nwhile :; do sleep 0.1; done\n");
    const began = performance.now();
    const result = await runEvent(bench.run([{ location: 'a.sh', timeoutSeconds: 1 }]), world, memoryPort());
    const tookMs = performance.now() - began;
    assert.deepEqual(result.outcome, { kind: 'timed_out', isStuck: false });
    assert.equal(result.errorCode, 'ScriptTimedOut');
    assert.equal(result.message, 'Script at specified location: a.sh failed to complete in 1 seconds');
    assert.ok(tookMs >= 1_450 && tookMs < 4_000, String(tookMs));
    assert.ok(!isRunning(await pidIn('pid')));
  });

  it('gives a script that obeys SIGTERM the time to clean up', async () => {
    bench.script('a.sh', "#!/bin/sh\ntrap 'echo cleaned; exit 3' TERM\nsleep 30 & wait $!\n");
    const result = await runEvent(bench.run([{ location: 'a.sh', timeoutSeconds: 1 }], { graceMs: 5_000 }), world, memoryPort());
    assert.equal(result.outcome.kind, 'timed_out');
    assert.match(result.logTail, /\[stdout\]cleaned/);
  });

  it('ends processes that fled into sessions of their own when it times out', async () => {
    bench.script('a.sh', '#!/bin/sh\nsetsid sh -c \'trap "" TERM HUP; echo $$ > $OUT/fled; exec sleep 60\' & (setsid sh -c "sleep 61 & echo \\$! > $OUT/twice" &)\nsleep 60\n');
    const result = await runEvent(bench.run([{ location: 'a.sh', timeoutSeconds: 1 }]), world, memoryPort());
    assert.equal(result.outcome.kind, 'timed_out');
    survivors.push(await pidIn('fled'), await pidIn('twice'));
    for (const pid of survivors) assert.ok(!isRunning(pid));
  });

  it('ends a cancelled script and starts none after it', async () => {
    bench.script('a.sh', '#!/bin/sh\necho $$ > $OUT/pid\nsleep 60\n');
    const controller = new AbortController();
    const running = runEvent(bench.run([{ location: 'a.sh' }, { location: 'a.sh' }], { killSignal: controller.signal }), world, memoryPort());
    const pid = await pidIn('pid');
    controller.abort();
    const result = await running;
    assert.deepEqual(result.outcome, { kind: 'cancelled', isStuck: false });
    assert.ok(!isRunning(pid));
  });

  it('leaves a daemon that a succeeding script started alone, even when a later script times out', async () => {
    bench.script('a.sh', '#!/bin/sh\nsetsid sleep 60 > /dev/null 2>&1 & echo $! > $OUT/daemon\n');
    bench.script('b.sh', '#!/bin/sh\nsleep 60\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }, { location: 'b.sh', timeoutSeconds: 1 }]), world, memoryPort());
    assert.equal(result.outcome.kind, 'timed_out');
    survivors.push(await pidIn('daemon'));
    assert.ok(isRunning(survivors[0] ?? 0));
  });

  it('is not held up by a child that keeps stdout open', async () => {
    bench.script('a.sh', '#!/bin/sh\nsleep 60 & echo $! > $OUT/child\necho done\n');
    const began = performance.now();
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.ok(performance.now() - began < 5_000);
    assert.equal(result.errorCode, 'Success');
    assert.match(result.logTail, /\[stdout\]done/);
    survivors.push(await pidIn('child'));
    assert.ok(isRunning(survivors[0] ?? 0));
  });

  it('makes output readable that is no UTF-8 or moves the cursor', async () => {
    bench.script('a.sh', "#!/bin/sh\nprintf 'a\\377b\\033[31mred\\033[0m\\007\\000c\\r\\n'; printf '\\033]0;title\\007ok\\n' >&2; exit 1\n");
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.match(result.logTail, /\[stdout\]a\uFFFDbredc\n\[stderr\]ok\n/);
    JSON.stringify(result);
  });

  it('survives 200 forks and closed outputs', async () => {
    bench.script('a.sh', '#!/bin/sh\ni=0; while [ $i -lt 200 ]; do true & i=$((i+1)); done; wait; exec >&- 2>&-; echo lost; exit 5\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.deepEqual(result.outcome, { kind: 'failed', exitCode: 5, signal: null });
  });

  it('keeps 100 MiB of output from filling log, memory or time', async () => {
    bench.script('a.sh', '#!/bin/sh\necho first\nyes 0123456789012345678901234567890123456789 | head -c 104857600\necho; echo last; exit 1\n');
    const before = process.memoryUsage().rss;
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    const log = bench.read('logs/scripts.log');
    for (const expected of [/\[stdout\]first/, /\[stdout\]last\n$/, /\[fairlead\]only the first 1048576 bytes/]) assert.ok(expected.test(log), `${String(expected)} not in ...${log.slice(-200)}`);
    assert.ok(log.length < 2_000_000, String(log.length));
    assert.match(result.logTail, /\[stdout\]last\n$/);
    assert.ok(Buffer.byteLength(result.logTail) < 2048);
    assert.ok(process.memoryUsage().rss - before < 200_000_000);
  });

  it('cuts a last line that is too long for the tail instead of losing it', async () => {
    bench.script('a.sh', "#!/bin/sh\nprintf '%3000s-end\\n' x; exit 1\n");
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.match(result.logTail, /^\[stdout\]….*-end\n$/);
    assert.equal(Buffer.byteLength(result.logTail), 2047);
  });

  it('keeps the last whole lines that fit below 2048 bytes', async () => {
    bench.script('a.sh', '#!/bin/sh\nfor i in $(seq 1 400); do echo line-$i; done\nexit 1\n');
    assert.equal((await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort())).logTail.length, 2040);
  });

  it('does not hand the script the environment of the agent', async () => {
    bench.script('a.sh', '#!/bin/sh\nenv | cut -d= -f1 | sort | grep -vE "^(PWD|OLDPWD|SHLVL|_)$" | tr "\\n" " "\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.match(result.logTail, /\[stdout\]FAIRLEAD_ATTEMPT OUT PATH \n$/);
  });

  it('hands neither the script nor its supervisor what the unit file sets for the agent', async () => {
    const unit = readFileSync(new URL('../../packaging/systemd/fairlead-agent.service', import.meta.url), 'utf8');
    const set = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, pairs]) => pairs!.split(' ').map((pair) => pair.split('=') as [string, string]));
    assert.ok(set.length >= 2, unit);
    const before = set.map(([name]) => [name, process.env[name]] as const);
    for (const [name, value] of set) process.env[name] = value;
    try {
      bench.script('a.sh', '#!/bin/sh\nenv > $OUT/seen\ntr "\\0" "\\n" < /proc/$PPID/environ >> $OUT/seen\n');
      const { config } = readConfig({ file: null, environment: process.env, flags: { controller: 'https://controller' }, hostname: 'h', agentVersion: '1' });
      const event = bench.run([{ location: 'a.sh' }]);
      assert.equal((await runEvent({ ...event, environment: { ...config.hookEnvironment, ...event.environment } }, world, memoryPort())).errorCode, 'Success');
      assert.match(bench.read('seen'), /^HOME=/m);
      for (const [name] of set) assert.doesNotMatch(bench.read('seen'), new RegExp(`^${name}=`, 'm'));
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it('lets the script die by the signals the supervisor outlives', async () => {
    bench.script('a.sh', '#!/bin/sh\ngrep SigIgn /proc/$$/status\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    const ignored = BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(result.logTail)?.[1] ?? 'f'}`);
    for (const signal of [1, 2, 15]) assert.equal(ignored & (1n << BigInt(signal - 1)), 0n);
  });

  it('says so when the supervisor cannot run', async () => {
    bench.script('a.sh', '#!/bin/sh\n');
    const result = await runEvent(bench.run([{ location: 'a.sh' }], { supervisorPath: '/no/such/supervisor.sh' }), world, memoryPort());
    assert.equal(result.errorCode, 'UnknownError');
    assert.match(result.message, /could not be started/);
  });

  it('leaves nothing but the protocol\'s files in the state folder', async () => {
    bench.script('a.sh', '#!/bin/sh\n');
    await runEvent(bench.run([{ location: 'a.sh' }]), world, memoryPort());
    assert.deepEqual(readdirSync(bench.path('state/0')).sort(), ['claim', 'exit', 'notice', 'pid', 'stderr', 'stdout']);
  });

  it('runs a script as the current user directly and refuses unknown and forbidden users', async () => {
    bench.script('a.sh', '#!/bin/sh\nid -un\n');
    const name = userInfo().username;
    const own = await runEvent(bench.run([{ location: 'a.sh', runas: name }]), world, memoryPort());
    assert.match(own.logTail, new RegExp(`\\[stdout\\]${name}\n`));
    for (const runas of ['no-such-user-here', '-u', 'a b;id', '$(id)']) {
      const unknown = await runEvent(bench.run([{ location: 'a.sh', runas }]), world, memoryPort());
      assert.equal(unknown.errorCode, 'ScriptFailed');
      assert.match(unknown.message, /does not know/);
    }
    const forbidden = await runEvent(bench.run([{ location: 'a.sh', runas: name }], { allowedUsers: ['deploy'] }), world, memoryPort());
    assert.match(forbidden.message, /policy does not allow/);
  });

  it('(as root) runs a script as another user with that user\'s groups', async function () {
    if (process.getuid?.() !== 0) {
      const result = await runEvent(bench.run([{ location: 'a.sh', runas: 'nobody' }]), world, memoryPort());
      assert.equal(result.errorCode, 'ScriptMissing');
      return;
    }
    bench.script('a.sh', '#!/bin/sh\nid -un; id -G; exit 4\n');
    for (const folder of ['', 'archive']) chmodSync(bench.path(folder), 0o755);
    const result = await runEvent(bench.run([{ location: 'a.sh', runas: 'nobody' }]), world, memoryPort());
    assert.match(result.logTail, /\[stdout\]nobody\n/);
    assert.equal(result.message, 'Script at specified location: a.sh run as user nobody failed with exit code 4');
  });
});
