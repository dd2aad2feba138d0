// One request to an address that somebody configured, and its whole answer: bounded in time and size, never redirected,
// and never to an address that the caller's rule forbids (looked up and connected to in one step, so that a name cannot
// change its meaning in between). The seam through which notifiers and alarm sources reach out.

import { lookup, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends it, whatever it is doing. */
  readonly signal: AbortSignal;
  /** The answer may be so long; more is an error. */
  readonly mostBytes: number;
  /** Why this address may not be connected to, or null. */
  readonly refuseAddress: (address: string) => string | null;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The far end could not be asked, or did not answer. The message names its host and no more of the address. */
export class AskTrouble extends Error {}

export function ask(asked: Asked): Promise<Answer> {
  const { url, signal } = asked;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new AskTrouble(`${url.host} ${why}`));
    const refusal = isIP(host) === 0 ? null : asked.refuseAddress(host);
    if (refusal !== null) return fail(refusal);
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: asked.method,
      agent: false,
      headers: { 'user-agent': 'fairlead', ...asked.headers, ...(asked.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(asked.body)) }) },
      lookup: guardedLookup(asked.refuseAddress),
      signal,
      ...(asked.ca === undefined ? {} : { ca: [...asked.ca] }),
    });
    request.on('error', (error: NodeJS.ErrnoException) => fail(signal.aborted ? 'did not answer in time.' : `cannot be reached (${error.code ?? error.message}).`));
    request.once('response', (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      response.on('data', (piece: Buffer) => {
        size += piece.length;
        pieces.push(piece);
        if (size <= asked.mostBytes) return;
        fail(`answered with more than ${asked.mostBytes} bytes.`);
        request.destroy();
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces).toString('utf8') }));
      response.once('error', (error: NodeJS.ErrnoException) => fail(signal.aborted ? 'did not answer in time.' : `broke off its answer (${error.code ?? error.message}).`));
    });
    request.end(asked.body);
  });
}

function guardedLookup(refuseAddress: Asked['refuseAddress']): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return done(error, '', 0);
      const refusal = addresses.map(({ address }) => refuseAddress(address)).find((one) => one !== null);
      if (refusal !== undefined) return done(new Error(refusal), '', 0);
      if (options.all === true) return done(null, addresses);
      done(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 0);
    });
  };
}
