import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RunningAgent } from './running-agent.ts';
import { TestController } from './test-controller.ts';

describe('the agent as a program', () => {
  let folder: string;
  let controller: TestController;
  let running: RunningAgent[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-main-'));
    mkdirSync(join(folder, 'root'));
    controller = new TestController();
    await controller.start();
    running = [];
  });

  afterEach(async () => {
    for (const agent of running) await agent[Symbol.asyncDispose]();
    await controller[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function run(env: Readonly<Record<string, string>> = {}): RunningAgent {
    const one = new RunningAgent({ controller: controller.url, folder, env });
    running.push(one);
    return one;
  }

  it('says in one line that it is connected, and ends at once and well when told to', async () => {
    const agent = run();
    await agent.says('web-1 (i-1) is connected to');
    assert.equal(agent.output().split('\n').filter((line) => line.startsWith('web-1 (i-1) is connected to')).length, 1);
    const before = performance.now();
    agent.child.kill('SIGTERM');
    assert.equal(await agent.exited, 0);
    assert.ok(performance.now() - before < 3_000);
  });

  it('never writes its join token to the log', async () => {
    const agent = run({ FAIRLEAD_LOG_LEVEL: 'debug' });
    await agent.says('is connected to');
    assert.ok(!agent.output().includes('sesame-4711'));
  });

  it('refuses a second agent on its data folder, and takes it over from one that was killed', async () => {
    const first = run();
    await first.says('is connected to');
    const second = run();
    assert.equal(await second.exited, 1);
    assert.match(second.output(), /Another fairlead agent runs on .*data\. Stop it first/);
    first.child.kill('SIGKILL');
    await first.exited;
    const third = run();
    await third.says('is connected to');
  });

  it('tells systemd that it is ready, how it stands and that it stops, and feeds its watchdog', async () => {
    const calls = join(folder, 'calls');
    const fake = join(folder, 'systemd-notify');
    writeFileSync(fake, `#!/bin/sh\necho "$*" >> ${calls}\n`);
    chmodSync(fake, 0o755);
    const agent = run({ PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, NOTIFY_SOCKET: join(folder, 'none'), WATCHDOG_USEC: '300000' });
    await agent.says('is connected to');
    const told = (): string => (existsSync(calls) ? readFileSync(calls, 'utf8') : '');
    for (const giveUpAt = performance.now() + 10_000; !(told().includes('--ready') && told().includes('WATCHDOG=1')); await new Promise((resolve) => setTimeout(resolve, 10))) {
      assert.ok(performance.now() < giveUpAt, `systemd heard only ${told()}`);
    }
    agent.child.kill('SIGTERM');
    assert.equal(await agent.exited, 0);
    assert.match(told(), /--status=web-1 \(i-1\) is connected/);
    assert.match(told(), /STOPPING=1/);
  });
});
