// A tar archive is read front to back, in pieces of any size, from a plain file or through gzip. Both arrive here as one
// stream of chunks with the position kept, so that the tar reader need not know which it is.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import * as disk from './disk.ts';
import type { BundleLimits } from './limits.ts';
import { refuse } from './refusal.ts';

const chunkBytes = 256 * 1024;

export interface ByteReader {
  /** Between 1 and `most` bytes, valid until the next call; none at the end. */
  some(most: number): Promise<Buffer>;
  /** Exactly `count` bytes, or fewer where the stream ends. */
  upTo(count: number): Promise<Buffer>;
  close(): void;
}

const readFrom = (next: () => Promise<Buffer | null>, close: () => void): ByteReader => {
  let chunk: Buffer = Buffer.alloc(0);
  const some = async (most: number): Promise<Buffer> => {
    while (chunk.length === 0) {
      const more = await next();
      if (more === null) return chunk;
      chunk = more;
    }
    const piece = chunk.subarray(0, most);
    chunk = chunk.subarray(piece.length);
    return piece;
  };
  const upTo = async (count: number): Promise<Buffer> => {
    if (chunk.length >= count) return some(count);
    const pieces: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const piece = await some(missing);
      if (piece.length === 0) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  };
  return { some, upTo, close };
};

/** Reads a file as it is. */
export const readPlain = (file: string): ByteReader => {
  const descriptor = disk.openSync(file, 'r');
  let offset = 0;
  const next = async (): Promise<Buffer | null> => {
    const chunk = disk.readAt(descriptor, offset, chunkBytes);
    offset += chunk.length;
    return chunk.length === 0 ? null : chunk;
  };
  return readFrom(next, () => disk.closeSync(descriptor));
};

/**
 * Reads a gzip file unpacked, all its members. Refuses what is no gzip, is damaged or cut short, has something else behind
 * it, or grows beyond what its size makes believable.
 */
export const readGzip = (file: string, limits: BundleLimits): ByteReader => {
  const packedBytes = disk.statSync(file).size;
  const source = disk.createReadStream(file, { highWaterMark: chunkBytes });
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  pipeline(source, gunzip, () => undefined);
  const chunks = (gunzip as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let unpacked = 0;
  const next = async (): Promise<Buffer | null> => {
    const step = await chunks.next().catch((error: NodeJS.ErrnoException) => refuse(`the gzip data is damaged or cut short (${error.code ?? error.message})`));
    if (step.done === true) {
      checkTail(file, gunzip.bytesWritten, packedBytes);
      return null;
    }
    unpacked += step.value.length;
    checkRatio(unpacked, packedBytes, limits);
    return step.value;
  };
  return readFrom(next, () => {
    source.destroy();
    gunzip.destroy();
  });
};

/** Refuses a bundle that unpacks to so much more than it holds that it can only be a bomb. */
export const checkRatio = (unpackedBytes: number, packedBytes: number, limits: BundleLimits): void => {
  if (unpackedBytes > limits.ratioFloorBytes && unpackedBytes > packedBytes * limits.maxRatio) {
    refuse(`the bundle unpacks to more than ${limits.maxRatio} times its ${packedBytes} bytes`);
  }
};

const maxPadding = 64 * 1024;

// Some media pad gzip files with NULs, which gzip ignores too. Anything else behind the data is no part of it.
const checkTail = (file: string, used: number, size: number): void => {
  if (used >= size) return;
  const descriptor = disk.openSync(file, 'r');
  try {
    const tail = disk.readAt(descriptor, used, Math.min(size - used, maxPadding + 1));
    if (tail.length > maxPadding || tail.some((byte) => byte !== 0)) refuse('there is other data behind the end of the gzip data');
  } finally {
    disk.closeSync(descriptor);
  }
};
