// The buckets' door byte by byte: what is proven before a body is read, what of it must be signed, and who waits for whom.

import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import type { RawAnswer } from '../open-door.ts';
import { send } from '../open-door.ts';
import { basicTime, hash, sign } from '../sign.ts';
import { aBucketDoor, type BucketDoor, type BucketDoorSettings, bundleOf } from './a-bucket-door.ts';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly body?: Uint8Array;
  readonly payload?: string;
  readonly more?: readonly (readonly [string, string])[];
  readonly unsigned?: readonly (readonly [string, string])[];
  readonly at?: number;
  readonly service?: string;
}

describe('the door to the buckets', () => {
  let b: BucketDoor;
  afterEach(() => b[Symbol.asyncDispose]());
  const open = async (settings: BucketDoorSettings = {}): Promise<void> => void (b = await aBucketDoor(settings));
  const bundle = bundleOf(3000);

  function headersOf({ method = 'PUT', path = '/my-bucket/k', query = '', body = bundle, payload = hash(body), more = [], unsigned = [], at = Date.now(), service = 's3' }: Sent): [string, string][] {
    const timestamp = basicTime(at);
    const headers: [string, string][] = [['host', `127.0.0.1:${b.door.port}`], ['x-amz-date', timestamp], ['x-amz-content-sha256', payload], ...more.map(([name, value]): [string, string] => [name, value])];
    const { authorization } = sign({ method, path, query, headers, payloadHash: payload, timestamp, service });
    return [...headers, ...unsigned.map(([name, value]): [string, string] => [name, value]), ['authorization', authorization]];
  }
  const put = (sent: Sent = {}): Promise<RawAnswer> => {
    const { method = 'PUT', path = '/my-bucket/k', query = '', body = bundle } = sent;
    return send(b.door.port, method, query === '' ? path : `${path}?${query}`, headersOf(sent), body);
  };
  const code = ({ text }: RawAnswer): string | undefined => /<Code>(.*?)<\/Code>/.exec(text)?.[1];

  it('answers in XML with a request id, and in JSON to what was signed for CodeDeploy', async () => {
    await open();
    const answer = await put({ path: '/my-bucket/a%26b%3C.tar', body: Buffer.from('x') });
    assert.deepEqual([answer.status, code(answer), answer.headers['content-type']], [400, 'InvalidBundle', 'application/xml']);
    assert.match(answer.text, /<Resource>\/my-bucket\/a%26b%3C\.tar<\/Resource><RequestId>[0-9a-f-]{36}<\/RequestId>/);
    assert.ok(!/<Message>[^<]*[&](?!#\d+;)/.test(answer.text));
    const other = await put({ service: 'codedeploy' });
    assert.deepEqual([other.status, other.json['code']], [404, 'NotFoundException']);
  });

  it('takes what is signed whole, and refuses other bytes than those', async () => {
    await open();
    assert.equal((await put()).status, 200);
    assert.equal(code(await put({ payload: hash('other') })), 'XAmzContentSHA256Mismatch');
    assert.equal((await b.rows()).length, 1);
  });

  it('takes an unsigned payload with a checksum, and refuses one that does not match', async () => {
    await open();
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bundle));
    assert.equal((await put({ payload: 'UNSIGNED-PAYLOAD', more: [['x-amz-checksum-crc32', sum.toString('base64')]] })).status, 200);
    assert.equal(code(await put({ payload: 'UNSIGNED-PAYLOAD', more: [['x-amz-checksum-crc32', 'AAAAAA==']] })), 'BadDigest');
    assert.equal(code(await put({ payload: 'UNSIGNED-PAYLOAD', more: [['content-md5', 'AAAAAAAAAAAAAAAAAAAAAA==']] })), 'BadDigest');
    assert.equal(code(await put({ payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', body: Buffer.from('5\r\nhello\r\n0\r\n\r\n'), more: [['x-amz-trailer', 'x-amz-checksum-crc32']] })), 'BadDigest');
    assert.equal(code(await put({ payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', body: Buffer.from('5\r\nhello\r\n0\r\n\r\n'), more: [['x-amz-decoded-content-length', '6']] })), 'IncompleteBody');
    assert.equal(code(await put({ payload: 'WHATEVER' })), 'SignatureDoesNotMatch');
    assert.equal((await b.left()).length, 1);
  });

  it('takes no header of AWS that was not signed, nor a query that was changed', async () => {
    await open();
    assert.equal(code(await put({ unsigned: [['x-amz-copy-source', 'a/b']] })), 'SignatureDoesNotMatch');
    const headers = headersOf({});
    assert.equal(code(await send(b.door.port, 'PUT', '/my-bucket/k?partNumber=1&uploadId=x', headers, bundle)), 'SignatureDoesNotMatch');
    assert.equal(code(await send(b.door.port, 'PUT', '/other-bucket/k', headers, bundle)), 'SignatureDoesNotMatch');
    assert.deepEqual(await b.left(), []);
  });

  it('tells a client whose clock is wrong so, in the word and with the Date that SDKs correct it by', async () => {
    await open();
    const answer = await put({ at: Date.now() - 3600_000 });
    assert.deepEqual([answer.status, code(answer)], [403, 'RequestTimeTooSkewed']);
    assert.ok(Math.abs(Date.parse(answer.headers['date']!) - Date.now()) < 60_000);
  });

  it('asks for the body only when it will be taken', async () => {
    await open();
    const expecting = async (sent: Sent): Promise<{ status: number; continued: boolean }> => {
      const headers = [...headersOf(sent), ['expect', '100-continue'], ['content-length', String(bundle.length)]];
      const request = httpRequest({ host: '127.0.0.1', port: b.door.port, method: 'PUT', path: sent.path ?? '/my-bucket/k', headers: headers.flat(), agent: false });
      let continued = false;
      request.on('continue', () => {
        continued = true;
        request.end(bundle);
      });
      request.flushHeaders();
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      request.destroy();
      return { status: response.statusCode!, continued };
    };
    assert.deepEqual(await expecting({}), { status: 200, continued: true });
    assert.deepEqual(await expecting({ payload: 'WHATEVER' }), { status: 403, continued: false });
    assert.deepEqual(await expecting({ query: 'acl' }), { status: 403, continued: false });
  });

  it('does a PUT that is played again nothing, and answers as before', async () => {
    await open();
    const first = headersOf({});
    const one = await send(b.door.port, 'PUT', '/my-bucket/k', first, bundle);
    assert.equal((await put({ body: bundleOf(3000, 2), at: Date.now() - 2000 })).status, 200);
    const again = await send(b.door.port, 'PUT', '/my-bucket/k', first, bundle);
    assert.equal(again.headers['x-amz-version-id'], one.headers['x-amz-version-id']);
    assert.equal((await b.rows()).length, 2);
  });

  it('gives up a body that pauses, and keeps nothing of it', async () => {
    await open({ limits: { requestTimeoutMs: 200 } });
    const headers = [...headersOf({}), ['content-length', String(bundle.length)]].map((pair) => pair.join(': ')).join('\r\n');
    const socket = connect(b.door.port, '127.0.0.1');
    socket.write(`PUT /my-bucket/k HTTP/1.1\r\n${headers}\r\n\r\n`);
    socket.write(bundle.subarray(0, 1000));
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    await once(socket, 'close');
    assert.ok(text === '' || /<Code>RequestTimeout<\/Code>/.test(text), text);
    while ((await b.left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await b.rows(), []);
  });

  it('keeps nothing of an upload whose sender goes away', async () => {
    await open();
    const headers = [...headersOf({}), ['content-length', String(bundle.length)]].map((pair) => pair.join(': ')).join('\r\n');
    const socket = connect(b.door.port, '127.0.0.1');
    socket.write(`PUT /my-bucket/k HTTP/1.1\r\n${headers}\r\n\r\n`);
    socket.write(bundle.subarray(0, 1000));
    while ((await b.left()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    while ((await b.left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(await b.rows(), []);
  });

  it('refuses keys that no object can have, broken paths and parts without a number', async () => {
    await open();
    assert.equal(code(await put({ path: `/my-bucket/${'k'.repeat(1025)}` })), 'KeyTooLongError');
    assert.equal(code(await put({ path: '/my-bucket/a%00b' })), 'InvalidArgument');
    assert.equal(code(await put({ path: '/my-bucket/a%zz' })), 'InvalidURI');
    assert.equal(code(await put({ query: 'partNumber=0&uploadId=x' })), 'InvalidArgument');
    assert.equal(code(await put({ method: 'POST', query: 'uploadId=x', body: Buffer.from('<!DOCTYPE x><Part/>') })), 'MalformedXML');
    assert.equal(code(await put({ path: '/x/k' })), 'AccessDenied');
    assert.equal(code(await put({ path: '/', method: 'PUT' })), 'NotImplemented');
  });
});
