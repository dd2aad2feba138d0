// How the controller asks a source over http or https: with redirects under a rule, secrets that never leave the origin
// they are for, and every failure as a sentence about the revision. The bytes are checked by whoever stores them.

import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../agent/bundle/loopback.ts';
import { ProxyRefused, ProxyUnreachable, Silence, type Proxy } from '../../agent/bundle/proxy.ts';
import { get } from '../../agent/bundle/request.ts';
import { SourceTrouble } from './source.ts';

/** How this controller gets out: the same for every source. */
export interface WayOut {
  readonly proxy?: Proxy;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: string;
  readonly idleTimeoutMs: number;
}

export interface SourceAsk {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` only. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  /** Most redirects followed; each must lead to https, or to the scheme and kind of host it began with. */
  readonly maxRedirects: number;
  readonly signal: AbortSignal;
  /** The revision in words. */
  readonly named: string;
}

/** The answer with its body unread, whatever its status but a redirect that was followed. Throws SourceTrouble. */
export async function askSource(way: WayOut, ask: SourceAsk): Promise<IncomingMessage> {
  const { named, signal } = ask;
  let url = ask.url;
  for (let redirects = 0; ; redirects += 1) {
    const headers = { 'user-agent': 'fairlead', ...ask.headers, ...(url.origin === ask.url.origin ? ask.secretHeaders : {}), 'accept-encoding': 'identity' };
    const response = await get({ ...way, url, headers, signal }).catch((error: unknown) => {
      throw asTrouble(error, url, named);
    });
    const { location } = response.headers;
    if (ask.maxRedirects === 0 || location === undefined || ![301, 302, 303, 307, 308].includes(response.statusCode ?? 0)) return response;
    response.destroy();
    if (redirects === ask.maxRedirects) throw new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${ask.url.host} redirects more than ${ask.maxRedirects} times.`);
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (next === null || !mayLead(ask.url, next)) {
      throw new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${url.host} sends the request on to ${next === null ? 'nowhere' : `${next.protocol}//${next.host}`}, which is not followed. Only https addresses are.`);
    }
    url = next;
  }
}

/** https leads to https. Plain http, where the operator or loopback began with it, may stay where it is or become https. */
function mayLead(first: URL, next: URL): boolean {
  if (next.username !== '' || next.password !== '') return false;
  if (next.protocol === 'https:') return !isLoopback(next.hostname) || isLoopback(first.hostname);
  return next.protocol === 'http:' && first.protocol === 'http:' && (next.origin === first.origin || (isLoopback(first.hostname) && isLoopback(next.hostname)));
}

export function asTrouble(error: unknown, url: URL, named: string): SourceTrouble {
  if (error instanceof SourceTrouble) return error;
  if (error instanceof ProxyRefused) return new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${error.message}.`, error.status >= 500);
  if (error instanceof Silence || error instanceof ProxyUnreachable) return new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${error.message}.`, true);
  const { code, message } = error as NodeJS.ErrnoException;
  return new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${url.host} cannot be reached (${code ?? message}).`, true);
}

/** A status that is not 200, as trouble. `advice` by status; 5xx, 408 and 429 are tried again. */
export function statusTrouble(response: IncomingMessage, host: string, named: string, advice: Readonly<Record<number, string>>): SourceTrouble {
  response.destroy();
  const status = response.statusCode ?? 0;
  const more = advice[status];
  return new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: ${host} answered ${status}${more === undefined ? '' : ` (${more})`}.`, status >= 500 || status === 429 || status === 408);
}

/** Content-Length as a number, or null. Throws when the body is encoded, which nobody asked for. */
export function announcedSize(response: IncomingMessage, named: string): number | null {
  const { 'content-encoding': encoding, 'content-length': length } = response.headers;
  if (encoding !== undefined && encoding !== 'identity') {
    response.destroy();
    throw new SourceTrouble('INVALID_REVISION', `${named} is sent with the encoding ${encoding}, which was not asked for.`);
  }
  return length === undefined ? null : Number(length);
}
