// The real processes door: sessions of their own, recognised again by pid and start time, ended as groups.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { Command, StartedProcess } from '../../world/processes.ts';
import { realProcesses } from '../../world/real/processes.ts';

describe('the processes door', () => {
  const processes = realProcesses();
  let folder: string;
  const started: StartedProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'processes-'));
  });
  afterEach(async () => {
    for (const one of started.splice(0)) await processes.endGroup(one.identity, 'kill');
    rmSync(folder, { recursive: true, force: true });
  });
  const shell = (text: string): Command => ({ file: '/bin/sh', args: ['-c', text], env: { PATH: '/usr/bin:/bin' }, cwd: folder });
  async function start(text: string): Promise<StartedProcess> {
    const one = await processes.startDetached(shell(text));
    started.push(one);
    return one;
  }
  async function read(name: string): Promise<string> {
    for (const deadline = performance.now() + 5_000; performance.now() < deadline; await sleep(5)) {
      try {
        const text = readFileSync(join(folder, name), 'latin1');
        if (text.endsWith('\n')) return text.trim();
      } catch {
        // not yet
      }
    }
    throw new Error(`waited in vain for ${name}`);
  }

  it('starts a leader of its own session with nothing inherited', async () => {
    const { identity, exited } = await start('cut -d" " -f1,5,6 /proc/$$/stat > stat; env > env; readlink /proc/$$/fd/0 /proc/$$/fd/2 > fds; exit 3');
    assert.deepEqual(await exited, { code: 3, signal: null });
    assert.equal(await read('stat'), `${identity.pid} ${identity.pid} ${identity.pid}`);
    assert.equal(await read('fds'), '/dev/null\n/dev/null');
    assert.doesNotMatch(await read('env'), /HOME=/);
    assert.equal(await processes.isAlive(identity), false);
  });

  it('knows a process by pid and start time together', async () => {
    const { identity, exited } = await start('sleep 60');
    assert.equal(await processes.isAlive(identity), true);
    const other = { ...identity, startedTicks: '1' };
    assert.equal(await processes.isAlive(other), false);
    await processes.endGroup(other, 'kill');
    assert.equal(await processes.isAlive(identity), true);
    await processes.endGroup(identity, 'terminate');
    assert.deepEqual(await exited, { code: null, signal: 'SIGTERM' });
    await processes.endGroup(identity, 'kill');
  });

  it('gives the identity even of a process that ends at once', async () => {
    for (let round = 0; round < 20; round += 1) assert.match((await start('exit')).identity.startedTicks, /^[0-9]+$/);
  });

  it('ends a group whose leader is gone', async () => {
    const { identity, exited } = await start('sleep 60 & echo $! > child');
    await exited;
    const child = Number(await read('child'));
    const stat = (): string => readFileSync(`/proc/${child}/stat`, 'latin1');
    assert.match(stat(), /\((?:sh|sleep)\) [SR]/);
    await processes.endGroup(identity, 'kill');
    for (const deadline = performance.now() + 5_000; performance.now() < deadline; await sleep(5)) {
      try {
        if (/\) [ZX]/.test(stat())) return;
      } catch {
        return;
      }
    }
    assert.fail('the child lives on');
  });

  it('rejects what cannot be started with a sentence', async () => {
    await assert.rejects(processes.startDetached({ ...shell(''), file: '/no/such' }), /\/no\/such cannot be started.*ENOENT/);
    await assert.rejects(processes.startDetached({ ...shell(''), cwd: '/no/such' }), /cannot be started in \/no\/such/);
    await assert.rejects(processes.run({ ...shell(''), file: folder }, 1_000), /EACCES/);
  });

  it('runs a short command, bounded in output and time, not held by a grandchild', async () => {
    assert.deepEqual(await processes.run(shell('echo a; echo b >&2; exit 4'), 5_000), { code: 4, stdout: 'a\n', stderr: 'b\n' });
    assert.equal((await processes.run(shell('head -c 3000000 /dev/zero'), 5_000)).stdout.length, 1_048_576);
    const began = performance.now();
    assert.equal((await processes.run(shell('sleep 60'), 200)).code, null);
    assert.deepEqual((await processes.run(shell('sleep 2 & echo ok'), 5_000)).stdout, 'ok\n');
    assert.ok(performance.now() - began < 1_500);
  });

  it('tells the boot', async () => {
    assert.match(await processes.bootId(), /^[0-9a-f-]{36}$/);
    assert.equal(await processes.bootId(), await processes.bootId());
  });
});
