// What the door itself refuses, on raw sockets where a client library would be too polite.

import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { get as getOverTls } from 'node:https';
import { connect, type Socket } from 'node:net';
import { startFaces } from '../../server/faces/http.ts';
import { defaultLimits } from '../../server/faces/limits.ts';
import { loopbackCertificate } from './loopback-certificate.ts';
import { bearer, type Door, openDoor, send } from './open-door.ts';

/** Everything that comes back on a socket until it is closed by the other side. */
function converse(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.on('data', (piece: Buffer) => (heard += piece.toString('latin1'))).on('end', () => resolve(heard)).on('error', reject);
  });
}

function bodyOf(answer: string): Record<string, unknown> {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;
}

describe('the front door', () => {
  let door: Door;
  let missing: string | null;
  before(async () => {
    door = await openDoor({
      limits: { headersTimeoutMs: 200, requestTimeoutMs: 200, maxBodyBytes: 1000 },
      dependencies: { whyNotReady: async () => missing },
    });
  });
  beforeEach(() => (missing = null));
  after(() => door[Symbol.asyncDispose]());

  const auth = `authorization: ${bearer.authorization}\r\nhost: x\r\n`;

  it('says that it is healthy and ready, or what is missing', async () => {
    assert.deepEqual(await (await fetch(`${door.url}/healthz`)).json(), { status: 'ok' });
    assert.deepEqual(await (await fetch(`${door.url}/readyz`)).json(), { status: 'ready' });
    missing = 'The store is being migrated.';
    const response = await fetch(`${door.url}/readyz`);
    const body = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([response.status, body['code'], body['message']], [503, 'ServiceUnavailable', missing]);
  });

  it('reads an oversized body to its end before it refuses it, so that the sender sees why', async () => {
    const response = await fetch(`${door.url}/v1/applications`, { method: 'POST', headers: { ...bearer, 'content-type': 'application/json' }, body: `"${'x'.repeat(4_000_000)}"` });
    const body = (await response.json()) as Record<string, unknown>;
    assert.deepEqual([response.status, body['code'], body['message']], [413, 'RequestEntityTooLargeException', 'The request body is larger than 1000 bytes.']);
    assert.equal(door.dispatched.length, 0);
  });

  it('takes a body of exactly the limit', async () => {
    const body = JSON.stringify({ applicationName: 'x'.repeat(1000 - '{"applicationName":""}'.length) });
    assert.equal(body.length, 1000);
    const { status } = await fetch(`${door.url}/v1/applications`, { method: 'POST', headers: { ...bearer, 'content-type': 'application/json' }, body });
    assert.equal(status, 201);
  });

  it('refuses more header fields than the limit instead of dropping some', async () => {
    // Beside these: host, authorization, and the connection field that Node's client adds.
    const fields = (count: number) => Array.from({ length: count - 3 }, (_, i) => [`x-${i}`, '1'] as const);
    const get = (count: number) => send(door.port, 'GET', '/v1/applications', [['host', 'x'], ['authorization', bearer.authorization], ...fields(count)]);
    assert.equal((await get(64)).status, 200);
    const { status, json } = await get(65);
    assert.deepEqual([status, json['code']], [431, 'RequestEntityTooLargeException']);
  });

  it('refuses header fields that are too large, in JSON', async () => {
    const answer = await converse(door.port, `GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'y'.repeat(20_000)}\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 431 /);
    assert.equal(bodyOf(answer)['code'], 'RequestEntityTooLargeException');
  });

  it('lets go of a client whose headers do not end', async () => {
    const answer = await converse(door.port, 'GET /healthz HTTP/1.1\r\nhost: x\r\n');
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(String(bodyOf(answer)['message']), /did not arrive in time/);
  });

  it('lets go of a client whose JSON body does not end', async () => {
    const answer = await converse(door.port, `POST /v1/applications HTTP/1.1\r\n${auth}content-type: application/json\r\ncontent-length: 50\r\n\r\n{"a"`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /connection: close/i);
    assert.match(String(bodyOf(answer)['message']), /did not arrive within 0\.2 s/);
  });

  it('takes in no more connections than the limit, and takes more once some have gone', async () => {
    const own = await openDoor({ limits: { maxConnections: 5 } });
    try {
      const sockets = Array.from({ length: 8 }, () => connect(own.port, '127.0.0.1'));
      const gone: Promise<unknown>[] = sockets.map((socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve).resume()));
      let closed = 0;
      await new Promise<void>((resolve) => gone.forEach((one) => void one.then(() => void ((closed += 1) === 3 && resolve()))));
      const taken = sockets.filter((socket) => !socket.destroyed);
      assert.equal(taken.length, 5);
      taken[0]!.destroy();
      // The house hears of its end in its own time.
      let answer: string | null = null;
      while (answer === null) answer = await converse(own.port, 'GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n').then((heard) => (heard === '' ? null : heard), () => null);
      assert.match(answer, /^HTTP\/1\.1 200 /);
      for (const socket of taken) socket.destroy();
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  it('lets go of a client that makes no TLS handshake', async () => {
    const own = await openDoor({ limits: { headersTimeoutMs: 200 }, tls: loopbackCertificate });
    try {
      const socket = connect(own.port, '127.0.0.1');
      await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve).resume());
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  it('answers what is not HTTP in JSON', async () => {
    const answer = await converse(door.port, 'hello\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal(bodyOf(answer)['code'], 'SerializationException');
  });

  it('refuses a request without Host in JSON', async () => {
    const { status, json } = await send(door.port, 'GET', '/healthz', []);
    assert.deepEqual([status, json['code']], [400, 'ValidationException']);
  });

  it('answers a content type that cannot be read in JSON', async () => {
    const { status, json } = await send(door.port, 'POST', '/v1/applications', [['host', 'x'], ['content-type', ';;'], ['authorization', bearer.authorization]], '{}');
    assert.deepEqual([status, json['code']], [400, 'SerializationException']);
  });

  it('ignores an offer of HTTP/2 where Node lets it (from 24.9 on), and says no in JSON where it does not', async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const { status } = await send(door.port, 'GET', '/healthz', [['host', 'x'], ['connection', 'upgrade, http2-settings'], ['upgrade', 'h2c'], ['http2-settings', 'AAMAAABkAAQAAP__']]);
    assert.equal(status, major > 24 || minor >= 9 ? 200 : 404);
  });

  it('sends head and body of an answer in one piece', async () => {
    const socket = connect(door.port, '127.0.0.1', () => socket.write(`GET /v1/applications HTTP/1.1\r\n${auth}connection: close\r\n\r\n`));
    const pieces: Buffer[] = [];
    await new Promise((resolve, reject) => socket.on('data', (piece: Buffer) => pieces.push(piece)).on('end', resolve).on('error', reject));
    assert.equal(pieces.length, 1);
    assert.match(pieces[0]!.toString(), /\r\n\r\n\{\}$/);
  });

  it('keeps a secret query out of its log', async () => {
    await fetch(`${door.url}/v1/artifacts/abc?expires=1&signature=hushhush`);
    await fetch(`${door.url}/v1/coffee?signature=hushhush`);
    assert.ok(door.logged.some(({ fields }) => fields['path'] === '/v1/artifacts/abc'));
    assert.doesNotMatch(JSON.stringify(door.logged), /hushhush/);
  });
});

describe('listening', () => {
  const opened: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
  });
  const start = async (host: string, allowInsecurePlaintext: boolean, port = 0) => {
    const faces = await startFaces({ host, port, allowInsecurePlaintext, limits: defaultLimits }, await dependencies());
    opened.push(faces);
    return faces;
  };
  const dependencies = async () => {
    const door = await openDoor();
    opened.push(door);
    return door.dependencies;
  };

  it('is refused in plaintext on an address that others can reach, naming the flag', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.evil.example', '']) {
      await assert.rejects(start(host, false), /--insecure-plaintext/, host);
    }
  });

  it('is allowed there once the operator says so', async () => {
    const { port } = await start('0.0.0.0', true);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  });

  it('is allowed on loopback by number and by name, and says its URL', async () => {
    assert.match((await start('127.0.0.2', false)).url, /^http:\/\/127\.0\.0\.2:\d+$/);
    assert.match((await start('localhost', false)).url, /^http:\/\/localhost:\d+$/);
  });

  it('with TLS is allowed anywhere, and tells browsers and clients to stay with it', async () => {
    const faces = await startFaces({ host: '0.0.0.0', port: 0, allowInsecurePlaintext: false, tls: loopbackCertificate, limits: defaultLimits }, await dependencies());
    opened.push(faces);
    assert.equal(faces.url, `https://0.0.0.0:${faces.port}`);
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      getOverTls({ host: '127.0.0.1', port: faces.port, path: '/healthz', ca: loopbackCertificate.cert, agent: false }, (response) => resolve(response.resume().headers)).on('error', reject);
    });
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
  });

  it('says when the port is taken', async () => {
    const { port } = await start('127.0.0.1', false);
    await assert.rejects(start('127.0.0.1', false, port), new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*--listen`));
  });

  it('ends at once when nothing is in flight, kept-alive connections included', async () => {
    const faces = await start('127.0.0.1', false);
    await (await fetch(`${faces.url}/healthz`)).text();
    const began = performance.now();
    await faces[Symbol.asyncDispose]();
    assert.ok(performance.now() - began < 1000);
    await assert.rejects(fetch(`${faces.url}/healthz`));
  });
});
