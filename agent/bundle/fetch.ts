// Brings a bundle from a URL to a file, with its SHA-256 checked while it streams: nothing unverified is ever handed on to be
// unpacked. What arrived before a break is kept as `<file>.part` and continued with a Range request, by the next attempt or
// the next process; its bytes are hashed again, for the file may have changed in between.

import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type http from 'node:http';
import path from 'node:path';
import type { Clock } from '../../world/clock.ts';
import type { Random } from '../../world/random.ts';
import * as disk from './disk.ts';
import { oneLine } from './refusal.ts';
import { isLoopback } from './loopback.ts';
import { ProxyRefused, ProxyUnreachable, Silence } from './proxy.ts';
import type { Proxy } from './proxy.ts';
import { get } from './request.ts';

export interface FetchRequest {
  /** https, or http to this very host, or http where plain text is allowed. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: string;
  readonly proxy?: Proxy;
  /** The operator accepts plain http over a network, as for the session. */
  readonly isPlaintextAllowed?: boolean;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes expected. */
  readonly size: number;
  readonly toFile: string;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** How long the other side may say nothing. */
  readonly idleTimeoutMs: number;
  /** The least that each window must bring; a server that trickles is given up. Not asked when absent. */
  readonly pace?: { readonly windowMs: number; readonly minBytes: number };
  /** Tries in all; 5 when not given. */
  readonly attempts?: number;
  /** A server that cannot be reached is waited for this long in all, whatever `attempts` says: it may be restarting. */
  readonly patienceMs?: number;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Pick<Random, 'below'>;
}

export type FetchFailureCode = 'bad_url' | 'too_large' | 'redirect_refused' | 'http_status' | 'wrong_length' | 'wrong_digest' | 'encoded' | 'network' | 'aborted' | 'disk';

export type FetchOutcome =
  /** `resumedFrom` bytes were there from an earlier try. */
  | { readonly kind: 'fetched'; readonly bytes: number; readonly resumedFrom: number }
  | { readonly kind: 'failed'; readonly code: FetchFailureCode; readonly message: string };

class FetchFailed extends Error {
  readonly code: FetchFailureCode;
  readonly mayRetry: boolean;
  constructor(code: FetchFailureCode, message: string, mayRetry = false) {
    super(message);
    this.code = code;
    this.mayRetry = mayRetry;
  }
}

const maxRedirects = 5;

/** Fetches a bundle. Never rejects for what a server, a network or a disk does. */
export const fetchBundle = async (request: FetchRequest): Promise<FetchOutcome> => {
  const attempts = request.attempts ?? 5;
  try {
    if (request.size > request.maxBytes) throw new FetchFailed('too_large', `the bundle has ${request.size} bytes, more than the ${request.maxBytes} allowed`);
    const url = checkedUrl(request.url, request.isPlaintextAllowed ?? false);
    let restedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetchOnce(request, url);
      } catch (error) {
        const failure = asFailure(error, request.signal);
        const isAwaited = failure.code === 'network' && restedMs < (request.patienceMs ?? 0);
        if (!failure.mayRetry || (attempt >= attempts && !isAwaited)) throw failure;
        const windowMs = Math.min(15_000, 500 * 2 ** Math.min(attempt - 1, 5));
        const restMs = windowMs / 2 + request.random.below(Math.ceil(windowMs / 2));
        restedMs += restMs;
        await request.clock.sleep(restMs, request.signal);
      }
    }
  } catch (error) {
    const failure = asFailure(error, request.signal);
    return { kind: 'failed', code: failure.code, message: oneLine(failure.message) };
  }
};

const checkedUrl = (text: string, isPlaintextAllowed: boolean): URL => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) throw new FetchFailed('bad_url', 'the address of the bundle is not a URL');
  const isOpen = url.protocol === 'http:' && (isPlaintextAllowed || isLoopback(url.hostname));
  if (url.protocol !== 'https:' && !isOpen) throw new FetchFailed('bad_url', `bundles are fetched over https only (http to this host itself excepted, and elsewhere with allow_plaintext: true), not from ${url.protocol}//${url.host}`);
  return url;
};

/** A socket is read and written, too. */
const networkCodes: ReadonlySet<string> = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET']);

const asFailure = (error: unknown, signal: AbortSignal | undefined): FetchFailed => {
  if (error instanceof FetchFailed) return error;
  if (signal?.aborted === true) return new FetchFailed('aborted', 'fetching the bundle was stopped');
  if (error instanceof Silence || error instanceof ProxyUnreachable) return new FetchFailed('network', error.message, true);
  if (error instanceof ProxyRefused) return new FetchFailed('network', error.message, error.status >= 500);
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (['open', 'write', 'fsync', 'rename', 'mkdir', 'ftruncate', 'unlink', 'read'].includes(syscall ?? '') && !networkCodes.has(code ?? '')) return new FetchFailed('disk', `the bundle could not be written: ${message}`);
  return new FetchFailed('network', `the bundle could not be fetched: ${code ?? ''} ${message}`, true);
};

