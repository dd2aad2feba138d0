// The readiness probe's patience, on a clock that jumps from one look to the next.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Readiness } from '../../hooks/appspec/appspec.ts';
import { awaitReadiness } from '../../hooks/readiness.ts';
import type { ReadinessEnd } from '../../hooks/readiness.ts';
import type { Clock } from '../../world/clock.ts';

const never = new AbortController().signal;

/** Time that passes only by sleeping and by looks that take their time. */
function jumpingClock(): Clock & { pass(ms: number): void } {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
    after: () => ({ cancel: () => undefined }),
    pass: (ms) => {
      now += ms;
    },
  };
}

/** `isUp` tells by the time whether the service answers; the times of the looks are kept. */
async function watch(readiness: Partial<Readiness>, isUp: (at: number) => boolean, takesMs = 0): Promise<{ end: ReadinessEnd; looks: number[]; endedAt: number }> {
  const clock = jumpingClock();
  const looks: number[] = [];
  const look = (timeoutMs: number): Promise<{ isHealthy: boolean; words: string }> => {
    assert.ok(timeoutMs >= 1);
    looks.push(clock.monotonic());
    const isHealthy = isUp(clock.monotonic());
    clock.pass(Math.min(takesMs, timeoutMs));
    return Promise.resolve({ isHealthy, words: isHealthy ? 'answered' : 'answered with status 503' });
  };
  const whole = { probe: { kind: 'tcp', host: 'h', port: 1 }, minHealthyMs: 0, timeoutMs: 10_000, intervalMs: 1_000, ...readiness } as const;
  return { end: await awaitReadiness(whole, 'TCP h:1', look, clock, never), looks, endedAt: clock.monotonic() };
}

describe('a readiness probe', () => {
  it('is content with one look when it need not hold', async () => {
    assert.deepEqual((await watch({}, () => true)).end, { kind: 'ready', looks: 1, tookMs: 0 });
  });

  it('must hold for the whole time, without a break', async () => {
    const { end, endedAt } = await watch({ minHealthyMs: 3_000 }, (at) => at >= 1_000 && at !== 3_000);
    assert.equal(end.kind, 'ready');
    assert.equal(endedAt, 7_000, 'three seconds from the first look after the break');
  });

  it('looks once more exactly when the time is up, not an interval later', async () => {
    assert.deepEqual((await watch({ minHealthyMs: 1_500 }, () => true)).looks, [0, 1_000, 1_500]);
  });

  it('gives up after timeoutMs and says what it saw last', async () => {
    const { end, endedAt } = await watch({ timeoutMs: 2_500 }, () => false);
    assert.deepEqual(end, { kind: 'not_ready', sentence: 'The readiness probe TCP h:1 did not hold within 2500 ms. The last look: it answered with status 503.' });
    assert.equal(endedAt, 2_500);
  });

  it('says what the look before saw when the last had no time to see anything', async () => {
    for (const timeoutMs of [2_000, 2_050]) {
      const clock = jumpingClock();
      const look = (patienceMs: number): Promise<{ isHealthy: boolean; words: string }> => {
        clock.pass(Math.min(20, patienceMs));
        return Promise.resolve({ isHealthy: false, words: patienceMs < 60 ? `did not answer: there was no answer within ${patienceMs} ms` : 'answered with status 404' });
      };
      const end = await awaitReadiness({ probe: { kind: 'tcp', host: 'h', port: 1 }, minHealthyMs: 0, timeoutMs, intervalMs: 980 }, 'TCP h:1', look, clock, never);
      assert.ok(end.kind === 'not_ready' && end.sentence.endsWith('The last look: it answered with status 404.'), JSON.stringify(end));
    }
  });

  it('says so when it was healthy at last, but not for long enough', async () => {
    const { end } = await watch({ timeoutMs: 4_000, minHealthyMs: 3_000 }, (at) => at >= 2_000);
    assert.deepEqual(end, { kind: 'not_ready', sentence: 'The readiness probe TCP h:1 did not hold within 4000 ms. It answered at last, but had held for 2000 ms only, not 3000.' });
  });

  it('stops looking when it is told to', async () => {
    const stop = new AbortController();
    const clock = jumpingClock();
    const end = await awaitReadiness({ probe: { kind: 'tcp', host: 'h', port: 1 }, minHealthyMs: 0, timeoutMs: 9e9, intervalMs: 1 }, 'x', () => {
      stop.abort();
      return Promise.resolve({ isHealthy: false, words: '' });
    }, clock, stop.signal);
    assert.deepEqual(end, { kind: 'stopped' });
  });

  it('is never ready unless every look of the last minHealthyMs succeeded, and always ends', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 50, max: 2_000 }), fc.integer({ min: 0, max: 700 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (minHealthyMs, intervalMs, takesMs, ups) => {
        const isUp = (at: number): boolean => ups[Math.floor(at / 500) % ups.length]!;
        const { end, looks, endedAt } = await watch({ minHealthyMs, intervalMs, timeoutMs: 8_000 }, isUp, takesMs);
        assert.ok(endedAt <= 8_000 + 5_000);
        if (end.kind !== 'ready') return;
        const last = looks.at(-1)!;
        const streak = looks.slice(looks.findLastIndex((at) => !isUp(at)) + 1);
        assert.ok(isUp(last) && last - streak[0]! >= minHealthyMs);
      }),
      { numRuns: 300 },
    );
  });
});
