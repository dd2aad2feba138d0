// The units door: which programs of systemd are run with which arguments, and what is made of their answers. The programs
// are played by scripts here; real systemd is test/fleet.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { realProcesses } from '../../world/real/processes.ts';
import { findUnits } from '../../world/real/systemd-units.ts';
import type { Host, UnitChoice } from '../../world/real/systemd-units.ts';

describe('units of systemd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'units-'));
    play('systemd-run', 'echo systemd 252');
    play('systemctl', 'echo "Version=252.39-1~deb12u1"');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that notes its arguments, one a line, and then does as `body` says. */
  function play(program: string, body: string): void {
    writeFileSync(join(folder, program), `#!/bin/sh\nprintf '%s\\n' "$@" > ${join(folder, `${program}.args`)}\n${body}\n`, { mode: 0o755 });
  }
  const argsOf = (program: string): readonly string[] => readFileSync(join(folder, `${program}.args`), 'utf8').trimEnd().split('\n');
  const host = (changes: Partial<Host> = {}): Host => ({ processes: realProcesses(), isRoot: true, environment: { INVOCATION_ID: 'x' }, path: `${folder}:/usr/bin:/bin`, sign: folder, ...changes });
  const find = (choice: UnitChoice, changes: Partial<Host> = {}) => findUnits(choice, host(changes));
  const unit = { name: 'fairlead-hook-a.0.service', description: 'Hook of d-ONE', file: '/usr/bin/env', args: ['-i', '/bin/sh', '/opt/$x/supervisor.sh', 'unit', '/var/a b'], mostMs: 20_001 };

  it('are used where systemd has started the agent as root and answers', async () => {
    assert.notEqual(await find('auto'), null);
    assert.equal(await find('auto', { isRoot: false }), null);
    assert.equal(await find('auto', { environment: {} }), null);
    assert.equal(await find('auto', { sign: join(folder, 'none') }), null);
    play('systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    assert.equal(await find('auto'), null);
  });

  it('are not used where the operator says never; where they must be and cannot, the refusal says why and what to do', async () => {
    assert.equal(await find('never'), null);
    assert.notEqual(await find('always', { environment: {} }), null);
    await assert.rejects(find('always', { isRoot: false }), /hook_units is "always".*does not run as root.*set hook_units to "auto"/);
    await assert.rejects(find('always', { sign: join(folder, 'none') }), /systemd does not run here/);
    play('systemctl', 'echo "Failed to connect to bus" >&2; exit 1');
    await assert.rejects(find('always'), /systemctl ended with 1: Failed to connect to bus/);
    rmSync(join(folder, 'systemctl'));
    await assert.rejects(find('always', { path: folder }), /systemctl cannot be started/);
  });

  it('keep what a hook leaves running, end all of it when time is up, and expand nothing in arguments', async () => {
    const units = await find('auto');
    await units?.start(unit);
    assert.deepEqual(argsOf('systemd-run'), [
      '--quiet', '--no-ask-password', '--unit=fairlead-hook-a.0.service', '--description=Hook of d-ONE',
      '--property=Type=simple', '--property=RemainAfterExit=yes', '--property=KillMode=control-group', '--property=TasksMax=infinity',
      '--property=StandardOutput=null', '--property=OOMPolicy=continue', '--property=RuntimeMaxSec=21',
      '--', '/usr/bin/env', '-i', '/bin/sh', '/opt/$$x/supervisor.sh', 'unit', '/var/a b',
    ]);
    play('systemctl', 'echo Version=239');
    await (await find('auto'))?.start(unit);
    assert.ok(!argsOf('systemd-run').includes('--property=OOMPolicy=continue'), 'systemd 239 does not know OOMPolicy');
  });

  it('are refused in systemd’s own words', async () => {
    const units = await find('auto');
    play('systemd-run', 'echo "Failed to start transient service unit: Unit x was already loaded." >&2; exit 1');
    await assert.rejects(units!.start(unit), /^Error: systemd-run ended with 1: Failed to start transient service unit: Unit x was already loaded\.$/);
  });

  for (const [active, sub, result, kind, isTimedOut] of [
    ['active', 'running', 'success', 'running', false],
    ['activating', 'start', 'success', 'running', false],
    ['deactivating', 'stop-sigterm', 'timeout', 'running', true],
    ['active', 'exited', 'success', 'exited', false],
    ['failed', 'failed', 'timeout', 'failed', true],
    ['failed', 'failed', 'signal', 'failed', false],
    ['inactive', 'dead', 'success', 'absent', false],
  ] as const) {
    it(`that are ${active} (${sub}, ${result}) are ${kind}${isTimedOut ? ', their time was up' : ''}`, async () => {
      const units = await find('auto');
      play('systemctl', `echo Result=${result}; echo LoadState=loaded; echo ActiveState=${active}; echo SubState=${sub}`);
      assert.deepEqual(await units?.look('a.service'), { kind, isTimedOut });
      assert.equal(argsOf('systemctl').at(-1), 'a.service');
    });
  }

  it('that nobody knows are absent', async () => {
    const units = await find('auto');
    play('systemctl', 'echo LoadState=not-found; echo ActiveState=inactive; echo SubState=dead; echo Result=success');
    assert.equal((await units?.look('a.service'))?.kind, 'absent');
  });

  it('are listed by how their names begin', async () => {
    const units = await find('auto');
    play('systemctl', 'echo "fairlead-hook-a.0.service loaded active exited Hook of d-ONE"; echo "fairlead-hook-b.0.service loaded failed failed Hook"; echo');
    assert.deepEqual(await units?.list('fairlead-hook-'), [{ name: 'fairlead-hook-a.0.service', kind: 'exited' }, { name: 'fairlead-hook-b.0.service', kind: 'failed' }]);
    assert.equal(argsOf('systemctl').at(-1), 'fairlead-hook-*.service');
  });

  it('are let go of whether they succeeded or failed', async () => {
    const units = await find('auto');
    play('systemctl', `echo "$*" >> ${join(folder, 'all')}`);
    await units?.forget('a.service');
    assert.equal(readFileSync(join(folder, 'all'), 'utf8'), 'stop --no-ask-password a.service\nreset-failed a.service\n');
  });
});
