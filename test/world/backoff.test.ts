import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reconnectDelayMs } from '../../world/backoff.ts';

describe('the reconnect delay', () => {
  it('stays between 0.2 and 15 seconds, whatever the attempt and the draw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(20), fc.nat()), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, chance) => {
        const delayMs = reconnectDelayMs(attempt, (n) => Math.floor(chance * n));
        assert.ok(Number.isInteger(delayMs) && delayMs >= 200 && delayMs <= 15_000);
      }),
    );
  });
  it('draws from a window that doubles up to the cap', () => {
    const upperEnds = [0, 1, 2, 3, 4, 5, 2000].map((attempt) => reconnectDelayMs(attempt, (n) => n - 1));
    assert.deepEqual(upperEnds, [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
    assert.deepEqual([0, 4, 2000].map((attempt) => reconnectDelayMs(attempt, () => 0)), [200, 200, 200]);
  });
  it('refuses an attempt that is no count', () => {
    for (const attempt of [-1, 0.5, NaN]) assert.throws(() => reconnectDelayMs(attempt, () => 0), /attempts count from 0/);
  });
});
