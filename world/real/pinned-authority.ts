// The first meeting with a controller whose authority is known by its fingerprint alone. Nothing is sent over this
// connection but the handshake; what the controller shows is believed only where it leads to that authority.

import { createHash, X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { openInTime } from './way.ts';
import type { OpenWay } from './way.ts';

export interface MeetingOptions {
  readonly timeoutMs: number;
  /** Absent: the controller is reached straight. Opened without TLS to the controller itself. */
  readonly openWay?: OpenWay;
}

export type Meeting =
  | { readonly kind: 'met'; /** PEM of the authority. */ readonly authority: string }
  /** Somebody else is there, or somebody is between. */
  | { readonly kind: 'strange'; readonly why: string };

/** `pin`: base64url of the SHA-256 of the authority's public key. Rejects when nobody can be reached. */
export async function meet(controllerUrl: string, pin: string, { timeoutMs, openWay }: MeetingOptions, signal: AbortSignal): Promise<Meeting> {
  const url = new URL(controllerUrl);
  if (url.protocol !== 'https:') return { kind: 'strange', why: `the join token names the authority of a certificate, and ${url.origin} is reached without TLS; write https:// instead` };
  const way = await openInTime(openWay, new URL(`http://${url.hostname}:${url.port === '' ? 443 : url.port}`), { timeoutMs, signal });
  const socket = connect({
    ...(way === null ? { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(url.port === '' ? 443 : url.port) } : { socket: way.socket }),
    ...(/^[\d.]+$|:/.test(url.hostname) ? {} : { servername: url.hostname }),
    // Judged below, by the pin.
    rejectUnauthorized: false,
  });
  try {
    const chain = await shown(socket, timeoutMs, signal);
    return judge(chain, pin, url);
  } finally {
    socket.destroy();
  }
}

function shown(socket: TLSSocket, timeoutMs: number, signal: AbortSignal): Promise<readonly X509Certificate[]> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', abort);
      act();
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    socket.setTimeout(timeoutMs, () => settle(() => reject(new Error(`no answer within ${timeoutMs / 1_000} seconds`))));
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('secureConnect', () => settle(() => resolve(chainOf(socket.getPeerCertificate(true)))));
  });
}

/** The leaf first; a certificate that signs itself names itself as its issuer. */
function chainOf(leaf: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let one: DetailedPeerCertificate | undefined = leaf; one?.raw !== undefined && chain.length < 10; one = one.issuerCertificate) {
    const certificate = new X509Certificate(one.raw);
    if (chain.at(-1)?.fingerprint256 === certificate.fingerprint256) break;
    chain.push(certificate);
  }
  return chain;
}

function judge(chain: readonly X509Certificate[], pin: string, url: URL): Meeting {
  const at = chain.findIndex((certificate) => createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64url') === pin);
  if (at < 0) return { kind: 'strange', why: `what answers at ${url.origin} does not show a certificate of the authority that the join token names: it is another controller, its authority was made anew, or somebody is between. Check the URL, and make a new token on the controller` };
  const isLed = chain.slice(0, at).every((certificate, i) => certificate.checkIssued(chain[i + 1]!) && certificate.verify(chain[i + 1]!.publicKey));
  if (!isLed || !chain[at]!.ca) return { kind: 'strange', why: `what answers at ${url.origin} shows the authority that the join token names, and a certificate that is not signed by it: somebody is between` };
  return { kind: 'met', authority: chain[at]!.toString() };
}
