// The door for agents: HTTP upgrades at /v1/session become Connections. No access key here; an agent proves itself
// inside the session. Everything else that asks for an upgrade is answered in JSON and closed.

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Failure } from '../../protocol/errors.ts';
import { closeCodes } from '../../protocol/session/close-codes.ts';
import { uuid } from '../../protocol/model/names.ts';
import { connectionOf, socketLimits } from '../../world/real/network.ts';
import { failureAnswer } from './failures.ts';
import type { Front } from './front.ts';
import { splitTarget } from './received-request.ts';

export const sessionPath = '/v1/session';
/** How long agents get to say goodbye when the server closes. */
const goodbyeMs = 1_000;

export interface SessionSocket {
  /** Closes every session as going away; resolves when they are gone, or were cut off after a second. */
  close(): Promise<void>;
}

export function acceptSessions(server: Server, { limits, dependencies, newcomers }: Front): SessionSocket {
  const { clock, random } = dependencies.world;
  const sockets = new WebSocketServer({ noServer: true, ...socketLimits, maxPayload: limits.maxFrameBytes });
  const ids = random.fork('refused-upgrades');
  let isClosing = false;
  const refuse = (socket: Duplex, failure: Failure): void => writeRefusal(socket, failure, uuid(ids.bytes(16)));

  sockets.on('wsClientError', (error, socket) => refuse(socket, new Failure('ValidationException', `${error.message}.`)));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (splitTarget(request.url ?? '').path !== sessionPath) {
      return refuse(socket, new Failure('NotFoundException', `Sessions are opened at ${sessionPath}.`));
    }
    // Else a handshake on a connection made before would outlive the server.
    if (isClosing) return refuse(socket, new Failure('ServiceUnavailable', 'The controller is going down.'));
    sockets.handleUpgrade(request, socket, head, (ws) => {
      dependencies.acceptSession(connectionOf(ws, request.socket.remoteAddress ?? 'unknown'), () => newcomers.proved(request.socket));
    });
  });

  return {
    async close() {
      isClosing = true;
      const open = [...sockets.clients];
      if (open.length === 0) return;
      const gone = Promise.all(open.map((ws) => new Promise<void>((resolve) => ws.once('close', () => resolve()))));
      for (const ws of open) ws.close(closeCodes.goingAway.code, 'the controller is going down');
      const timer = clock.after(goodbyeMs, () => open.forEach((ws) => ws.terminate()));
      await gone;
      timer.cancel();
    },
  };
}

/** An answer on a socket that no longer belongs to an HTTP response. */
export function writeRefusal(socket: Duplex, failure: Failure, requestId: string, status?: number): void {
  if (!socket.writable) return void socket.destroy();
  const answer = failureAnswer(failure, 'rest', requestId);
  const lines = Object.entries({ ...answer.headers, 'content-length': String(Buffer.byteLength(answer.body)), connection: 'close' });
  const head = [`HTTP/1.1 ${status ?? answer.status} Refused`, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
  socket.end(`${head}\r\n\r\n${answer.body}`);
}
