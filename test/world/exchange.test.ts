import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { SocketAddress } from '../../world/network.ts';
import { exchange } from '../../world/real/exchange.ts';

describe('a question over a socket', () => {
  let folder: string;
  const servers: Server[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-exchange-'));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await rm(folder, { recursive: true });
  });

  async function listening(hear: (socket: Socket) => void, isUnix = true): Promise<SocketAddress> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      hear(socket);
    });
    servers.push(server);
    if (isUnix) server.listen(join(folder, 'socket'));
    else server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return isUnix ? { path: join(folder, 'socket') } : { host: '127.0.0.1', port: (server.address() as { port: number }).port };
  }
  const options = { timeoutMs: 5_000, mostBytes: 100 };
  const says = (sentence: RegExp) => (error: Error) => sentence.test(error.message) || assert.fail(error.message);

  for (const isUnix of [true, false]) {
    it(`is answered by all that is said until the other side ends, over ${isUnix ? 'a unix socket' : 'TCP'}`, async () => {
      const address = await listening((socket) => {
        socket.once('data', (heard) => {
          socket.write(`heard ${heard.toString()}`);
          setImmediate(() => socket.end(' und mehr: ü'));
        });
      }, isUnix);
      assert.equal(await exchange(address, 'show info\n', options), 'heard show info\n und mehr: ü');
    });
  }

  it('may have an answer of nothing', async () => {
    assert.equal(await exchange(await listening((socket) => socket.once('data', () => socket.end())), 'set\n', options), '');
  });

  it('says what to check where nobody listens', async () => {
    await assert.rejects(exchange({ path: join(folder, 'none') }, 'x', options), says(/none is not there/));
    const address = await listening(() => undefined, false);
    servers.splice(0).forEach((server) => server.close());
    await assert.rejects(exchange(address, 'x', options), says(/^127\.0\.0\.1:\d+ refuses connections/));
    await assert.rejects(exchange({ host: 'no-such-host.invalid', port: 1 }, 'x', options), says(/not known by that name/));
  });

  it('is not waited for longer than was said', async () => {
    const address = await listening(() => undefined);
    await assert.rejects(exchange(address, 'x', { ...options, timeoutMs: 20 }), says(/did not answer within 0\.02 s/));
    const leaving = new AbortController();
    const asked = exchange(address, 'x', { ...options, signal: leaving.signal });
    leaving.abort();
    await assert.rejects(asked, says(/not waited for/));
    await assert.rejects(exchange(address, 'x', { ...options, signal: leaving.signal }), says(/not waited for/));
  });

  it('has no endless answer', async () => {
    const address = await listening((socket) => socket.end('x'.repeat(101)));
    await assert.rejects(exchange(address, 'x', options), says(/answered with more than 100 bytes/));
  });

  it('that is broken off in the middle of its answer is not answered', async () => {
    const address = await listening((socket) => {
      socket.write('half');
      socket.once('data', () => socket.resetAndDestroy());
    }, false);
    await assert.rejects(exchange(address, 'x', options), says(/broke/));
  });
});
