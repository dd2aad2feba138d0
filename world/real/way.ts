// What may lie between this host and another: nothing, or a proxy that has to open a way first. Who knows of proxies hands
// this in; the doors here only dial.

import type { Socket } from 'node:net';
import type { Trust } from '../network.ts';

export interface Way {
  /** Ready to be spoken to: for https and wss its TLS is done. */
  readonly socket: Socket;
  /** For messages, such as "the proxy proxy.example.com:3128". */
  readonly name: string;
}

export interface WayOptions {
  /** Absent: the system's. */
  readonly ca?: Trust;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Opens the way to a URL's host; null where it is reached straight. Rejects with an Error that says what to check. */
export type OpenWay = (url: URL, options: WayOptions) => Promise<Way | null>;

/** The same within `timeoutMs` in all. What is aborted later has no effect on a way that is open. */
export async function openInTime(openWay: OpenWay | undefined, url: URL, { timeoutMs, signal, ...options }: WayOptions): Promise<Way | null> {
  if (openWay === undefined) return null;
  const over = new AbortController();
  const abort = (): void => over.abort(signal!.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const timer = setTimeout(() => over.abort(new Error(`no way was opened within ${timeoutMs / 1_000} s`)), timeoutMs);
  try {
    return await openWay(url, { ...options, timeoutMs, signal: over.signal });
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
