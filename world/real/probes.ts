// The probes door on real sockets. A fresh connection for each look, so that an old one kept open says nothing.

import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { connect } from 'node:net';
import type { Probes, Sighting } from '../probes.ts';

export const realProbes: Probes = {
  http: (url, timeoutMs, signal) =>
    within(timeoutMs, signal, (stop, settle) => {
      const get = url.startsWith('https:') ? getSecure : getPlain;
      const request = get(url, { agent: false, signal: stop, headers: { 'user-agent': 'fairlead-readiness', connection: 'close' } }, (response) => {
        settle({ kind: 'answered', status: response.statusCode ?? 0 });
        response.destroy();
      });
      request.on('error', (error: NodeJS.ErrnoException) => settle({ kind: 'silent', why: wordsFor(error) }));
    }),
  tcp: (host, port, timeoutMs, signal) =>
    within(timeoutMs, signal, (stop, settle) => {
      const socket = connect({ host, port, signal: stop }, () => {
        settle({ kind: 'answered', status: 0 });
        socket.destroy();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => settle({ kind: 'silent', why: wordsFor(error) }));
    }),
};

async function within(timeoutMs: number, signal: AbortSignal, look: (stop: AbortSignal, settle: (sighting: Sighting) => void) => void): Promise<Sighting> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  const stop = AbortSignal.any([signal, timeout]);
  const sighting = await new Promise<Sighting>((resolve) => {
    try {
      look(stop, resolve);
    } catch (error) {
      resolve({ kind: 'silent', why: error instanceof Error ? error.message : String(error) });
    }
  });
  return sighting.kind === 'silent' && timeout.aborted ? { kind: 'silent', why: `there was no answer within ${Math.ceil(timeoutMs)} ms` } : sighting;
}

function wordsFor(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was broken off';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name is not known';
    case 'ABORT_ERR':
      return 'the look was given up';
    default:
      return error.message === '' ? (error.code ?? 'it failed') : error.message;
  }
}
