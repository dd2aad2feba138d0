// A local socket that answers every connection with one JSON value and closes it: how a program on this host is asked how
// it is. Only the user it runs as, and root, can connect.

import { chmod, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';

/** Longer paths are cut by the kernel without a word. */
const longestPath = 107;
const mostAnswerBytes = 4 * 1024 * 1024;

/** Answers at `path` until disposed. Whoever calls holds the folder: a socket of a program that died is replaced. */
export async function serveStatus(path: string, answer: () => unknown): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > longestPath) throw new Error(`The path ${path} is too long for a socket, which may have ${longestPath} bytes.`);
  await rm(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`${JSON.stringify(answer())}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
  server.unref();
  return {
    async [Symbol.asyncDispose]() {
      // Closing takes the file with it.
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export type StatusAnswer =
  | { readonly kind: 'answered'; readonly value: unknown }
  /** There is no socket. */
  | { readonly kind: 'absent' }
  /** There is one, and nobody behind it. */
  | { readonly kind: 'dead' }
  /** Whether somebody is there cannot be known. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Asks the program that serves `path`. Never rejects. */
export async function askStatus(path: string, timeoutMs: number): Promise<StatusAnswer> {
  try {
    return { kind: 'answered', value: JSON.parse(await readAll(path, timeoutMs)) as unknown };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    if (code === 'ECONNREFUSED') return { kind: 'dead' };
    return { kind: 'unknown', why: code === 'EACCES' || code === 'EPERM' ? 'this user may not ask it' : message };
  }
}

function readAll(path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const socket = connect({ path });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`it did not answer within ${timeoutMs / 1_000} seconds`)));
    socket.on('data', (piece) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > mostAnswerBytes) socket.destroy(new Error('its answer is too long'));
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(Buffer.concat(pieces).toString('utf8')));
  });
}
