// One GET over http or https, as bundles are fetched: straight or through a proxy, with an authority of the operator's
// beside the system's, and an end to silence. Redirects are the caller's to judge. Shared by agent and controller.

import { Buffer } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import tls from 'node:tls';

export interface Proxy {
  /** http or https, with user and password where the proxy wants them. */
  readonly url: string;
  /** Hosts reached straight, as in NO_PROXY: names, .suffixes, host:port, "*"; separated by commas. */
  readonly noProxy: string;
}

export interface GetRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: string;
  readonly proxy?: Proxy;
  readonly signal?: AbortSignal;
  /** How long the other side may say nothing. */
  readonly idleTimeoutMs: number;
}

/** The other side said nothing for too long. */
export class Silence extends Error {}

/** The proxy did not open a way. */
export class ProxyRefused extends Error {
  readonly status: number;
  constructor(proxy: URL, target: URL, status: number) {
    const hint = status === 407 ? '; give its user and password in the proxy\'s address' : '';
    super(`the proxy ${proxy.host} answered ${status} when asked for ${target.host}${hint}`);
    this.status = status;
  }
}

/** This very host, by name or address. */
export const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]{1,3}){3}$/.test(hostname);

/** The answer's head; its body is still to be read. Rejects with Silence, ProxyRefused, or what the network or TLS says. */
export const get = async (request: GetRequest): Promise<http.IncomingMessage> => {
  const { url } = request;
  const proxy = proxyFor(url, request.proxy);
  if (proxy === null) return send(url.protocol === 'https:' ? https : http, url, { ...trust(request), agent: false, headers: request.headers }, request);
  if (url.protocol === 'http:') {
    // In plain text a proxy is asked for the whole address.
    const options = { ...trust(request), agent: false as const, path: url.href, headers: { ...request.headers, host: url.host, ...credentials(proxy) } };
    return send(proxy.protocol === 'https:' ? https : http, proxy, options, request);
  }
  const socket = await tunnel(proxy, request);
  const createConnection = (): Socket => {
    const secured = tls.connect({ socket, ...trust(request), ...(isIP(bare(url.hostname)) === 0 ? { servername: url.hostname } : { host: bare(url.hostname) }) });
    secured.once('close', () => socket.destroy());
    return secured;
  };
  return send(https, url, { createConnection, headers: request.headers }, request).catch((error: unknown) => {
    // A certificate that is refused ends the TLS alone.
    socket.destroy();
    throw error;
  });
};

/** The proxy for a URL, or null when it is to be reached straight. This host itself never goes through a proxy. */
export const proxyFor = (url: URL, proxy: Proxy | undefined): URL | null => {
  if (proxy === undefined || proxy.url === '' || isLoopback(url.hostname)) return null;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  for (const written of proxy.noProxy.toLowerCase().split(',')) {
    const [, name = '', only] = /^\s*(.*?)(?::([0-9]+))?\s*$/.exec(written) ?? [];
    if (name === '' || (only !== undefined && only !== port)) continue;
    const suffix = name.replace(/^\*?\./, '');
    if (name === '*' || bare(url.hostname) === bare(suffix) || url.hostname.endsWith(`.${suffix}`)) return null;
  }
  return new URL(proxy.url);
};

const send = (door: typeof http | typeof https, url: URL, options: https.RequestOptions, request: GetRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const sent = door.get(url, { ...options, ...abortable(request) }, resolve);
    silenced(sent, request);
    sent.on('error', reject);
  });

const tunnel = (proxy: URL, request: GetRequest): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const { url } = request;
    const authority = `${url.hostname}:${url.port || 443}`;
    const asked = (proxy.protocol === 'https:' ? https : http).request(proxy, {
      method: 'CONNECT', path: authority, agent: false, headers: { host: authority, ...credentials(proxy) }, ...trust(request), ...abortable(request),
    });
    silenced(asked, request);
    asked.on('error', reject);
    asked.once('connect', (response, socket) => {
      asked.setTimeout(0);
      if (response.statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      reject(new ProxyRefused(proxy, url, response.statusCode ?? 0));
    });
    asked.end();
  });

const silenced = (sent: http.ClientRequest, { url, idleTimeoutMs }: GetRequest): void => {
  sent.setTimeout(idleTimeoutMs, () => sent.destroy(new Silence(`${url.host} said nothing for ${idleTimeoutMs} ms`)));
};

const trust = ({ ca }: GetRequest): { readonly ca?: string[] } => (ca === undefined ? {} : { ca: [...tls.getCACertificates('default'), ca] });

const abortable = ({ signal }: GetRequest): { readonly signal?: AbortSignal } => (signal === undefined ? {} : { signal });

const credentials = ({ username, password }: URL): Readonly<Record<string, string>> =>
  username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` };

/** Without the brackets of an IPv6 address. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');
