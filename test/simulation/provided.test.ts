import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tellSeeds } from './pool.ts';
import type { SeedVerdict } from './tell-seed.ts';

const seeds = Array.from({ length: 10 }, (_, index) => index + 1);

describe('deployments to simulated instances that are made for them', function () {
  this.timeout(600_000);

  it(`keep every promise in ${seeds.length} stories, each told the same way twice`, async () => {
    const verdicts: SeedVerdict[] = [];
    await tellSeeds({ seeds, isTwice: () => true, plot: 'provided', heard: (verdict) => verdicts.push(verdict) > 0 });
    for (const { seed, violations } of verdicts) assert.deepEqual(violations, [], `Replay: npm run simulate -- --plot provided --seed ${seed}`);
    assert.equal(verdicts.length, seeds.length);
    assert.ok(verdicts.reduce((sum, { scripts }) => sum + scripts, 0) > 300, 'little happened');
  });
});
