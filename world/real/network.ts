// The network door on WebSockets (ws). Both ends are wrapped by the same `connectionOf`, with the same limits: a hostile
// controller is as unwelcome as a hostile agent. ws may deliver frames before the new owner has set its listeners, so
// those are kept until it has.

import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Connection, ConnectOptions, Network } from '../network.ts';
import { exchange } from './exchange.ts';
import { authorities } from './trust.ts';
import { openInTime } from './way.ts';
import type { OpenWay, Way } from './way.ts';

/**
 * Limits of either end: 1 MiB a frame, and no compression, which would let a small frame grow. Who does not answer a close
 * is not waited for long: an agent that is told to stop has to, also while its controller hangs.
 */
export const socketLimits = { maxPayload: 1024 * 1024, perMessageDeflate: false, closeTimeout: 2_000 } as const;

/** The network as this host reaches it: straight, where nothing is said of a way. */
export function realNetwork(openWay?: OpenWay): Network {
  return { connect: (url, options) => connect(url, options, openWay), exchange };
}

/**
 * Dials `url` (ws, wss, http or https; redirects are not followed) and resolves with the open connection. Rejects with
 * an Error that says what to check, or with the signal's reason.
 */
export async function connect(url: string, options: ConnectOptions, openWay?: OpenWay): Promise<Connection> {
  const address = url.replace(/^http/, 'ws');
  const parsed = URL.parse(address);
  const way = parsed === null ? null : await openInTime(openWay, parsed, options).catch((error: NodeJS.ErrnoException) => {
    throw options.signal?.aborted === true ? error : new Error(`Cannot reach the controller at ${url}: ${whatToCheck(error, options.timeoutMs)}`, { cause: error });
  });
  return dial(url, address, options, way);
}

function dial(url: string, address: string, { timeoutMs, ca, signal }: ConnectOptions, way: Way | null): Promise<Connection> {
  const through = way === null ? '' : ` through ${way.name}`;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    let ws: WebSocket;
    try {
      ws = new WebSocket(address, {
        ...socketLimits,
        handshakeTimeout: timeoutMs,
        ...(ca === undefined ? {} : { ca: authorities(ca) }),
        ...(way === null ? {} : { createConnection: () => way.socket }),
      });
    } catch (error) {
      return reject(new Error(`Cannot dial ${url}: ${(error as Error).message}. Give the controller's URL, as https://HOST:PORT.`));
    }
    const abort = (): void => {
      reject(signal!.reason as Error);
      ws.terminate();
    };
    const settle = (): void => signal?.removeEventListener('abort', abort);
    signal?.addEventListener('abort', abort, { once: true });
    ws.once('open', () => {
      settle();
      resolve(connectionOf(ws, hostOf(address) + through));
    });
    ws.once('unexpected-response', (_request, response: IncomingMessage) => {
      settle();
      reject(new Error(`Cannot reach the controller: ${url}${through} answered HTTP ${response.statusCode} and no WebSocket${whatItMeans(response)}`));
      ws.terminate();
    });
    // Stays for good: a WebSocket without an error listener would end the process; the close event follows anyway.
    ws.on('error', (error: NodeJS.ErrnoException) => {
      settle();
      reject(new Error(`Cannot reach the controller at ${url}${through}: ${whatToCheck(error, timeoutMs)}`, { cause: error }));
    });
  });
}

/** A WebSocket as a Connection. `remote` names the other end for the log. */
export function connectionOf(ws: WebSocket, remote: string): Connection {
  let hearFrame: ((frame: string) => void) | null = null;
  let hearClose: ((code: number, reason: string) => void) | null = null;
  let early: string[] = [];
  let closed: { readonly code: number; readonly reason: string } | null = null;

  ws.on('error', () => {
    // The close event that follows is what the owner hears.
  });
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) return ws.close(1003, 'text frames only');
    const frame = data.toString('utf8');
    if (hearFrame === null) early.push(frame);
    else hearFrame(frame);
  });
  ws.on('close', (code: number, reason: Buffer) => {
    closed = { code, reason: reason.toString('utf8') };
    hearClose?.(closed.code, closed.reason);
  });

  return {
    remote,
    send(frame) {
      if (ws.readyState === WebSocket.OPEN) ws.send(frame);
    },
    get bufferedBytes() {
      return ws.bufferedAmount;
    },
    close(code, reason) {
      if (ws.readyState === WebSocket.OPEN) ws.close(code, fitting(reason));
    },
    // Neither knows a socket that is not open.
    pause() {
      ws.pause();
    },
    resume() {
      ws.resume();
    },
    onFrame(listener) {
      hearFrame = listener;
      const waiting = early;
      early = [];
      for (const frame of waiting) listener(frame);
    },
    onClose(listener) {
      hearClose = listener;
      if (closed !== null) listener(closed.code, closed.reason);
    },
  };
}

/** A close frame holds 123 bytes of reason. */
function fitting(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** Of an answer that is no WebSocket, which as a rule somebody in between gave. */
function whatItMeans({ statusCode = 0, headers }: IncomingMessage): string {
  const { location } = headers;
  if (statusCode === 407) return "; that is a proxy's answer. Name it in proxy_uri, with its user and password.";
  if (statusCode >= 300 && statusCode < 400 && location !== undefined) return `, and sends the agent on to ${URL.parse(location)?.origin ?? 'another address'}, which is not followed. Check the URL, and whether this network wants a login first.`;
  if (/^text\/html\b/i.test(headers['content-type'] ?? '')) return ', but a page (text/html). Check the URL, and whether this network wants a login first.';
  return ". Check that the URL is the controller's and that no proxy in between drops WebSockets.";
}

function whatToCheck(error: NodeJS.ErrnoException, timeoutMs: number): string {
  if (error.message === 'Opening handshake has timed out') return `no answer within ${timeoutMs / 1000} s. Check the address and any firewall in between.`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'the connection was refused. Check that fairlead server is running there and that the port is right.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known. Check the URL and the DNS of this host.';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `the host cannot be reached (${error.code}). Check the address and any firewall in between.`;
    case 'ECONNRESET':
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `the other side broke the handshake (${error.message}). Check whether the URL should start with http or https.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `its certificate is not signed by an authority known here (${error.code}). Give the authority's PEM.`;
    case 'CERT_HAS_EXPIRED':
      return 'its certificate has expired. Renew it on the controller.';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'its certificate is for another name. Use the name in the certificate.';
    default:
      return `${error.message.replace(/\.$/, '')}.`;
  }
}
