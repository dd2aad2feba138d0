import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { type ChecksumName, makeChecksum } from '../../../server/faces/s3/checksums.ts';

/** Of the text 123456789, in hexadecimal digits: the check values that their definitions publish. */
const published: readonly (readonly [ChecksumName | 'md5', string])[] = [
  ['crc32', 'cbf43926'],
  ['crc32c', 'e3069283'],
  ['crc64nvme', 'ae8b14860a799888'],
  ['md5', '25f9e794323b453885f5181f1b624d0b'],
  ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
];

describe('checksums of S3', () => {
  for (const [name, hex] of published) {
    it(`have the published value of ${name}, in whatever pieces the bytes come`, () => {
      for (const pieces of [['123456789'], ['1', '2345', '', '6789']]) {
        const sum = makeChecksum(name);
        for (const piece of pieces) sum.update(Buffer.from(piece));
        assert.equal(Buffer.from(sum.digest(), 'base64').toString('hex'), hex);
      }
    });
  }
});
