import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { realRandom } from '../../world/real/random.ts';

describe('real chance', () => {
  it('gives as many bytes as asked, and never the same twice', () => {
    for (const length of [0, 1, 16, 1000]) assert.equal(realRandom.bytes(length).length, length);
    assert.notDeepEqual(realRandom.bytes(16), realRandom.bytes(16));
  });
  it('draws every number below n and none else', () => {
    const drawn = new Set(Array.from({ length: 2_000 }, () => realRandom.below(5)));
    assert.deepEqual([...drawn].sort(), [0, 1, 2, 3, 4]);
    assert.equal(realRandom.below(1), 0);
  });
  it('refuses to draw below nothing', () => {
    for (const n of [0, -1, 1.5, NaN]) assert.throws(() => realRandom.below(n));
  });
  it('forks into streams that differ, even by the same name', () => {
    const [one, two] = [realRandom.fork('a'), realRandom.fork('a')];
    assert.notDeepEqual(one.bytes(16), two.bytes(16));
    assert.ok(one.fork('b').below(3) < 3);
  });
});
