// The way through an HTTP proxy: which hosts go through it, and a CONNECT to one of them, with TLS on top where its address
// asks for it. Downloads, the enrolment and the session all go this way.

import { Buffer } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { isLoopback } from './loopback.ts';
import type { Trust } from '../../world/network.ts';

export interface Proxy {
  /** http or https, with user and password where the proxy wants them. */
  readonly url: string;
  /** Hosts reached straight, as in NO_PROXY: names, .suffixes, host:port, "*"; separated by commas. */
  readonly noProxy: string;
}

export interface TunnelOptions {
  /** PEM of an authority to trust besides the system's, at the proxy and behind it. */
  readonly ca?: Trust;
  readonly signal?: AbortSignal;
  /** How long the proxy, and what is behind it, may say nothing. */
  readonly idleTimeoutMs: number;
}

/** The proxy did not open a way; the message says what it answered instead. */
export class ProxyRefused extends Error {
  readonly status: number;
  constructor(proxy: URL, target: string, answer: Pick<http.IncomingMessage, 'statusCode' | 'headers'>) {
    const status = answer.statusCode ?? 0;
    super(`the proxy ${proxy.host} answered ${status} when asked for ${target}${whatToDo(proxy, status, answer.headers)}`);
    this.status = status;
  }
}

/** There is no proxy there, or it hung up. */
export class ProxyUnreachable extends Error {
  constructor(proxy: URL, cause: NodeJS.ErrnoException) {
    super(`the proxy ${proxy.host} cannot be reached (${cause.code === 'ECONNRESET' ? 'it hung up' : cause.message}); check proxy_uri, or name the host in no_proxy`, { cause });
  }
}

/** The other side said nothing for too long. */
export class Silence extends Error {}

/** The proxy for a URL, or null when it is to be reached straight. This host itself never goes through a proxy. */
export const proxyFor = (url: URL, proxy: Proxy | undefined): URL | null => {
  if (proxy === undefined || proxy.url === '' || isLoopback(url.hostname)) return null;
  const port = portOf(url);
  for (const written of proxy.noProxy.toLowerCase().split(',')) {
    const [, name = '', only] = /^\s*(.*?)(?::([0-9]+))?\s*$/.exec(written) ?? [];
    if (name === '' || (only !== undefined && only !== port)) continue;
    const suffix = name.replace(/^\*?\./, '');
    if (name === '*' || bare(url.hostname) === bare(suffix) || url.hostname.endsWith(`.${suffix}`)) return null;
  }
  return new URL(proxy.url);
};

/**
 * A connection to the host of `url` (http, https, ws or wss) through the proxy, ready to be spoken to: TLS is done. Rejects
 * with ProxyRefused, ProxyUnreachable, Silence, or what TLS says of the host.
 */
export const openTunnel = async (proxy: URL, url: URL, options: TunnelOptions): Promise<Socket> => {
  const socket = await askForWay(proxy, url, options);
  if (url.protocol === 'http:' || url.protocol === 'ws:') return socket;
  return secure(socket, url, options).catch((error: unknown) => {
    // A certificate that is refused ends the TLS alone.
    socket.destroy();
    throw error;
  });
};

const askForWay = (proxy: URL, url: URL, options: TunnelOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const authority = `${url.hostname}:${portOf(url)}`;
    const asked = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT', path: authority, agent: false, headers: { host: authority, ...proxyCredentials(proxy) }, ...trust(options), ...abortable(options),
    });
    asked.setTimeout(options.idleTimeoutMs, () => asked.destroy(new Silence(`the proxy ${proxy.host} said nothing for ${options.idleTimeoutMs} ms`)));
    asked.on('error', (error) => reject(error instanceof Silence || options.signal?.aborted === true ? error : new ProxyUnreachable(proxy, error)));
    asked.once('connect', (response, socket: Socket, head: Buffer) => {
      asked.setTimeout(0);
      const status = response.statusCode ?? 0;
      // Whoever is behind the proxy waits for us to speak: what comes at once is a page of the proxy's own.
      if (status >= 200 && status < 300 && head.length === 0 && !isPage(response.headers)) return resolve(socket);
      socket.destroy();
      reject(new ProxyRefused(proxy, authority, response));
    });
    asked.end();
  });

const secure = (socket: Socket, url: URL, options: TunnelOptions): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const secured = tls.connect({ socket, ...trust(options), ...(isIP(bare(url.hostname)) === 0 ? { servername: url.hostname } : { host: bare(url.hostname) }) });
    secured.setTimeout(options.idleTimeoutMs, () => secured.destroy(new Silence(`${url.host} said nothing for ${options.idleTimeoutMs} ms`)));
    const giveUp = (): void => void secured.destroy(options.signal!.reason as Error);
    options.signal?.addEventListener('abort', giveUp, { once: true });
    secured.once('error', reject);
    secured.once('close', () => {
      socket.destroy();
      options.signal?.removeEventListener('abort', giveUp);
      reject(new Error(`${url.host} hung up`));
    });
    secured.once('secureConnect', () => {
      secured.setTimeout(0);
      options.signal?.removeEventListener('abort', giveUp);
      secured.off('error', reject);
      resolve(secured);
    });
  });

const whatToDo = (proxy: URL, status: number, headers: http.IncomingHttpHeaders): string => {
  if (status === 407) {
    const schemes = [headers['proxy-authenticate'] ?? []].flat().map((offer) => offer.split(' ')[0]!.replace(/[^A-Za-z-]/g, ''));
    if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === 'basic')) return `; it wants ${schemes.join(' or ')}, and only Basic is spoken here`;
    return proxy.username === '' ? "; give its user and password in the proxy's address" : "; it does not take the user and password in the proxy's address";
  }
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) return `, and sends the request on to ${originOf(location, proxy)}; that may be a login page: log in there, or name another proxy`;
  if (status >= 200 && status < 300) return `, but with a page${isPage(headers) ? ' (text/html)' : ''} where a way was to be opened; that may be a login page, or no proxy at all`;
  if (status === 403) return '; allow this host and port there, or name the host in no_proxy';
  if (status >= 500) return '; it may not reach that host itself';
  return '; check that proxy_uri is the address of a proxy that knows CONNECT';
};

const isPage = (headers: http.IncomingHttpHeaders): boolean => /^text\/html\b/i.test(headers['content-type'] ?? '');

/** Where a redirect leads, without what it may carry. */
const originOf = (location: string, base: URL): string => {
  const url = URL.parse(location, base.href);
  return url === null || !/^https?:$/.test(url.protocol) ? 'an address that is none' : url.origin;
};

export const trust = ({ ca }: { readonly ca?: Trust }): { readonly ca?: string[] } => (ca === undefined ? {} : { ca: typeof ca === 'string' ? [...tls.getCACertificates('default'), ca] : [ca.only] });

export const abortable = ({ signal }: { readonly signal?: AbortSignal }): { readonly signal?: AbortSignal } => (signal === undefined ? {} : { signal });

export const proxyCredentials = ({ username, password }: URL): Readonly<Record<string, string>> =>
  username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` };

const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' || protocol === 'wss:' ? '443' : '80');

/** Without the brackets of an IPv6 address. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
