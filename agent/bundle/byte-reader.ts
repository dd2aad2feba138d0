// A tar archive is read front to back, in pieces of any size, from a plain file or through gzip. Both arrive here as one
// stream of chunks with the position kept, so that the tar reader need not know which it is.

import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';
import * as disk from './disk.ts';
import type { BundleLimits } from './limits.ts';
import { refuse } from './refusal.ts';

const chunkBytes = 256 * 1024;

/** What is at hand is given at once, for a small file of an archive takes four calls, and waiting is not free. */
export type Soon<Value> = Value | Promise<Value>;

export interface ByteReader {
  /** All of it is in memory: what is handed out stays valid, and may be kept. */
  readonly isWhole: boolean;
  /** Between 1 and `most` bytes, valid until the next call; none at the end. */
  some(most: number): Soon<Buffer>;
  /** Exactly `count` bytes, or fewer where the stream ends. */
  upTo(count: number): Soon<Buffer>;
  close(): void;
}

const readFrom = (next: () => Soon<Buffer | null>, close: () => void, isWhole = false): ByteReader => {
  let chunk: Buffer = Buffer.alloc(0);
  let at = 0;
  const take = (most: number): Buffer => {
    const piece = chunk.subarray(at, at + most);
    at += piece.length;
    return piece;
  };
  const someLater = async (most: number): Promise<Buffer> => {
    while (at === chunk.length) {
      const more = await next();
      if (more === null) break;
      chunk = more;
      at = 0;
    }
    return take(most);
  };
  const upToLater = async (count: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let missing = count; missing > 0; ) {
      const piece = await some(missing);
      if (piece.length === 0) break;
      // Copied: the next chunk may be read into the same memory.
      pieces.push(Buffer.from(piece));
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  };
  const some = (most: number): Soon<Buffer> => (at < chunk.length ? take(most) : someLater(most));
  const upTo = (count: number): Soon<Buffer> => (chunk.length - at >= count ? take(count) : upToLater(count));
  return { isWhole, some, upTo, close };
};

/** Reads a file as it is. */
export const readPlain = (file: string): ByteReader => {
  const descriptor = disk.openSync(file, 'r');
  const memory = Buffer.allocUnsafe(chunkBytes);
  let offset = 0;
  const next = (): Buffer | null => {
    const chunk = disk.readInto(descriptor, offset, memory);
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
  const whole = packedBytes > limits.maxHeldBytes ? null : gunzipAtOnce(file, packedBytes, limits.maxHeldBytes);
  if (whole !== null) {
    const pieces = [whole.content];
    const nextPiece = (): Buffer | null => {
      const piece = pieces.pop();
      if (piece !== undefined && piece.length > 0) return piece;
      checkTail(file, whole.used, packedBytes);
      return null;
    };
    return readFrom(nextPiece, () => undefined, true);
  }
  const source = disk.createReadStream(file, { highWaterMark: chunkBytes });
  // Unpacks ahead, on a thread of its own, while what it has brought is written.
  const gunzip = createGunzip({ chunkSize: chunkBytes, readableHighWaterMark: 4 * chunkBytes } as ZlibOptions);
  pipeline(source, gunzip, () => undefined);
  const chunks = (gunzip as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let unpacked = 0;
  const next = async (): Promise<Buffer | null> => {
    const step = await chunks.next().catch(refuseDamaged);
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

/** A small bundle is unpacked in one go, without handing each piece through the event loop; null when it is not small. */
const gunzipAtOnce = (file: string, packedBytes: number, most: number): { readonly content: Buffer; readonly used: number } | null => {
  const descriptor = disk.openSync(file, 'r');
  try {
    const packed = disk.readAt(descriptor, 0, packedBytes);
    // What the last member says of itself, which may be a lie.
    const announced = packed.length < 18 ? 0 : packed.readUInt32LE(packed.length - 4);
    if (announced > most) return null;
    const options = { info: true, maxOutputLength: most, chunkSize: Math.max(announced + 1, 16 * 1024) };
    const { buffer, engine } = gunzipSync(packed, options) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { content: buffer, used: engine.bytesWritten };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true) return refuseDamaged(error as NodeJS.ErrnoException);
    throw error;
  } finally {
    disk.closeSync(descriptor);
  }
};

const refuseDamaged = (error: NodeJS.ErrnoException): never => refuse(`the gzip data is damaged or cut short (${error.code ?? error.message})`);

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
