import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { makeBreath } from '../../server/breath.ts';

describe('long work', () => {
  const worked = async (msOfAStep: number, steps: number, others: boolean): Promise<number> => {
    let now = 0;
    let turns = 0;
    const letOthers = (): Promise<void> => Promise.resolve(void (turns += 1));
    const breath = makeBreath({ monotonic: () => now }, others ? letOthers : undefined);
    for (let step = 0; step < steps; step += 1) {
      now += msOfAStep;
      await breath.take();
    }
    return turns;
  };

  it('lets others have their turn every eight milliseconds', async () => assert.equal(await worked(1, 80, true), 10));
  it('lets others have their turn after each step that took longer', async () => assert.equal(await worked(20, 3, true), 3));
  it('waits for nobody while it is short', async () => assert.equal(await worked(1, 7, true), 0));
  it('waits for nobody where there is nobody', async () => assert.equal(await worked(20, 3, false), 0));
});
