// A real agent whose disk is really full: a small file system of memory that is filled to the last byte. Mounting it takes
// root; reserve.test.ts has the same claims about the journal for everyone.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { tgz } from './bundle/tar-bytes.ts';
import { runEventCommand } from './commands-of.ts';
import { TestController } from './test-controller.ts';

const entry = fileURLToPath(new URL('./agent-process.ts', import.meta.url));

describe('an agent whose disk is full', function () {
  this.timeout(60_000);
  let folder: string;
  let disk: string;
  let isMounted: boolean;
  let controller: TestController;
  let agent: ChildProcess;
  let generation = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-full-'));
    disk = join(folder, 'disk');
    mkdirSync(disk);
    isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=20M', 'none', disk]).status === 0;
    controller = new TestController();
    await controller.start();
    generation = 0;
    agent = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, controller.url, join(disk, 'data'), join(folder, 'root')], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_CONFIG: '/dev/null' } });
    await controller.until(({ sessions }) => (sessions > 0 ? true : undefined), 'the agent');
  });
  afterEach(async () => {
    const gone = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGKILL');
    await gone;
    await controller[Symbol.asyncDispose]();
    if (isMounted) spawnSync('umount', ['--lazy', disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Fills the disk to the last byte. */
  function fill(): void {
    const file = openSync(join(disk, 'fill'), 'a');
    for (const size of [65_536, 512]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      }
    }
    closeSync(file);
  }
  const free = (): void => rmSync(join(disk, 'fill'), { force: true });
  const reserved = (): number => statSync(join(disk, 'data/reserve'), { throwIfNoEntry: false })?.blocks ?? 0;

  const script = `#!/bin/sh
echo "$LIFECYCLE_EVENT" >> "$FAIRLEAD_ROOT/../starts"
[ "$LIFECYCLE_EVENT" = AfterInstall ] || exit 3
cat /dev/zero >> DISK/fill 2> /dev/null
exit 7
`;
  const starts = (): string => {
    try {
      return readFileSync(join(folder, 'starts'), 'utf8');
    } catch {
      return '';
    }
  };

  async function run(event: string, bundle?: Buffer): Promise<{ readonly outcome: string; readonly message: string }> {
    generation += 1;
    const attemptId = `att-${generation}`;
    controller.send(runEventCommand({ attemptId, event, generation, ...(bundle === undefined ? {} : { bundle: controller.offer(bundle, 'tgz') }) }));
    const { outcome, diagnostics } = await controller.ended(attemptId);
    return { outcome, message: diagnostics.message };
  }

  async function untilReserved(): Promise<void> {
    await controller.until(() => (reserved() * 512 >= 8 * 1_048_576 ? true : undefined), 'the reserve');
  }

  function bundle(): Buffer {
    const hooks = ['BeforeInstall', 'AfterInstall', 'ApplicationStart'].map((event) => `  ${event}:\n    - location: a.sh\n      timeout: 30\n`);
    return tgz({ name: 'appspec.yml', content: `version: 0.0\nos: linux\nhooks:\n${hooks.join('')}` }, { name: 'a.sh', content: script.replace('DISK', disk), mode: 0o755 });
  }

  it('has 8 MiB in reserve, on the disk', async () => {
    await untilReserved();
  });

  it('(as root, on a file system of its own) starts no script that it could not follow, says why, and goes on when there is room', async () => {
    await untilReserved();
    if (!isMounted) return assert.notEqual(process.getuid?.(), 0, 'root could not mount a tmpfs');
    assert.equal((await run('DownloadBundle', bundle())).outcome, 'Succeeded');
    fill();
    const refused = await run('BeforeInstall');
    assert.equal(refused.outcome, 'Failed');
    assert.match(refused.message, /could not be started.*disk with room/);
    assert.deepEqual([starts(), reserved()], ['', 0]);
    free();
    assert.match((await run('ApplicationStart')).message, /failed with exit code 3/);
    assert.equal(starts(), 'ApplicationStart\n');
    assert.equal(agent.exitCode, null);
  });

  it('(as root, on a file system of its own) knows how a script ended that filled the disk, and reports it', async () => {
    await untilReserved();
    if (!isMounted) return assert.notEqual(process.getuid?.(), 0, 'root could not mount a tmpfs');
    assert.equal((await run('DownloadBundle', bundle())).outcome, 'Succeeded');
    assert.deepEqual(await run('AfterInstall'), { outcome: 'Failed', message: 'Script at specified location: a.sh failed with exit code 7' });
    assert.equal(agent.exitCode, null);
  });
});
