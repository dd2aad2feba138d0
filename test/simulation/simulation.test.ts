import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'mocha';
import { rates, weatherOf } from './rates.ts';
import { tellStory } from './story.ts';

/** The whole story in one word: if two runs differ anywhere, something real leaked into the simulation. */
const digest = (trace: readonly string[]): string => createHash('sha256').update(trace.join('\n')).digest('hex');

describe('a simulated fleet', function () {
  this.timeout(60_000);
  let scriptsStarted = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const weather = weatherOf(seed);
    it(`keeps every promise in ${weather} weather, the same way twice (seed ${seed})`, async () => {
      const once = await tellStory(`seed ${seed}`, rates[weather]);
      assert.deepEqual(once.violations, [], `Replay: npm run simulate -- --seed ${seed}`);
      assert.ok(once.deployments.length >= 2, 'the story was empty');
      scriptsStarted += once.scriptsStarted;
      const again = await tellStory(`seed ${seed}`, rates[weather]);
      assert.equal(digest(again.trace), digest(once.trace), `two runs of seed ${seed} differ`);
    });
  }

  it('has run a fair number of scripts in these stories', () => {
    assert.ok(scriptsStarted > 1_000, `${scriptsStarted}`);
  });
});
