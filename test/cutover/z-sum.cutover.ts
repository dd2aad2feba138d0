// What the proofs of this run have shown together; the last file by its name, since the others must have run before it.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tallyOf } from './tally.ts';
import { tell } from './tell.ts';

describe('all proofs of this run together', () => {
  for (const [program, least] of [['haproxy', 60_000], ['nginx', 20_000]] as const) {
    it(`sent ${least.toLocaleString('en')} requests and more by ${program}, none of which was lost`, () => {
      const { proofs, sent } = tallyOf(program);
      tell(`${sent} requests in ${proofs} proofs`);
      assert.ok(sent >= least, `${sent} requests are fewer than ${least}: a proof has failed, or did not run`);
    });
  }
});
