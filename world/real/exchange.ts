// One question over a real stream socket, and its whole answer.

import { connect } from 'node:net';
import type { ExchangeOptions, SocketAddress } from '../network.ts';

export function exchange(address: SocketAddress, text: string, { timeoutMs, mostBytes, signal }: ExchangeOptions): Promise<string> {
  const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const socket = connect(address);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.destroy();
      settle();
    };
    const fail = (why: string): void => end(() => reject(new Error(`${where} ${why}`)));
    const abort = (): void => fail('was not waited for any longer.');
    const timer = setTimeout(() => fail(`did not answer within ${timeoutMs / 1000} s.`), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) return abort();
    // Not half-closed after the text: some programs take that for a caller who has left.
    socket.once('connect', () => socket.write(text));
    socket.on('data', (piece) => {
      size += piece.length;
      pieces.push(piece);
      if (size > mostBytes) fail(`answered with more than ${mostBytes} bytes.`);
    });
    socket.once('end', () => end(() => resolve(Buffer.concat(pieces).toString('utf8'))));
    socket.on('error', (error: NodeJS.ErrnoException) => fail(whatToCheck(error)));
    socket.once('close', () => fail('broke off its answer.'));
  });
}

function whatToCheck(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'is not there: the program that should listen at this socket does not run, or listens elsewhere.';
    case 'ECONNREFUSED':
      return 'refuses connections: the program that should listen there does not run.';
    case 'EACCES':
      return 'may not be connected to by this user: check the mode and the owner of the socket.';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'is not known by that name: check the address and the DNS of this host.';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'broke the connection off.';
    default:
      return `cannot be reached (${error.code ?? error.message}).`;
  }
}
