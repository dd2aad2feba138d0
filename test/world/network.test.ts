// Both ends of a session's connection on real sockets: the real front door and the real client.

import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createPlainServer } from 'node:http';
import { connect as dial, createServer as createTcpServer } from 'node:net';
import { WebSocket } from 'ws';
import { connect, connectionOf } from '../../world/real/network.ts';
import type { Connection } from '../../world/network.ts';
import { loopbackCertificate } from '../faces/loopback-certificate.ts';
import { type Door, openDoor, send } from '../faces/open-door.ts';

interface Closed {
  readonly code: number;
  readonly reason: string;
}

function closeOf(connection: Connection): Promise<Closed> {
  return new Promise((resolve) => connection.onClose((code, reason) => resolve({ code, reason })));
}

function frameOf(connection: Connection): Promise<string> {
  return new Promise((resolve) => connection.onFrame(resolve));
}

describe('a connection', () => {
  let door: Door;
  const cleanups: (() => unknown)[] = [];
  beforeEach(async () => {
    door = await openDoor();
  });
  afterEach(async () => {
    for (const cleanUp of cleanups.splice(0)) await cleanUp();
    await door[Symbol.asyncDispose]();
  });
  const pair = async (): Promise<{ readonly agent: Connection; readonly server: Connection }> => {
    const agent = await connect(`${door.url}/v1/session`, { timeoutMs: 2000 });
    return { agent, server: door.sessions.at(-1)! };
  };

  it('carries frames both ways, in order, whatever is in them', async () => {
    const { agent, server } = await pair();
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => server.onFrame((frame) => void (heard.push(frame) === 3 && resolve())));
    const frames = ['{"a":1}', '', 'ünïcödé 🚢'.repeat(10_000)];
    for (const frame of frames) agent.send(frame);
    await all;
    assert.deepEqual(heard, frames);
    const answer = frameOf(agent);
    server.send('back');
    assert.equal(await answer, 'back');
    assert.deepEqual([server.remote, agent.remote], ['127.0.0.1', `127.0.0.1:${door.port}`]);
  });

  it('keeps frames, and its end, that came before anyone listened', async () => {
    const ws = new WebSocket(`ws://127.0.0.1:${door.port}/v1/session`);
    const agent = connectionOf(ws, 'server');
    await once(ws, 'open');
    const server = door.sessions[0]!;
    server.send('one');
    server.send('two');
    server.close(4409, 'done');
    await once(ws, 'close');
    const heard: string[] = [];
    agent.onFrame((frame) => heard.push(frame));
    assert.deepEqual(await closeOf(agent), { code: 4409, reason: 'done' });
    assert.deepEqual(heard, ['one', 'two']);
  });

  it('tells the other end why it was closed, and closing twice is closing once', async () => {
    const { agent, server } = await pair();
    const closed = closeOf(agent);
    server.close(4401, 'x'.repeat(500));
    server.close(4403, 'again');
    const { code, reason } = await closed;
    assert.deepEqual([code, reason], [4401, 'x'.repeat(123)]);
  });

  it('drops what is sent after the end', async () => {
    const { agent, server } = await pair();
    const closed = closeOf(server);
    agent.close(1000, '');
    await closed;
    server.send('late');
    agent.send('late');
    assert.equal(server.bufferedBytes, 0);
  });

  it('is closed with 1009 by a frame above 1 MiB, at either end', async () => {
    const first = await pair();
    const server = closeOf(first.server);
    const agent = closeOf(first.agent);
    first.agent.send('x'.repeat(1024 * 1024 + 1));
    assert.deepEqual([(await server).code, (await agent).code], [1006, 1009]);
    const second = await pair();
    const refusing = closeOf(second.server);
    second.server.send('x'.repeat(1024 * 1024 + 1));
    assert.equal((await refusing).code, 1009);
  });

  it('takes a frame of exactly 1 MiB', async () => {
    const { agent, server } = await pair();
    const frame = frameOf(server);
    agent.send('x'.repeat(1024 * 1024));
    assert.equal((await frame).length, 1024 * 1024);
  });

  it('takes no binary frames and agrees to no compression', async () => {
    const ws = new WebSocket(`ws://127.0.0.1:${door.port}/v1/session`);
    await once(ws, 'open');
    assert.equal(ws.extensions, '');
    ws.send(Buffer.from('x'));
    const [code] = (await once(ws, 'close')) as [number];
    assert.equal(code, 1003);
  });

  it('goes over TLS to a controller whose authority was given, and to no other', async () => {
    const secure = await openDoor({ tls: loopbackCertificate });
    cleanups.push(() => secure[Symbol.asyncDispose]());
    await assert.rejects(connect(`${secure.url}/v1/session`, { timeoutMs: 2000 }), /not signed by an authority known here.*Give the authority's PEM/);
    const agent = await connect(`${secure.url}/v1/session`, { timeoutMs: 2000, ca: loopbackCertificate.cert });
    const frame = frameOf(agent);
    secure.sessions[0]!.send('over TLS');
    assert.equal(await frame, 'over TLS');
  });

  it('hears a break as 1006', async () => {
    const ws = new WebSocket(`ws://127.0.0.1:${door.port}/v1/session`);
    await once(ws, 'open');
    const closed = closeOf(door.sessions[0]!);
    ws.terminate();
    assert.equal((await closed).code, 1006);
  });

  it('ends with 1001 when the server closes, also one that never answers', async () => {
    const { agent } = await pair();
    const deaf = new WebSocket(`ws://127.0.0.1:${door.port}/v1/session`);
    await once(deaf, 'open');
    deaf.pause();
    const closed = closeOf(agent);
    await door[Symbol.asyncDispose]();
    assert.equal((await closed).code, 1001);
    deaf.terminate();
  });

  it('is refused once the server is closing, on a connection made before', async () => {
    const { agent } = await pair();
    const closed = closeOf(agent);
    const socket = dial(door.port, '127.0.0.1');
    // Half a request keeps the connection from counting as idle.
    socket.write('GET /v1/session HTTP/1.1\r\nhost: x\r\n');
    await once(socket, 'ready');
    await send(door.port, 'GET', '/healthz', [['host', 'x']]);
    const closing = door[Symbol.asyncDispose]();
    await closed;
    socket.write('connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 503 [\s\S]*going down/);
    await closing;
    assert.equal(door.sessions.length, 1);
  });

  describe('cannot be had', () => {
    const refused = async (url: string, sentence: RegExp, timeoutMs = 2000): Promise<void> => {
      await assert.rejects(connect(url, { timeoutMs }), (error: Error) => {
        assert.match(error.message, sentence);
        return true;
      });
    };

    it('where nothing listens', async () => {
      const server = createTcpServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      server.close();
      await once(server, 'close');
      await refused(`http://127.0.0.1:${port}/v1/session`, /connection was refused.*fairlead server is running/);
    });

    it('from a host that has no name', () => refused('http://no-such-host.invalid/v1/session', /host name is not known/));

    it('from something that is no URL', () => refused('::nonsense::', /Cannot dial ::nonsense::.*https:\/\/HOST:PORT/));

    it('from an HTTP server that is not ours', async () => {
      const server = createPlainServer((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()).listen(0, '127.0.0.1');
      cleanups.push(() => server.close());
      await once(server, 'listening');
      await refused(`http://127.0.0.1:${(server.address() as { port: number }).port}/v1/session`, /answered HTTP 302 and no WebSocket/);
    });

    it('from one that never answers', async () => {
      const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
      cleanups.push(() => server.close());
      await once(server, 'listening');
      await refused(`http://127.0.0.1:${(server.address() as { port: number }).port}/v1/session`, /no answer within 0\.1 s/, 100);
    });

    it('from a plaintext server over TLS', () => refused(`https://127.0.0.1:${door.port}/v1/session`, /http or https/));

    it('at another path of ours, which says so in JSON', async () => {
      await refused(`${door.url}/v1/elsewhere`, /answered HTTP 404/);
      const upgrade: [string, string][] = [['host', 'x'], ['connection', 'upgrade'], ['upgrade', 'websocket'], ['sec-websocket-version', '13'], ['sec-websocket-key', 'AAAAAAAAAAAAAAAAAAAAAA==']];
      const { status, json } = await send(door.port, 'GET', '/v1/elsewhere', upgrade);
      assert.deepEqual([status, json['code']], [404, 'NotFoundException']);
      const withoutKey = await send(door.port, 'GET', '/v1/session', upgrade.filter(([name]) => name !== 'sec-websocket-key'));
      assert.deepEqual([withoutKey.status, withoutKey.json['code']], [400, 'ValidationException']);
      const plain = await send(door.port, 'GET', '/v1/session', [['host', 'x']]);
      assert.deepEqual([plain.status, plain.json['code']], [400, 'ValidationException']);
      assert.equal(door.sessions.length, 0);
    });

    it('once the caller has given up', async () => {
      const server = createTcpServer(() => undefined).listen(0, '127.0.0.1');
      cleanups.push(() => server.close());
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/v1/session`;
      const controller = new AbortController();
      const dialling = connect(url, { timeoutMs: 5000, signal: controller.signal });
      controller.abort(new Error('enough'));
      await assert.rejects(dialling, /enough/);
      await assert.rejects(connect(url, { timeoutMs: 5000, signal: controller.signal }), /enough/);
    });
  });
});
