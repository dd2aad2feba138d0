// Handing a bundle to an agent: the signed URL is the credential. Files are named by their digest and never change, so a
// broken download goes on where it stopped (Range) and the digest is the ETag.

import { Readable } from 'node:stream';
import { Failure } from '../../protocol/errors.ts';
import type { Files } from '../../world/files.ts';
import type { Route } from './front.ts';
import { parseQuery } from './query.ts';
import { splitTarget } from './received-request.ts';

const pieceBytes = 256 * 1024;

export const answerArtifact: Route = async (front, request, reply) => {
  const { sha256 } = request.params as { sha256: string };
  const query = new Map(parseQuery(splitTarget(request.raw.url ?? '').query));
  const file = await front.dependencies.artifacts.openSigned(sha256, query.get('expires') ?? '', query.get('signature') ?? '');
  if (file === null) throw new Failure('AccessDeniedException', 'This download link is wrong or has expired; ask for a fresh one.');
  front.newcomers.proved(request.raw.socket);
  const etag = `"${sha256}"`;
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? readRange(request.headers.range, file.size) : 'whole';
  reply.headers({ 'accept-ranges': 'bytes', etag, 'content-type': 'application/octet-stream', 'cache-control': 'private, no-transform' });
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${file.size}`).send(Buffer.alloc(0));
  const { first, last } = range === 'whole' ? { first: 0, last: file.size - 1 } : range;
  if (range !== 'whole') reply.code(206).header('content-range', `bytes ${first}-${last}/${file.size}`);
  return reply.header('content-length', last - first + 1).send(Readable.from(pieces(front.dependencies.world.files, file.path, first, last)));
};

/**
 * The one range asked for, within a file of `size` bytes. Several ranges, other units and nonsense are ignored, as
 * RFC 9110 allows: the whole file is a right answer to them.
 */
export function readRange(header: string | undefined, size: number): { readonly first: number; readonly last: number } | 'whole' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  if (match[1] === '') {
    const length = Math.min(Number(match[2]), size);
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (match[2] !== '' && Number(match[2]) < first) return 'whole';
  return first >= size ? 'unsatisfiable' : { first, last };
}

/** The bytes from `first` to `last`, both included. Throws when the file is shorter. */
export async function* pieces(files: Files, path: string, first: number, last: number): AsyncGenerator<Uint8Array> {
  for (let at = first; at <= last; ) {
    const piece = await files.readRange(path, at, Math.min(pieceBytes, last - at + 1));
    // The length is promised already: breaking the connection is the only honest end.
    if (piece === null || piece.length === 0) throw new Error(`The artifact ${path} ended early, at byte ${at}.`);
    yield piece;
    at += piece.length;
  }
}
