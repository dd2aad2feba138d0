import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readRange } from '../../server/faces/artifacts.ts';
import { type Door, openDoor } from './open-door.ts';

describe('downloading an artifact', () => {
  const content = randomBytes(700_001);
  let folder: string;
  let door: Door;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-faces-'));
    writeFileSync(join(folder, 'bundle'), content);
    writeFileSync(join(folder, 'empty'), '');
    door = await openDoor({
      dependencies: {
        artifacts: {
          receive: () => assert.fail('nothing is uploaded here'),
          openSigned: async (sha256, expires, signature) =>
            expires === '12' && signature === 'a+b' ? { path: join(folder, sha256), size: sha256 === 'empty' ? 0 : sha256 === 'short' ? content.length + 5 : content.length } : null,
        },
      },
    });
    writeFileSync(join(folder, 'short'), content);
  });
  after(async () => {
    await door[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const get = (headers: Record<string, string> = {}, name = 'bundle', query = 'expires=12&signature=a%2Bb'): Promise<Response> => fetch(`${door.url}/v1/artifacts/${name}?${query}`, { headers });

  it('sends the whole file with its length', async () => {
    const response = await get();
    assert.deepEqual([response.status, response.headers.get('content-length'), response.headers.get('accept-ranges'), response.headers.get('etag')], [200, '700001', 'bytes', '"bundle"']);
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), content);
  });

  it('sends an empty file', async () => {
    const response = await get({}, 'empty');
    assert.deepEqual([response.status, response.headers.get('content-length'), (await response.arrayBuffer()).byteLength], [200, '0', 0]);
  });

  const ranges: readonly (readonly [string, number, number])[] = [
    ['bytes=0-0', 0, 1],
    ['bytes=600000-', 600_000, 700_001],
    ['bytes=100-300000', 100, 300_001],
    ['bytes=-5', 699_996, 700_001],
    ['bytes=-9999999', 0, 700_001],
    ['bytes=700000-9999999', 700_000, 700_001],
  ];
  for (const [range, from, to] of ranges) {
    it(`answers ${range} with that part`, async () => {
      const response = await get({ range });
      assert.deepEqual([response.status, response.headers.get('content-range'), response.headers.get('content-length')], [206, `bytes ${from}-${to - 1}/700001`, String(to - from)]);
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), content.subarray(from, to));
    });
  }

  it('refuses a range that begins behind the end with 416', async () => {
    for (const range of ['bytes=700001-', 'bytes=700001-700002', 'bytes=-0']) {
      const response = await get({ range });
      assert.deepEqual([response.status, response.headers.get('content-range')], [416, 'bytes */700001'], range);
    }
  });

  it('sends the whole file when the range is nonsense, manifold or of another version', async () => {
    for (const headers of [{ range: 'bytes=a-b' }, { range: 'bytes=5-2' }, { range: 'bytes=0-1,5-6' }, { range: 'lines=0-1' }, { range: 'bytes=-' }, { range: 'bytes=0-1', 'if-range': '"other"' }]) {
      const response = await get(headers);
      assert.deepEqual([response.status, (await response.arrayBuffer()).byteLength], [200, 700_001], JSON.stringify(headers));
    }
    assert.equal((await get({ range: 'bytes=0-1', 'if-range': '"bundle"' })).status, 206);
  });

  it('refuses a wrong signature, a wrong time and none at all, in one sentence', async () => {
    for (const query of ['expires=13&signature=a%2Bb', 'expires=12&signature=x', '', 'signature=a%2Bb']) {
      const response = await get({}, 'bundle', query);
      const body = (await response.json()) as Record<string, unknown>;
      assert.deepEqual([response.status, body['code'], body['message']], [403, 'AccessDeniedException', 'This download link is wrong or has expired; ask for a fresh one.']);
    }
  });

  it('breaks the connection when the file is shorter than was promised', async () => {
    const response = await get({}, 'short');
    await assert.rejects(response.arrayBuffer());
  });

  it('never reaches outside the file, whatever the range', () => {
    const part = fc.oneof(fc.nat({ max: 30 }).map(String), fc.constant(''), fc.constant('999999999999999'));
    fc.assert(
      fc.property(part, part, fc.nat({ max: 20 }), (first, last, size) => {
        const range = readRange(`bytes=${first}-${last}`, size);
        if (typeof range === 'string') return;
        assert.ok(0 <= range.first && range.first <= range.last && range.last < size);
      }),
    );
  });
});
