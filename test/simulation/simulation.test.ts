import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { tellSeeds } from './pool.ts';
import { weatherOf } from './rates.ts';
import { regressions } from './regressions.ts';
import type { SeedVerdict } from './tell-seed.ts';

const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
/** Told twice, to see that a seed is a story. */
const twice = 40;

describe('a simulated fleet', function () {
  // Stories are told over all processors from the start; each claim waits for its own.
  this.timeout(600_000);
  const verdicts = new Map<number, ReturnType<typeof Promise.withResolvers<SeedVerdict>>>();
  let beganAt = 0;
  let telling: Promise<void>;
  before(() => {
    beganAt = performance.now();
    const seeds = [...new Set([...hundred, ...regressions.map(({ seed }) => seed)])];
    for (const seed of seeds) verdicts.set(seed, Promise.withResolvers());
    telling = tellSeeds({
      seeds,
      isTwice: (seed) => seed <= twice,
      heard(verdict) {
        verdicts.get(verdict.seed)!.resolve(verdict);
        return true;
      },
    });
    telling.catch((error: unknown) => {
      for (const { promise, reject } of verdicts.values()) {
        promise.catch(() => undefined);
        reject(error as Error);
      }
    });
  });
  after(() => telling);

  const isKept = async (seed: number): Promise<SeedVerdict> => {
    const verdict = await verdicts.get(seed)!.promise;
    assert.deepEqual(verdict.violations, [], `Replay: npm run simulate -- --seed ${seed}`);
    return verdict;
  };
  for (const seed of hundred) {
    it(`keeps every promise in ${weatherOf(seed)} weather${seed <= twice ? ', the same way twice' : ''} (seed ${seed})`, async () => {
      const { deployments } = await isKept(seed);
      assert.ok(deployments >= 2, 'the story was empty');
    });
  }
  for (const { seed, found } of regressions) {
    it(`does so where it once did not: ${found} (seed ${seed})`, async () => {
      await isKept(seed);
    });
  }

  it('has run a fair number of scripts in these stories', async () => {
    const all = await Promise.all(hundred.map((seed) => verdicts.get(seed)!.promise));
    const scripts = all.reduce((sum, verdict) => sum + verdict.scripts, 0);
    const writes = all.reduce((sum, verdict) => sum + verdict.writes, 0);
    const applied = all.reduce((sum, verdict) => sum + verdict.applied, 0);
    console.log(`      ${hundred.length} stories, ${scripts} scripts, ${writes} writes, ${applied} plans applied in ${((performance.now() - beganAt) / 1000).toFixed(0)} s`);
    assert.ok(scripts > 5_000, `${scripts}`);
    assert.ok(applied > 30, `${applied}`);
  });
});
