#!/usr/bin/env node
// steady-web: a service to be replaced while it is busy. Nine requests of ten take 8 ms, nearly all others 100 ms, one of a
// hundred 2 s, so that there is always something under way that a careless replacement would cut off.
//
// It listens at STEADY_ADDRESS and STEADY_PORT, or at the socket that systemd has opened for it (LISTEN_FDS), which it may share
// with another version of itself; then STEADY_READY is the path of a socket where it alone answers for its readiness.
//
//   warming up, for STEADY_WARM_MS ──▶ warm ── SIGTERM ──▶ leaving: what is under way is finished, nothing new begun
//
// At a socket of its own it listens from the start; at one that it shares only when it is warm.
// GET /healthz is readiness: 200 while it is warm. GET /livez is liveness: 200 as long as there is a process. /socket is a
// WebSocket that says the version again and again, /who says which process this is. Everything else is work: it reads the
// request's body and answers who it is; before it is warm, with 503. STEADY_COUNTS is a folder: `begun` and `ended` there
// grow by a byte for each piece of work, so that the counts outlive SIGKILL.

import { createHash } from 'node:crypto';
import { openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { STEADY_NAME: name = 'steady-web', STEADY_PORT = '8080', STEADY_ADDRESS: address = '127.0.0.1', STEADY_WARM_MS = '0', STEADY_COUNTS } = process.env;
const { LISTEN_FDS, STEADY_READY } = process.env;
const version = readFileSync(new URL('version', import.meta.url), 'utf8').trim();
const count = (file) => {
  if (STEADY_COUNTS === undefined) return () => {};
  const descriptor = openSync(`${STEADY_COUNTS}/${file}`, 'a');
  return () => writeSync(descriptor, '.');
};
const begun = count('begun');
const ended = count('ended');

let isWarm = false;
let isLeaving = false;
let requests = 0;
const conversations = new Set();

/** The slow ones are spread out, the same way each time. */
function latencyMs() {
  const rank = (requests++ * 37) % 100;
  return rank === 50 ? 2_000 : rank % 11 === 1 ? 100 : 8;
}

/** Whether the request was about the process, and is answered. */
function answersForItself(request, answer) {
  if (request.url === '/livez') answer.end('alive\n');
  else if (request.url === '/healthz') answer.writeHead(isWarm && !isLeaving ? 200 : 503).end(isWarm ? 'ready\n' : 'warming up\n');
  else if (request.url === '/who') answer.end(JSON.stringify({ name, version, pid: process.pid }));
  else return false;
  return true;
}

const server = createServer(async (request, answer) => {
  if (answersForItself(request, answer)) return;
  begun();
  let bytes = 0;
  try {
    for await (const chunk of request) bytes += chunk.length;
  } catch {
    return;
  }
  // Ends are counted before the answer leaves: whoever has it may kill us at once.
  if (!isWarm) {
    ended();
    answer.writeHead(503).end('warming up\n');
    return;
  }
  await sleep(latencyMs());
  ended();
  // To be decided as late as this: it may have begun to leave meanwhile.
  if (isLeaving) answer.setHeader('connection', 'close');
  answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name, version, bytes, pid: process.pid }));
});

server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const text = Buffer.from(version);
  const saying = setInterval(() => socket.write(Buffer.concat([Buffer.from([0x81, text.length]), text])), 100);
  // Whatever the client says, a frame of its own, it ends the conversation.
  socket.on('data', () => socket.end());
  socket.on('error', () => socket.destroy());
  conversations.add(socket);
  socket.on('close', () => {
    clearInterval(saying);
    conversations.delete(socket);
  });
});

// Longer than balancers keep their connections: a connection that both sides end at once costs a request.
server.keepAliveTimeout = 75_000;
process.once('SIGTERM', () => {
  isLeaving = true;
  // Not the HTTP server's own close: that one ends connections which were accepted but whose request is not yet read.
  Server.prototype.close.call(server, () => process.exit(0));
  // "Going away", says a WebSocket with 1001.
  for (const socket of conversations) socket.end(Buffer.from([0x88, 2, 0x03, 0xe9]));
  setInterval(() => server.closeIdleConnections(), 2_000);
});

const alone = createServer((request, answer) => answersForItself(request, answer) || answer.writeHead(404).end());
if (STEADY_READY !== undefined) {
  rmSync(STEADY_READY, { force: true });
  alone.listen(STEADY_READY).unref();
}
const warmUp = () => sleep(Number(STEADY_WARM_MS));
if (LISTEN_FDS === undefined) {
  server.listen(Number(STEADY_PORT), address, async () => {
    console.log(`steady-web ${version} listens at http://${address}:${STEADY_PORT}`);
    await warmUp();
    isWarm = true;
  });
} else {
  await warmUp();
  // The first that systemd hands over is always number 3. Connections come at once, since there are others at this socket.
  server.listen({ fd: 3 }, () => (isWarm = true));
}
