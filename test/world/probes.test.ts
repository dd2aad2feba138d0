import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { realProbes } from '../../world/real/probes.ts';

const never = new AbortController().signal;

describe('the real probes', () => {
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  async function portOf(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
    const server = createServer(answer);
    open.push({
      close() {
        server.closeAllConnections();
        server.close();
      },
    });
    return `http://127.0.0.1:${await portOf(server)}`;
  }

  it('give the status of an answer and follow no redirect', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(request.url === '/health' ? 503 : 302, { location: '/health' }).end('x'.repeat(100_000));
    });
    assert.deepEqual(await realProbes.http(`${url}/health`, 5_000, never), { kind: 'answered', status: 503 });
    assert.deepEqual(await realProbes.http(url, 5_000, never), { kind: 'answered', status: 302 });
    assert.deepEqual(asked, ['GET /health', 'GET /']);
  });

  it('call silent what accepts and never answers, within the time', async () => {
    const url = await serve(() => undefined);
    assert.deepEqual(await realProbes.http(url, 100, never), { kind: 'silent', why: 'there was no answer within 100 ms' });
  });

  it('call silent what breaks off', async () => {
    const url = await serve((request) => request.socket.destroy());
    assert.equal((await realProbes.http(url, 5_000, never)).kind, 'silent');
  });

  it('tell an open port from a closed one', async () => {
    const server = createTcpServer();
    const port = await portOf(server);
    assert.deepEqual(await realProbes.tcp('127.0.0.1', port, 5_000, never), { kind: 'answered', status: 0 });
    server.close();
    await once(server, 'close');
    assert.deepEqual(await realProbes.tcp('127.0.0.1', port, 5_000, never), { kind: 'silent', why: 'the connection was refused' });
    assert.deepEqual(await realProbes.http(`http://127.0.0.1:${port}/`, 5_000, never), { kind: 'silent', why: 'the connection was refused' });
  });

  it('give up when told to', async () => {
    const url = await serve(() => undefined);
    const stop = new AbortController();
    const look = realProbes.http(url, 60_000, stop.signal);
    stop.abort();
    assert.deepEqual(await look, { kind: 'silent', why: 'the look was given up' });
  });
});
