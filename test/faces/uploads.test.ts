import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Failure } from '../../protocol/errors.ts';
import { bearer, type Door, type DoorSettings, openDoor } from './open-door.ts';

describe('uploading a bundle', () => {
  let door: Door;
  afterEach(() => door[Symbol.asyncDispose]());
  const open = async (settings: DoorSettings = {}): Promise<void> => void (door = await openDoor(settings));
  const put = async (query: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, application = 'web'): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${door.url}/v1/applications/${application}/uploads?${query}`, { method: 'PUT', headers: { ...bearer, 'content-type': 'application/octet-stream', ...headers }, body });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('passes the bytes on as they are, beyond the limit of JSON bodies, and answers the revision to register', async () => {
    await open();
    const bytes = randomBytes(3_000_000);
    const { status, body } = await put('bundleType=tgz&key=web%2F1.tgz', bytes);
    assert.equal(status, 201);
    assert.deepEqual(body, {
      bucket: 'fairlead',
      key: 'web/1.tgz',
      bundleType: 'tgz',
      sha256: 'ab',
      size: 3_000_000,
      warnings: [],
      revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/1.tgz', bundleType: 'tgz', eTag: 'ab' } },
    });
    assert.deepEqual(door.uploaded[0]!.upload, { applicationName: 'web', bundleType: 'tgz', key: 'web/1.tgz' });
    assert.ok(door.uploaded[0]!.bytes.equals(bytes));
  });

  it('hands the owner’s signature on, and refuses what is none', async () => {
    await open();
    const signature = { statement: { v: 1, application: 'web', sha256: 'a'.repeat(64), createdAt: 1 }, signature: `${'A'.repeat(86)}==` };
    const query = (value: unknown): string => `bundleType=zip&signature=${encodeURIComponent(JSON.stringify(value))}`;
    assert.equal((await put(query(signature), randomBytes(10))).status, 201);
    assert.deepEqual(door.uploaded[0]!.upload.signature, signature);
    for (const odd of [{}, 'word', { ...signature, more: 1 }, { ...signature, signature: 'short' }, { ...signature, statement: { ...signature.statement, v: 2 } }]) {
      const { status, body } = await put(query(odd), randomBytes(10));
      assert.deepEqual([status, body['code'], body['field']], [400, 'ValidationException', 'signature'], JSON.stringify(odd));
    }
    assert.equal(door.uploaded.length, 1);
  });

  it('lets the server choose the key', async () => {
    await open();
    await put('bundleType=zip', randomBytes(10));
    assert.deepEqual(door.uploaded[0]!.upload, { applicationName: 'web', bundleType: 'zip', key: null });
  });

  it('takes an upload that goes on for longer than a JSON body may', async () => {
    await open({ limits: { requestTimeoutMs: 300 } });
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        if ((sent += 1) > 6) controller.close();
        else controller.enqueue(Uint8Array.of(sent));
      },
    });
    const response = await fetch(`${door.url}/v1/applications/web/uploads?bundleType=tar`, { method: 'PUT', headers: { ...bearer, 'content-type': 'application/octet-stream' }, body, duplex: 'half' } as RequestInit);
    assert.equal(response.status, 201);
    assert.deepEqual([...door.uploaded[0]!.bytes], [1, 2, 3, 4, 5, 6]);
  });

  it('gives the refusal of the store, though it came in the middle of the body', async () => {
    await open({
      dependencies: {
        artifacts: {
          openSigned: async () => null,
          async receive({ body }) {
            for await (const _ of body) throw new Failure('RequestEntityTooLargeException', 'The bundle is larger than allowed.');
            return assert.fail('there was a body');
          },
        },
      },
    });
    const { status, body } = await put('bundleType=tgz', randomBytes(500_000));
    assert.deepEqual([status, body['code'], body['message']], [413, 'RequestEntityTooLargeException', 'The bundle is larger than allowed.']);
  });

  it('tells the store when the sender goes away', async () => {
    let seen: ((error: unknown) => void) | null = null;
    const broken = new Promise((resolve) => (seen = resolve));
    await open({
      dependencies: {
        artifacts: {
          openSigned: async () => null,
          async receive({ body }) {
            try {
              for await (const _ of body) socket.destroy();
            } catch (error) {
              seen!(error);
              throw error;
            }
            return assert.fail('the body was whole');
          },
        },
      },
    });
    const socket = connect(door.port, '127.0.0.1', () =>
      socket.write(`PUT /v1/applications/web/uploads?bundleType=tgz HTTP/1.1\r\nhost: x\r\nauthorization: ${bearer.authorization}\r\ncontent-type: application/octet-stream\r\ncontent-length: 100\r\n\r\nabc`),
    );
    const error = await broken;
    assert.ok(error instanceof Failure);
    assert.match(error.message, /connection broke/);
  });

  const refusals: readonly (readonly [string, string, Record<string, string>, string, number, string, RegExp])[] = [
    ['no bundle type', '', {}, 'web', 400, 'ValidationException', /bundleType=tar, tgz or zip/],
    ['an unknown bundle type', 'bundleType=rar', {}, 'web', 400, 'ValidationException', /bundleType=tar, tgz or zip/],
    ['an application name that is none', 'bundleType=tgz', {}, 'a%20b', 400, 'InvalidApplicationNameException', /name is not valid/],
    ['an endless key', `bundleType=tgz&key=${'k'.repeat(1025)}`, {}, 'web', 400, 'ValidationException', /^key /],
    ['another content type', 'bundleType=tgz', { 'content-type': 'application/json' }, 'web', 400, 'SerializationException', /application\/octet-stream/],
    ['a content encoding', 'bundleType=tgz', { 'content-encoding': 'gzip' }, 'web', 400, 'SerializationException', /content-encoding/],
    ['a wrong bearer', 'bundleType=tgz', { authorization: 'Bearer a:b' }, 'web', 401, 'UnrecognizedClientException', /wrong/],
    ['a signature, which cannot cover a streamed body', 'bundleType=tgz', { authorization: 'AWS4-HMAC-SHA256 Credential=a' }, 'web', 401, 'MissingAuthenticationTokenException', /Bearer/],
  ];
  for (const [what, query, headers, application, status, code, sentence] of refusals) {
    it(`refuses ${what} before the store hears of it`, async () => {
      await open();
      const answer = await put(query, randomBytes(100_000), headers, application);
      assert.deepEqual([answer.status, answer.body['code']], [status, code]);
      assert.match(String(answer.body['message']), sentence);
      assert.equal(door.uploaded.length, 0);
    });
  }
});
