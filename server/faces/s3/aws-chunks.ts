// The content encoding aws-chunked: a body in chunks that each say their length, perhaps a signature that covers the one
// before, and after the last perhaps trailers (a checksum that was not known at the start). Bytes are handed on before
// their chunk's signature has been seen: whoever takes them keeps nothing until the end has come without an error.

import { createHash, createHmac, timingSafeEqual, type Hash } from 'node:crypto';
import { S3Refusal } from './refusal.ts';

/** The signature of the request, which the first chunk's goes back to. */
export interface ChunkSigning {
  readonly key: Uint8Array;
  readonly timestamp: string;
  readonly scope: string;
  readonly seed: string;
}

const longestLine = 4096;
const mostTrailers = 16;

/** The decoded bytes. `signing` is null for chunks that carry no signature; trailers are entered into `trailers`. Throws S3Refusal. */
export async function* decodeChunks(body: AsyncIterable<Uint8Array>, signing: ChunkSigning | null, trailers: Map<string, string>): AsyncGenerator<Uint8Array> {
  const reader = new ChunkReader(body);
  const chain = signing === null ? null : new SignatureChain(signing);
  for (;;) {
    const line = await reader.line();
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line ?? '');
    if (match === null) throw malformed('a chunk does not begin with its length');
    const length = Number.parseInt(match[1]!, 16);
    for await (const piece of reader.take(length)) {
      chain?.update(piece);
      yield piece;
    }
    chain?.endChunk(match[2]);
    if (length === 0) break;
    if ((await reader.line()) !== '') throw malformed('a chunk is longer than it says');
  }
  const lines: string[] = [];
  for (let line = await reader.line(); line !== null && line !== ''; line = await reader.line()) {
    if (lines.push(line) > mostTrailers) throw malformed('it has too many trailers');
  }
  readTrailers(lines, chain, trailers);
}

function readTrailers(lines: readonly string[], chain: SignatureChain | null, trailers: Map<string, string>): void {
  let signature: string | undefined;
  let signed = '';
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (colon < 1) throw malformed('a trailer has no name');
    if (name === 'x-amz-trailer-signature') signature = value;
    else {
      trailers.set(name, value);
      signed += `${name}:${value}\n`;
    }
  }
  if (chain !== null && signed !== '') chain.endTrailers(signed, signature);
}

/** Each signature covers the one before it, so no chunk can be left out, added or moved. */
class SignatureChain {
  readonly #signing: ChunkSigning;
  #previous: string;
  #chunk: Hash = createHash('sha256');

  constructor(signing: ChunkSigning) {
    this.#signing = signing;
    this.#previous = signing.seed;
  }

  update(piece: Uint8Array): void {
    this.#chunk.update(piece);
  }

  endChunk(signature: string | undefined): void {
    const empty = createHash('sha256').digest('hex');
    this.#check(['AWS4-HMAC-SHA256-PAYLOAD', empty, this.#chunk.digest('hex')], signature);
    this.#chunk = createHash('sha256');
  }

  endTrailers(text: string, signature: string | undefined): void {
    this.#check(['AWS4-HMAC-SHA256-TRAILER', createHash('sha256').update(text).digest('hex')], signature);
  }

  #check([algorithm = '', ...hashes]: readonly string[], given = ''): void {
    const { key, timestamp, scope } = this.#signing;
    const right = createHmac('sha256', key).update([algorithm, timestamp, scope, this.#previous, ...hashes].join('\n')).digest('hex');
    const isRight = given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
    if (!isRight) throw new S3Refusal('SignatureDoesNotMatch', 'The signature of a chunk or of the trailers does not match.');
    this.#previous = right;
  }
}

/** Lines and counted bytes out of pieces as they come. */
class ChunkReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #left: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#pieces = body[Symbol.asyncIterator]();
  }

  /** Without its line break; null at the end of the body. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#left.indexOf('\n');
      if (end >= 0) {
        const line = this.#left.subarray(0, end).toString('latin1').replace(/\r$/, '');
        this.#left = this.#left.subarray(end + 1);
        return line;
      }
      if (this.#left.length > longestLine) throw malformed('a line of it is too long');
      if (!(await this.#more())) {
        if (this.#left.length > 0) throw malformed('it ends within a line');
        return null;
      }
    }
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (this.#left.length === 0 && !(await this.#more())) throw new S3Refusal('IncompleteBody', 'The body ends within a chunk.');
      const piece = this.#left.subarray(0, left);
      this.#left = this.#left.subarray(piece.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#left = this.#left.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#left, next.value]);
    return true;
  }
}

function malformed(what: string): S3Refusal {
  return new S3Refusal('InvalidRequest', `The body is not aws-chunked as it says: ${what}.`);
}
