// Bytes on a socket that are nearly HTTP, or nothing like it. The door answers or hangs up; it meets no defect, changes
// nothing, and whoever comes next is answered.

import { once } from 'node:events';
import { connect } from 'node:net';
import { aWholeServer } from '../access/a-whole-server.ts';
import type { SimRandom } from '../simulation/sim-random.ts';
import type { Door } from './fuzzer.ts';
import { httpClient, whatIsWrong } from './http-client.ts';
import { oddString } from './oddities.ts';
import { countChanges } from './state.ts';

const oneOf = <T>(random: SimRandom, some: readonly T[]): T => some[random.below(some.length)]!;

export async function openRawHttp(): Promise<Door> {
  // Half-said things are given up soon, so that there is time for many.
  const server = await aWholeServer('limits: { headers-seconds: 1, body-seconds: 1, idle-seconds: 1, newcomers-per-second: 1000000 }');
  const client = httpClient(server.port);
  const begun = await countChanges(server.store);
  return {
    async tryCase(random) {
      const bytes = draw(random);
      const answer = await say(server.port, bytes, random.chance(0.8));
      const told = JSON.stringify(bytes.subarray(0, 1_500).toString('latin1'));
      for (const part of answer.split(/(?=HTTP\/1\.1 )/)) {
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(part)?.[1] ?? 0);
        const wrong = status === 0 ? null : whatIsWrong({ status, headers: {}, text: part });
        if (wrong !== null) return `${told}: ${wrong}`;
      }
      if (server.errors.length > 0) return `${told} left an error: ${server.errors.join(' ')}`;
      const { status } = await client.send('GET', '/healthz', [['host', 'x']], null);
      return status === 200 ? null : `after ${told} the next caller heard ${status}`;
    },
    async judgeAll() {
      const changed = (await countChanges(server.store)) - begun;
      // Nobody was ever known; the controller's own mark of time is all that was written.
      return changed <= 1 + Math.ceil(performance.now() / 60_000) ? null : `${changed} rows were changed by strangers`;
    },
    async close() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** All that comes back until the other side has closed. */
async function say(port: number, bytes: Buffer, isWhole: boolean): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let heard = '';
  socket.on('data', (piece: Buffer) => (heard += piece.toString('latin1')));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('end', () => socket.end()).on('close', () => resolve()));
  await Promise.race([once(socket, 'connect'), closed]).catch(() => undefined);
  socket.write(bytes);
  if (isWhole) socket.end();
  await closed;
  return heard;
}

function draw(random: SimRandom): Buffer {
  if (random.chance(0.1)) return Buffer.from(random.bytes(random.below(600)));
  const line = [
    oneOf(random, ['GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PRI', 'get', 'G\0T', 'X'.repeat(9_000), oddString(random)]),
    oneOf(random, ['/', '/healthz', '/v1/session', '/v1/applications', '/v1/enroll', '*', 'http://x/healthz', '//', '/%', '/v1/artifacts/..%2f..', `/${'a'.repeat(20_000)}`, oddString(random)]),
    oneOf(random, ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', '', oddString(random)]),
  ].join(oneOf(random, [' ', ' ', ' ', '\t', '  ']));
  const fields = Array.from({ length: random.below(8) }, () => oneOf(random, someFields)(random));
  if (random.chance(0.05)) for (let i = 0; i < 200; i += 1) fields.push(`x-${i}: 1`);
  const end = oneOf(random, ['\r\n', '\r\n', '\r\n', '\n', '\r', '\0']);
  const head = [line, ...fields].join(end);
  const body = oneOf(random, ['', '', '{}', '5\r\nhello\r\n0\r\n\r\n', 'fffffffff\r\n', '0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: x\r\n\r\n', '-1\r\n', '5;a="\r\n\r\n"\r\nhello\r\n0\r\n\r\n', oddString(random)]);
  const bytes = Buffer.from(`${head}${end}${random.chance(0.9) ? end : ''}${body}`, 'utf8');
  for (let flips = random.chance(0.3) ? 1 + random.below(5) : 0; flips > 0; flips -= 1) bytes[random.below(bytes.length)] = random.below(256);
  return random.chance(0.1) ? Buffer.concat([bytes, bytes, bytes]) : bytes;
}

const someFields: readonly ((random: SimRandom) => string)[] = [
  () => 'host: x',
  () => 'host: x',
  (random) => `content-length: ${oneOf(random, ['0', '2', '5', '-1', '1e3', '0x10', '99999999999999999999', '2, 2', '2 3', ''])}`,
  (random) => `transfer-encoding: ${oneOf(random, ['chunked', 'chunked, chunked', 'gzip, chunked', 'identity', 'xchunked', ' chunked', 'chunked\v'])}`,
  (random) => `connection: ${oneOf(random, ['close', 'keep-alive', 'upgrade', 'keep-alive, upgrade', 'host'])}`,
  (random) => `upgrade: ${oneOf(random, ['websocket', 'h2c', 'websocket, x', 'TLS/1.0'])}`,
  (random) => `sec-websocket-key: ${oneOf(random, ['dGhlIHNhbXBsZSBub25jZQ==', 'x', ''])}`,
  (random) => `sec-websocket-version: ${oneOf(random, ['13', '8', 'x'])}`,
  () => 'sec-websocket-extensions: permessage-deflate; client_max_window_bits',
  (random) => `expect: ${oneOf(random, ['100-continue', '200-maybe'])}`,
  (random) => `authorization: ${oneOf(random, ['Bearer ADMIN:x', 'Bearer', 'AWS4-HMAC-SHA256 Credential=ADMIN/20260101/x/s3/aws4_request, SignedHeaders=host, Signature=00', 'Basic eDp5'])}`,
  (random) => `x-amz-target: ${oneOf(random, ['CodeDeploy_20141006.ListApplications', 'x', '__proto__'])}`,
  (random) => `content-type: ${oneOf(random, ['application/json', 'application/x-amz-json-1.1', ';;', 'multipart/form-data; boundary=x'])}`,
  (random) => ` ${oddString(random)}`,
  (random) => `${oddString(random)}: ${oddString(random)}`,
  (random) => `x-a: ${'y'.repeat(random.below(20_000))}`,
];
