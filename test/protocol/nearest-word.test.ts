import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { nearestWord } from '../../protocol/nearest-word.ts';

describe('the word that was meant', () => {
  const known = ['listen', 'data-dir', 'tls-key', 'url'];
  for (const [written, meant] of [['listne', 'listen'], ['lisen', 'listen'], ['data_dir', 'data-dir'], ['DataDir', 'data-dir'], ['tlskey', 'tls-key'], ['colour', null], ['x', null], ['', null]] as const) {
    it(`is ${String(meant)} for ${JSON.stringify(written)}`, () => assert.equal(nearestWord(written, known), meant));
  }
});