const fetchOnce = async (request: FetchRequest, url: URL): Promise<FetchOutcome> => {
  disk.mkdirSync(path.dirname(request.toFile), { recursive: true, mode: 0o700 });
  const part = `${request.toFile}.part`;
  let { hash, bytes: resumedFrom } = hashPart(part);
  if (resumedFrom >= request.size && resumedFrom > 0) {
    if (resumedFrom === request.size && hash.digest('hex') === request.sha256) return finish(request, part, resumedFrom);
    disk.unlinkSync(part);
    resumedFrom = 0;
    hash = createHash('sha256');
  }
  const response = await follow(request, url, resumedFrom);
  try {
    if (response.statusCode === 200 && resumedFrom > 0) {
      resumedFrom = 0;
      hash = createHash('sha256');
    }
    checkHeaders(response, request, resumedFrom);
    const bytes = await receive(response, request, part, hash, resumedFrom);
    // A cut stream is continued by the next attempt.
    if (bytes < request.size) throw new FetchFailed('wrong_length', `the bundle ended after ${bytes} of ${request.size} bytes`, true);
    if (hash.digest('hex') !== request.sha256) {
      disk.unlinkSync(part);
      throw new FetchFailed('wrong_digest', `the bundle from ${url.host} does not have the SHA-256 ${request.sha256} that was announced`, resumedFrom > 0);
    }
    return finish(request, part, resumedFrom);
  } finally {
    response.destroy();
  }
};

const hashPart = (part: string): { hash: Hash; bytes: number } => {
  const hash = createHash('sha256');
  const there = disk.lstatSync(part, { throwIfNoEntry: false });
  if (there === undefined) return { hash, bytes: 0 };
  if (!there.isFile()) throw new FetchFailed('disk', `${part} is in the way of the download; remove it`);
  const descriptor = disk.openSync(part, 'r');
  try {
    let bytes = 0;
    for (;;) {
      const piece = disk.readAt(descriptor, bytes, 1024 ** 2);
      if (piece.length === 0) return { hash, bytes };
      hash.update(piece);
      bytes += piece.length;
    }
  } finally {
    disk.closeSync(descriptor);
  }
};

const follow = async (request: FetchRequest, first: URL, from: number): Promise<http.IncomingMessage> => {
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await ask(request, url, from);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) {
      response.destroy();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
      if (next === null || next.origin !== first.origin) throw new FetchFailed('redirect_refused', `${first.host} sends the bundle's request on to ${next?.origin ?? 'nowhere'}; only its own addresses are followed`);
      if (redirects === maxRedirects) throw new FetchFailed('redirect_refused', `${first.host} redirects the bundle's request more than ${maxRedirects} times`);
      url = next;
    } else if (status === 416 && from > 0) {
      // The server has no such range: what is here is not a beginning of what is there.
      response.destroy();
      disk.unlinkSync(`${request.toFile}.part`);
      throw new FetchFailed('http_status', `${url.host} cannot continue the download`, true);
    } else if (status !== 200 && !(status === 206 && from > 0)) {
      response.destroy();
      throw new FetchFailed('http_status', `${url.host} answered ${status} to the request for the bundle`, status >= 500 || status === 429 || status === 408);
    } else {
      return response;
    }
  }
};

const ask = (request: FetchRequest, url: URL, from: number): Promise<http.IncomingMessage> =>
  get({ ...request, url, headers: { ...request.headers, 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) } });

const checkHeaders = (response: http.IncomingMessage, request: FetchRequest, from: number): void => {
  const { 'content-length': length, 'content-range': range, 'content-encoding': encoding } = response.headers;
  if (encoding !== undefined && encoding !== 'identity') throw new FetchFailed('encoded', `the bundle is sent with the encoding ${encoding}, which was not asked for`);
  if (length !== undefined && Number(length) !== request.size - from) throw new FetchFailed('wrong_length', `the bundle has ${Number(length) + from} bytes instead of the ${request.size} announced`);
  if (response.statusCode === 206 && !new RegExp(`^bytes ${from}-${request.size - 1}/(${request.size}|\\*)$`).test(range ?? '')) {
    throw new FetchFailed('wrong_length', `the server continues the bundle with another range (${range ?? 'none'}) than it was asked for`);
  }
};

const receive = async (response: http.IncomingMessage, request: FetchRequest, part: string, hash: Hash, from: number): Promise<number> => {
  const descriptor = from > 0 ? disk.openSync(part, 'a', 0o600) : createAfresh(part);
  let bytes = from;
  const watch = keepPace(response, request, () => bytes);
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > request.size) throw new FetchFailed('wrong_length', `the bundle has more than the ${request.size} bytes announced`);
      hash.update(piece);
      disk.writeAll(descriptor, piece);
    }
    disk.fsyncSync(descriptor);
  } finally {
    watch.end();
    disk.closeSync(descriptor);
  }
  return bytes;
};

/** Breaks off a response that brings too little in some window; what came is kept, and the next attempt goes on from there. */
const keepPace = (response: http.IncomingMessage, { pace, clock }: FetchRequest, count: () => number): { end(): void } => {
  const over = new AbortController();
  const watch = async (windowMs: number, minBytes: number): Promise<void> => {
    for (let before = count(); ; before = count()) {
      await clock.sleep(windowMs, over.signal);
      const came = count() - before;
      if (came < minBytes) return void response.destroy(new FetchFailed('network', `the bundle came too slowly: ${came} bytes in ${windowMs} ms`, true));
    }
  };
  if (pace !== undefined) watch(pace.windowMs, pace.minBytes).catch(() => undefined);
  return { end: () => over.abort() };
};

const createAfresh = (part: string): number => {
  if (disk.lstatSync(part, { throwIfNoEntry: false }) !== undefined) disk.unlinkSync(part);
  return disk.createFile(part);
};

const finish = (request: FetchRequest, part: string, resumedFrom: number): FetchOutcome => {
  disk.renameSync(part, request.toFile);
  disk.syncFolder(path.dirname(request.toFile));
  return { kind: 'fetched', bytes: request.size, resumedFrom };
};
