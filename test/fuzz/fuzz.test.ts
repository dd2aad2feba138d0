// A bounded part of `npm run fuzz`, from one seed.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { doors } from './doors.ts';
import { fuzz } from './fuzzer.ts';
import { spoil, spoiltText } from './oddities.ts';
import { stampOf } from './state.ts';
import type { Database } from '../../server/store/store.ts';
import { stores } from '../store/stores.ts';
import { SimRandom } from '../simulation/sim-random.ts';

const cases: Readonly<Record<string, number>> = { operations: 1_500, buckets: 800, http: 300, frames: 400 };

describe('a door that is fuzzed', function () {
  this.timeout(300_000);
  for (const [door, open] of Object.entries(doors)) {
    it(`meets no defect, hangs nowhere, changes nothing without right and keeps its memory: ${door}`, async () => {
      const { complaint, cases: done, grownBytes } = await fuzz({ door, open, seed: 'every run', cases: cases[door]!, ms: 240_000 });
      assert.equal(complaint, null);
      assert.equal(done, cases[door]);
      assert.ok(grownBytes < 50 * 2 ** 20, `grown by ${grownBytes} bytes`);
    });
  }

  it('over PostgreSQL is told by another number that something was changed, and by the same that nothing was', async () => {
    const store = await stores.find(({ name }) => name === 'PostgreSQL')!.open();
    const change = (write: (tx: Database) => Promise<unknown>) => store.transaction(write);
    const seen = [await stampOf(store), await stampOf(store)];
    await change((tx) => tx.insertInto('settings').values({ name: 'a', value: '1' }).execute());
    seen.push(await stampOf(store));
    await change((tx) => tx.updateTable('settings').set({ value: '2' }).where('name', '=', 'a').execute());
    seen.push(await stampOf(store));
    await change((tx) => tx.deleteFrom('settings').where('name', '=', 'a').execute());
    seen.push(await stampOf(store));
    await assert.rejects(change(async (tx) => {
      await tx.insertInto('settings').values({ name: 'b', value: '1' }).execute();
      throw new Error('taken back');
    }));
    seen.push(await stampOf(store));
    await store.close();
    assert.deepEqual([seen[0] === seen[1], new Set(seen.slice(1, 4)).size, seen[3] === seen[4], seen[4] === seen[5]], [true, 3, false, true]);
  });

  it('would be heard complaining: of one case, and of what all cases together show', async () => {
    const settings = { door: 'x', seed: 's', cases: 10, ms: 60_000 };
    const closed: string[] = [];
    const door = (tryCase: () => Promise<string | null>, judgeAll = () => Promise.resolve<string | null>(null)) => () => Promise.resolve({ tryCase, judgeAll, close: async () => void closed.push('closed') });
    let count = 0;
    const third = await fuzz({ ...settings, open: door(async () => ((count += 1) === 3 ? 'the third is odd' : null)) });
    assert.deepEqual([third.cases, third.complaint], [3, 'the third is odd\nReplay: npm run fuzz -- --door x --seed s --cases 3']);
    const all = await fuzz({ ...settings, open: door(async () => null, async () => 'leftovers') });
    assert.match(all.complaint ?? '', /^leftovers/);
    assert.equal(closed.length, 2);
  });

  it('is fuzzed with the same cases from the same seed', () => {
    const draw = (seed: string): string => {
      const random = new SimRandom(seed);
      return spoiltText(spoil({ a: [1, { b: 'c' }] }, random), random).toString('base64');
    };
    for (let i = 0; i < 50; i += 1) assert.equal(draw(`${i}`), draw(`${i}`));
    assert.ok(new Set(Array.from({ length: 50 }, (_, i) => draw(`${i}`))).size > 30);
  });
});
