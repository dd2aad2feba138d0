// One HTTP exchange, streamed both ways, on node:http rather than fetch: an answer that comes before the body is sent
// (a refused upload) must be read, and a watch may stay silent for an hour.

import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { Refusal, exitStatus } from './refusal.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: string;
  /** How long the connection may be silent; 0 is for ever. */
  readonly idleTimeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Throws `Refusal` with status 4 when there is no answer; what the body's source throws comes through as it is. */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const library = request.url.protocol === 'https:' ? https : http;
  const outgoing = library.request(request.url, {
    method: request.method,
    headers: request.headers,
    timeout: request.idleTimeoutMs,
    ...(request.ca === undefined ? {} : { ca: [...getCACertificates('default'), request.ca] }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  let isAnswered = false;
  outgoing.on('response', (answer) => {
    isAnswered = true;
    resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer });
  });
  outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
  outgoing.on('error', (error) => {
    // After the answer its body carries the error; and an answer that overtook the upload is what counts.
    if (!isAnswered) reject(request.signal?.aborted === true ? request.signal.reason : error instanceof Refusal ? error : unreachable(request.url, error));
  });
  if (request.body === undefined) outgoing.end();
  // As bytes: with a string Node writes the header fields in the string's encoding too.
  else if (typeof request.body === 'string') outgoing.end(Buffer.from(request.body));
  else {
    const source = Readable.from(request.body);
    source.on('error', (error) => outgoing.destroy(error));
    outgoing.on('close', () => source.destroy());
    source.pipe(outgoing);
  }
  return promise;
}

/** All of a body as text. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it broke the connection',
  EPIPE: 'it broke the connection',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an unknown authority',
  EPROTO: 'it does not speak TLS there',
  HPE_INVALID_CONSTANT: 'what answers there is no web server, or speaks TLS',
};

/** No answer from the server, in words. */
export function unreachable(url: URL, error: unknown): Refusal {
  const code = codeOf(error);
  const hints = code.includes('CERT') || code.startsWith('UNABLE_TO') ? ['To trust its authority, name the authority’s PEM file in --ca-file or FAIRLEAD_CA_FILE (on the server itself: DATA_DIR/tls-ca.pem).'] : [];
  return new Refusal(`The server at ${url.origin} cannot be reached: ${reasons[code] ?? (error instanceof Error && error.message !== '' ? error.message : code)}.`, {
    status: exitStatus.unreachable,
    advice: [...hints, `Is it running, and is the address right? Try: curl ${url.origin}/healthz`],
  });
}

/** A name tried on several addresses fails with one error for each. */
function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return (first as NodeJS.ErrnoException | undefined)?.code ?? String(first);
}
