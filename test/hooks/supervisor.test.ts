// supervisor.sh by itself, under each shell this host has: the files it writes are the contract.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeClaim, decodeExit, decodePid, encodeClaim, encodeExit, encodePid, endArguments, readStartArguments, startArguments } from '../../hooks/supervisor-files.ts';
import { eventually, makeBench } from './bench.ts';
import type { Bench } from './bench.ts';

const original = fileURLToPath(new URL('../../hooks/supervisor.sh', import.meta.url));
const shells = [['dash'], ['bash', '--posix'], ['bash'], ['busybox', 'ash'], ['sh']].filter(([file = '', ...args]) => spawnSync(file, [...args, '-c', 'exit 0']).status === 0);

describe('the hook supervisor', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = makeBench();
    mkdirSync(bench.path('state'));
  });
  afterEach(() => bench.remove());

  for (const shell of shells) {
    const [file = 'sh', ...options] = shell;
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', OUT: '' };
    /** The supervisor with this shell in both of its roles. */
    const supervise = (before = ''): { run: (command?: readonly string[]) => string; path: string } => {
      const path = bench.path('supervisor.sh');
      writeFileSync(path, readFileSync(original, 'utf8').replace('/bin/sh "$0"', `${shell.join(' ')} "$0"`));
      const script = bench.path('archive/a.sh');
      return {
        path,
        run: (command = [script]) => {
          const args = startArguments(path, { stateFolder: bench.path('state'), attempt: 'mark', cwd: '/', script, command });
          spawnSync(file, [...options, ...args], { env: { PATH: before + env.PATH, OUT: bench.folder } });
          return bench.read('state/exit');
        },
      };
    };

    it(`under ${shell.join(' ')} records exit codes, signals, claim and pids`, () => {
      bench.script('a.sh', '#!/bin/sh\necho "$FAIRLEAD_ATTEMPT"; echo e >&2; exit 143\n');
      const { run } = supervise();
      assert.deepEqual(decodeExit(run()), { kind: 'code', code: 143 });
      assert.equal(bench.read('state/stdout'), 'mark\n');
      assert.equal(bench.read('state/stderr'), 'e\n');
      const claim = decodeClaim(bench.read('state/claim'));
      const pids = decodePid(bench.read('state/pid'));
      assert.ok(claim?.kind === 'supervisor');
      assert.deepEqual(pids?.supervisor, claim.supervisor);
      assert.notEqual(pids?.script.pid, claim.supervisor.pid);
    });

    for (const [signal, number] of [['TERM', 15], ['INT', 2], ['PIPE', 13], ['KILL', 9], ['ABRT', 6]] as const) {
      it(`under ${shell.join(' ')} records death by SIG${signal}`, () => {
        bench.script('a.sh', `#!/bin/sh\nulimit -c 0; kill -${signal} $$\n`);
        assert.deepEqual(decodeExit(supervise().run()), { kind: 'signal', signal: number });
      });
    }

    it(`under ${shell.join(' ')} starts nothing when the claim is taken`, () => {
      bench.script('a.sh', '#!/bin/sh\ntouch $OUT/ran\n');
      writeFileSync(bench.path('state/claim'), encodeClaim({ kind: 'agent' }));
      assert.equal(decodeExit(supervise().run()), null);
      assert.equal(bench.read('state/claim'), 'agent\n');
      assert.ok(!existsSync(bench.path('ran')));
    });

    it(`under ${shell.join(' ')} gives the script a session of its own and no input`, () => {
      bench.script('a.sh', '#!/bin/sh\ncat; cut -d" " -f1,5,6 /proc/$$/stat\n');
      supervise().run();
      const [pid, group, session] = bench.read('state/stdout').trim().split(' ');
      assert.deepEqual([group, session], [pid, pid]);
    });

    it(`under ${shell.join(' ')} syncs the exit status only when the one who started it is gone`, async () => {
      mkdirSync(bench.path('bin'));
      writeFileSync(bench.path('bin/sync'), '#!/bin/sh\necho "$@" >> $OUT/synced\n', { mode: 0o755 });
      bench.script('a.sh', '#!/bin/sh\nwhile [ -e $OUT/orphan ]; do touch $OUT/begun; sleep 0.02; done\n');
      const { run, path } = supervise(`${bench.path('bin')}:`);
      assert.deepEqual(decodeExit(run()), { kind: 'code', code: 0 });
      assert.ok(!existsSync(bench.path('synced')));

      writeFileSync(bench.path('orphan'), '');
      const folder = bench.path('state-2');
      mkdirSync(folder);
      const script = bench.path('archive/a.sh');
      const args = startArguments(path, { stateFolder: folder, attempt: 'mark', cwd: '/', script, command: [script] });
      spawnSync('/bin/sh', ['-c', '"$@" & while [ ! -e $OUT/begun ]; do sleep 0.02; done', 'sh', file, ...options, ...args], { env: { PATH: `${bench.path('bin')}:${env.PATH}`, OUT: bench.folder }, stdio: 'ignore', timeout: 10_000 });
      rmSync(bench.path('orphan'));
      const synced = await eventually(() => bench.read('synced') || null, 'the sync');
      assert.equal(synced.split(' ')[0], `${folder}/exit`);
      assert.deepEqual(decodeExit(bench.read('state-2/exit')), { kind: 'code', code: 0 });
    });

    it(`under ${shell.join(' ')} starts nothing where there is no room for how it ends, and claims nothing`, () => {
      bench.script('a.sh', '#!/bin/sh\ntouch $OUT/ran\n');
      symlinkSync('/dev/full', bench.path('state/exit'));
      const script = bench.path('archive/a.sh');
      spawnSync(file, [...options, ...startArguments(supervise().path, { stateFolder: bench.path('state'), attempt: 'mark', cwd: '/', script, command: [script] })], { env: { ...env, OUT: bench.folder } });
      assert.ok(!existsSync(bench.path('ran')));
      assert.ok(!existsSync(bench.path('state/claim')));
    });

    it(`under ${shell.join(' ')} writes over the room it took, and adds that it was told to end`, async () => {
      bench.script('a.sh', '#!/bin/sh\ncat $OUT/state/exit > $OUT/before\nsleep 0.5\nexit 3\n');
      const { path } = supervise();
      const script = bench.path('archive/a.sh');
      const child = spawn(file, [...options, ...startArguments(path, { stateFolder: bench.path('state'), attempt: 'mark', cwd: '/', script, command: [script] })], { env: { ...env, OUT: bench.folder }, stdio: 'ignore' });
      const gone = once(child, 'exit');
      await eventually(() => bench.read('before') || null, 'the script');
      child.kill('SIGTERM');
      assert.deepEqual(await gone, [0, null]);
      assert.deepEqual(decodeExit(bench.read('state/exit')), { kind: 'code', code: 3, isTold: true });
      assert.deepEqual([bench.read('before').length, bench.read('state/exit').length], [17, 17]);
    });

    it(`under ${shell.join(' ')} counts and ends what carries the mark`, () => {
      bench.script('a.sh', '#!/bin/sh\nsetsid sleep 60 > /dev/null 2>&1 &\nsetsid sleep 61 > /dev/null 2>&1 &\nsleep 0.2\n');
      const { run, path } = supervise();
      run();
      const end = (mark: string, signal: '0' | 'KILL'): string => spawnSync(file, [...options, ...endArguments(path, mark, signal)], { env, encoding: 'utf8' }).stdout;
      assert.equal(end('mar', '0'), '0\n');
      assert.equal(end('mark', '0'), '2\n');
      assert.equal(end('mark', 'KILL'), '2\n');
      assert.equal(end('mark', '0'), '0\n');
    });
  }
});

