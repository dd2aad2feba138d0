// Some points of the crash campaign, evenly spread and drawn from a seed; `npm run test:crash` tries them all.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { seededRandom } from '../doubles.ts';
import { makeKit, tryPoints } from './campaign.ts';
import { runTrial } from './trial.ts';
import type { Kit, Trial } from './trial.ts';

const seed = 'crash points 1';
const sampleSize = 40;

describe('a shipped agent, killed with SIGKILL in the middle of a deployment of two revisions', function () {
  this.timeout(240_000);
  let kit: Kit & Disposable;
  let undisturbed: Trial;

  before(async () => {
    kit = await makeKit();
    undisturbed = await runTrial(kit, 0, true);
  });
  after(() => kit[Symbol.dispose]());

  it('deploys both and runs each script once when nobody kills it, past hundreds of points where somebody could', () => {
    assert.equal(undisturbed.trouble, null);
    assert.equal(undisturbed.restarts, 0);
    assert.deepEqual(undisturbed.outcomes.filter((outcome) => !outcome.endsWith(' Succeeded')), []);
    assert.equal(undisturbed.outcomes.length, 14);
    assert.equal(new Set(undisturbed.host.starts).size, undisturbed.host.starts.length);
    assert.equal(undisturbed.host.starts.length, 9);
    for (const what of ['daemon datasync', 'daemon rename', 'daemon spawn before', 'daemon spawn after', 'helper renameSync', 'helper fsyncSync']) {
      assert.ok(undisturbed.points.includes(what), `no point is a ${what}`);
    }
    assert.ok(undisturbed.points.length > 300, `only ${undisturbed.points.length} points`);
  });

  it(`ends like one that nobody killed, with no script started twice, at ${sampleSize} points`, async () => {
    const random = seededRandom(seed);
    const stretch = undisturbed.points.length / sampleSize;
    const points = Array.from({ length: sampleSize }, (_, index) => 1 + Math.floor(index * stretch) + random.below(Math.floor(stretch)));
    const verdicts = await tryPoints(kit, undisturbed, points);
    const wrong = verdicts.filter(({ doubleStarts, differences }) => doubleStarts.length + differences.length > 0);
    assert.deepEqual(wrong, []);
    assert.ok(verdicts.reduce((sum, { restarts }) => sum + restarts, 0) >= sampleSize * 0.9, 'it was hardly killed at all');
  });
});
