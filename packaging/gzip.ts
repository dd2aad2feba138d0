// gzip in several members, each of which stands for itself: Node, of which every package has a copy, is compressed once.
// Every reader of gzip takes members one after the other as one stream.

import { constants, gzipSync } from 'node:zlib';

const worthRemembering = 16 * 1024 * 1024;

const remembered = new WeakMap<Uint8Array, Buffer>();

/** The pieces as one stream. A large piece is a member of its own, and the same Buffer is compressed only once; the best level would take three times as long for a thousandth. */
export function gzip(pieces: Iterable<Uint8Array>): Buffer {
  const members: Buffer[] = [];
  let small: Uint8Array[] = [];
  const flush = (): void => {
    if (small.length > 0) members.push(compress(Buffer.concat(small), constants.Z_BEST_COMPRESSION));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length < worthRemembering) {
      small.push(piece);
      continue;
    }
    flush();
    const known = remembered.get(piece) ?? compress(piece, constants.Z_BEST_COMPRESSION - 3);
    remembered.set(piece, known);
    members.push(known);
  }
  flush();
  return Buffer.concat(members);
}

/** Node writes neither a name nor a time into the header. */
function compress(bytes: Uint8Array, level: number): Buffer {
  return gzipSync(bytes, { level });
}