describe('the supervisor\'s files', () => {
  const identity = fc.record({ pid: fc.integer({ min: 1, max: 4_194_304 }), startedTicks: fc.bigInt({ min: 0n, max: 1n << 60n }).map(String) }, { noNullPrototype: true });

  it('are read as they were written', () => {
    fc.assert(fc.property(identity, identity, fc.integer({ min: 0, max: 255 }), fc.array(fc.string()), (script, supervisor, number, command) => {
      assert.deepEqual(decodePid(encodePid({ script, supervisor })), { script, supervisor });
      assert.deepEqual(decodeClaim(encodeClaim({ kind: 'supervisor', supervisor })), { kind: 'supervisor', supervisor });
      for (const exit of [{ kind: 'code', code: number }, { kind: 'signal', signal: number }] as const) assert.deepEqual(decodeExit(encodeExit(exit)), exit);
      const start = { stateFolder: '/s', attempt: 'a', cwd: '/', script: '/x', command };
      assert.deepEqual(readStartArguments(startArguments('/supervisor.sh', start)), start);
    }));
  });

  it('are nothing while half written', () => {
    for (const text of ['', 'code', 'code 1', 'signal 9', 'code 1\nx', 'code 1000\n']) assert.equal(decodeExit(text), null);
    for (const text of ['', '1 2 3\n', '1 2 3 4']) assert.equal(decodePid(text), null);
    for (const text of ['', 'supervisor 1\n', 'supervisor 1 2', 'agent']) assert.equal(decodeClaim(text), null);
  });
});
