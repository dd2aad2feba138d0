// One GET over http or https, as bundles are fetched: straight or through a proxy, with an authority of the operator's
// beside the system's, and an end to silence. Redirects are the caller's to judge. Shared by agent and controller.

import http from 'node:http';
import https from 'node:https';
import { abortable, openTunnel, proxyCredentials, proxyFor, Silence, trust } from './proxy.ts';
import type { Proxy } from './proxy.ts';

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

/** The answer's head; its body is still to be read. Rejects with Silence, ProxyRefused, or what the network or TLS says. */
export const get = async (request: GetRequest): Promise<http.IncomingMessage> => {
  const { url } = request;
  const proxy = proxyFor(url, request.proxy);
  if (proxy === null) return send(url.protocol === 'https:' ? https : http, url, { ...trust(request), agent: false, headers: request.headers }, request);
  if (url.protocol === 'http:') {
    // In plain text a proxy is asked for the whole address.
    const options = { ...trust(request), agent: false as const, path: url.href, headers: { ...request.headers, host: url.host, ...proxyCredentials(proxy) } };
    return send(proxy.protocol === 'https:' ? https : http, proxy, options, request);
  }
  const socket = await openTunnel(proxy, url, request);
  return send(https, url, { createConnection: () => socket, headers: request.headers }, request).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
};

const send = (door: typeof http | typeof https, url: URL, options: https.RequestOptions, request: GetRequest): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const sent = door.get(url, { ...options, ...abortable(request) }, resolve);
    silenced(sent, request);
    sent.on('error', reject);
  });

const silenced = (sent: http.ClientRequest, { url, idleTimeoutMs }: GetRequest): void => {
  sent.setTimeout(idleTimeoutMs, () => sent.destroy(new Silence(`${url.host} said nothing for ${idleTimeoutMs} ms`)));
};
