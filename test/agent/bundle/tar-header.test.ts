import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { blockBytes, checksumFits } from '../../../agent/bundle/tar-header.ts';

describe('the checksum of a tar header', () => {
  it('is the sum of all bytes, with or without their sign, its own field taken for blanks; and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: blockBytes, maxLength: blockBytes }), fc.boolean(), fc.integer({ min: -300, max: 300 }), (bytes, isSigned, lie) => {
        const block = Buffer.from(bytes).fill(0x20, 148, 156);
        const sum = [...block].reduce((total, byte) => total + byte - (isSigned && byte > 127 ? 256 : 0), 0);
        const other = [...block].reduce((total, byte) => total + byte - (isSigned || byte <= 127 ? 0 : 256), 0);
        const recorded = sum + lie;
        if (recorded < 0) return;
        block.write(`${recorded.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
        assert.equal(checksumFits(block), lie === 0 || recorded === other);
      }),
      { numRuns: 500 },
    );
  });
});
