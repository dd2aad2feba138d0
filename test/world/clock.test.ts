import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { realClock } from '../../world/real/clock.ts';

describe('the real clock', () => {
  it('tells wall time in epoch milliseconds', () => {
    const before = Date.now();
    const now = realClock.now();
    assert.ok(Number.isInteger(now) && now >= before && now <= Date.now());
  });
  it('has a monotonic reading that does not go back', () => {
    let last = realClock.monotonic();
    for (let i = 0; i < 1_000; i += 1) {
      const next = realClock.monotonic();
      assert.ok(next >= last);
      last = next;
    }
  });
  it('never ends a sleep early', async () => {
    for (let i = 0; i < 20; i += 1) {
      const began = realClock.monotonic();
      await realClock.sleep(3);
      assert.ok(realClock.monotonic() - began >= 3);
    }
  });
  it('rejects a sleep with the reason of its signal, before and during', async () => {
    const reason = new Error('enough');
    await assert.rejects(realClock.sleep(60_000, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const sleeping = realClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(sleeping, reason);
  });
  it('calls back once, and not at all when cancelled', async () => {
    const calls: string[] = [];
    const cancelled = realClock.after(1, () => calls.push('cancelled'));
    cancelled.cancel();
    cancelled.cancel();
    await new Promise<void>((resolve) => {
      realClock.after(1, () => calls.push('early'));
      realClock.after(10, resolve);
      // `after` holds nothing alive; something must, until it fires.
      void realClock.sleep(20);
    });
    assert.deepEqual(calls, ['early']);
  });
  it('does not take a wait of more than 24.8 days for none', async () => {
    const calls: string[] = [];
    const timer = realClock.after(2 ** 31, () => calls.push('late'));
    await realClock.sleep(20);
    timer.cancel();
    assert.deepEqual(calls, []);
  });
  it('lets a process end while `after` is pending', () => {
    const script = `import { realClock } from ${JSON.stringify(new URL('../../world/real/clock.ts', import.meta.url).href)}; realClock.after(60_000, () => {});`;
    const ended = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { timeout: 15_000 });
    assert.equal(ended.status, 0, String(ended.stderr));
  });
  it('refuses to wait NaN milliseconds', () => {
    assert.throws(() => realClock.after(NaN, () => {}), /NaN/);
  });
});
