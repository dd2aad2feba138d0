// The checksums that S3 clients send in a header or a trailer. Two of them exist nowhere in Node and are computed here,
// table by table; the 64-bit one as two halves, because numbers have no more exact bits.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface Checksum {
  update(piece: Uint8Array): void;
  /** As it stands in the header: base64, big-endian. */
  digest(): string;
}

export const checksumNames = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type ChecksumName = (typeof checksumNames)[number];

export function makeChecksum(name: ChecksumName | 'md5'): Checksum {
  switch (name) {
    case 'crc32':
      return zlibCrc32();
    case 'crc32c':
      return crc32c();
    case 'crc64nvme':
      return crc64nvme();
    case 'sha1':
    case 'sha256':
    case 'md5': {
      const hash = createHash(name);
      return { update: (piece) => void hash.update(piece), digest: () => hash.digest('base64') };
    }
  }
}

function zlibCrc32(): Checksum {
  let crc = 0;
  return { update: (piece) => void (crc = crc32(piece, crc)), digest: () => bigEndian(crc) };
}

/** Castagnoli's polynomial, reflected. */
const crc32cTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let crc = n;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

function crc32c(): Checksum {
  let crc = 0xffffffff;
  return {
    update(piece) {
      for (const byte of piece) crc = crc32cTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
    },
    digest: () => bigEndian((crc ^ 0xffffffff) >>> 0),
  };
}

/** NVMe's polynomial, reflected: 0x9A6C9329AC4BC9B5. */
const crc64Table = ((): { readonly high: Uint32Array; readonly low: Uint32Array } => {
  const high = new Uint32Array(256);
  const low = new Uint32Array(256);
  for (let n = 0; n < 256; n += 1) {
    let h = 0;
    let l = n;
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (l & 1) === 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (isOdd) {
        h = (h ^ 0x9a6c9329) >>> 0;
        l = (l ^ 0xac4bc9b5) >>> 0;
      }
    }
    high[n] = h;
    low[n] = l;
  }
  return { high, low };
})();

function crc64nvme(): Checksum {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(piece) {
      for (const byte of piece) {
        const n = (low ^ byte) & 0xff;
        low = (((low >>> 8) | (high << 24)) ^ crc64Table.low[n]!) >>> 0;
        high = ((high >>> 8) ^ crc64Table.high[n]!) >>> 0;
      }
    },
    digest: () => bigEndian((high ^ 0xffffffff) >>> 0, (low ^ 0xffffffff) >>> 0),
  };
}

function bigEndian(...words: readonly number[]): string {
  const bytes = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => bytes.writeUInt32BE(word, 4 * index));
  return bytes.toString('base64');
}
