// The body of a request as its signature and its checksums say it must be. Pieces are handed on as they come; what is
// wrong with them is thrown at the end, in time for whoever stores them to keep nothing.

import { createHash } from 'node:crypto';
import type { SignatureClaim } from '../signature-v4.ts';
import type { ReceivedRequest } from '../received-request.ts';
import { decodeChunks } from './aws-chunks.ts';
import { type Checksum, checksumNames, makeChecksum } from './checksums.ts';
import { S3Refusal } from './refusal.ts';

/**
 * What may stand in place of the body's hash, on this door only: clients do not want to read a large file twice, so they
 * sign it chunk by chunk, or leave it to TLS and a checksum.
 */
export const payloadWords = ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'] as const;

export interface Proven {
  readonly claim: SignatureClaim;
  readonly signingKey: Uint8Array;
}

/** Throws S3Refusal while it is read. */
export async function* checkedPayload({ headers }: ReceivedRequest, { claim, signingKey }: Proven, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { payload, timestamp, scope, signature } = claim;
  const isChunked = payload.startsWith('STREAMING-');
  const isChunkSigned = payload.startsWith('STREAMING-AWS4-');
  const trailers = new Map<string, string>();
  const decoded = isChunked ? decodeChunks(body, isChunkSigned ? { key: signingKey, timestamp, scope, seed: signature } : null, trailers) : body;
  const hash = !isChunked && payload !== 'UNSIGNED-PAYLOAD' ? createHash('sha256') : null;
  const sums = expectedSums(headers);
  const announced = isChunked ? (headers.get('x-amz-decoded-content-length')?.[0] ?? null) : null;
  let length = 0;
  for await (const piece of decoded) {
    length += piece.byteLength;
    hash?.update(piece);
    for (const { sum } of sums) sum.update(piece);
    yield piece;
  }
  if (hash !== null && hash.digest('hex') !== payload) throw new S3Refusal('XAmzContentSHA256Mismatch', 'The body is not the one whose SHA-256 was signed in x-amz-content-sha256.');
  if (announced !== null && announced !== String(length)) throw new S3Refusal('IncompleteBody', `The body has ${length} bytes; x-amz-decoded-content-length says ${announced.slice(0, 20)}.`);
  for (const { header, sum } of sums) {
    const expected = headers.get(header)?.[0] ?? trailers.get(header);
    if (expected !== sum.digest()) throw new S3Refusal('BadDigest', `The body does not match ${header}.`);
  }
}

/** The checksums that a header gives, or that a header says a trailer will give. */
function expectedSums(headers: ReceivedRequest['headers']): readonly { readonly header: string; readonly sum: Checksum }[] {
  const promised = (headers.get('x-amz-trailer') ?? []).flatMap((value) => value.toLowerCase().split(',').map((name) => name.trim()));
  const named = checksumNames.filter((name) => headers.has(`x-amz-checksum-${name}`) || promised.includes(`x-amz-checksum-${name}`));
  return [
    ...named.map((name) => ({ header: `x-amz-checksum-${name}`, sum: makeChecksum(name) })),
    ...(headers.has('content-md5') ? [{ header: 'content-md5', sum: makeChecksum('md5') }] : []),
  ];
}
