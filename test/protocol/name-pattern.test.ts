import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { fitsPattern } from '../../protocol/model/name-pattern.ts';

describe('a pattern of names', () => {
  const cases: readonly (readonly [pattern: string, fits: readonly string[], not: readonly string[]])[] = [
    ['web-1', ['web-1'], ['web-11', 'xweb-1', 'WEB-1', '']],
    ['web-*', ['web-', 'web-1', 'web-1.eu'], ['web', 'xweb-1']],
    ['*', ['', 'anything'], []],
    ['web-?', ['web-1'], ['web-', 'web-11']],
    ['*.eu-*', ['a.eu-1', 'a.eu-b.eu-c'], ['a.eu', '.eu']],
    ['a*b*c', ['abc', 'aXbYc', 'abbcc'], ['ab', 'abcd', 'acb']],
    ['a.b', ['a.b'], ['axb']],
  ];
  for (const [pattern, fits, not] of cases) {
    it(`${pattern} fits ${fits.map((name) => JSON.stringify(name)).join(', ')}${not.length === 0 ? '' : ` and not ${not.map((name) => JSON.stringify(name)).join(', ')}`}`, () => {
      for (const name of fits) assert.equal(fitsPattern(pattern, name), true, name);
      for (const name of not) assert.equal(fitsPattern(pattern, name), false, name);
    });
  }

  it('is answered without trying every way', () => {
    assert.equal(fitsPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(100)), false);
  });
});
