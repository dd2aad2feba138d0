import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawLots } from '../../server/deployer/lots.ts';

describe('lots', () => {
  it('are each number once, and the same whenever they are drawn from the same seed', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.string(), (count, seed) => {
        const lots = drawLots(count, seed);
        assert.deepEqual(lots.toSorted((a, b) => a - b), Array.from({ length: count }, (_, index) => index));
        assert.deepEqual(drawLots(count, seed), lots);
      }),
    );
  });

  it('put every target in every place, over many seeds about as often', () => {
    const draws = 4_000;
    const first = [0, 0, 0, 0];
    for (let seed = 0; seed < draws; seed += 1) first[drawLots(4, String(seed)).indexOf(0)]! += 1;
    for (const times of first) assert.ok(Math.abs(times - draws / 4) < draws / 20, first.join(' '));
  });
});
