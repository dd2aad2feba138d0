import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { canPlant, findBug } from './find-planted-bugs.ts';
import { guard, plantedBugs, promotionGuard, releaseGuard } from './planted-bugs.ts';

describe('planted bugs', function () {
  this.timeout(300_000);

  for (const bug of [...plantedBugs, { ...guard, name: 'the guard that some take away' }, { ...promotionGuard, name: 'the guard of promotions' }, { ...releaseGuard, name: 'the guard of what is taken away' }]) {
    it(`have their place: ${bug.name}`, () => {
      assert.ok(canPlant(bug), `${bug.file} does not hold this exactly once any more: ${bug.find}`);
    });
  }

  it('are found: one that every story shows', async () => {
    const bug = plantedBugs.find(({ name }) => name === 'a success is not remembered by its group')!;
    const { seed, symptom } = await findBug(bug, 10);
    assert.ok(seed !== null);
    assert.match(symptom, /last successful deployment/);
  });
});
