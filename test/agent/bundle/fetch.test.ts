import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, it } from 'mocha';
import { fetchBundle } from '../../../agent/bundle/fetch.ts';
import type { FetchOutcome, FetchRequest } from '../../../agent/bundle/fetch.ts';
import { makePlace } from './canary.ts';

const content = Buffer.from([...Array(200_000).keys()].map((n) => (n * 7919) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

interface Stage {
  readonly file: string;
  readonly origin: string;
  /** Request headers seen, in order. */
  readonly seen: http.IncomingHttpHeaders[];
  /** Waits asked for between attempts. */
  readonly waits: number[];
  fetch(more?: Partial<FetchRequest>): Promise<FetchOutcome>;
}

const withServer = async (answer: (request: http.IncomingMessage, response: http.ServerResponse, count: number) => void, act: (stage: Stage) => Promise<void>): Promise<void> => {
  const place = makePlace();
  const seen: http.IncomingHttpHeaders[] = [];
  const server = http.createServer((request, response) => {
    seen.push(request.headers);
    answer(request, response, seen.length);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = path.join(place.folder, 'data', 'bundle.tar');
  const waits: number[] = [];
  const fetch = (more: Partial<FetchRequest> = {}): Promise<FetchOutcome> =>
    fetchBundle({
      url: `${origin}/b`, sha256, size: content.length, toFile: file, maxBytes: 10_000_000, idleTimeoutMs: 2000,
      clock: { sleep: async (ms, signal) => { signal?.throwIfAborted(); waits.push(ms); } }, random: { below: () => 0 }, ...more,
    });
  try {
    await act({ file, origin, seen, waits, fetch });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    place.remove();
  }
};

const code = (outcome: FetchOutcome): string => (outcome.kind === 'failed' ? outcome.code : outcome.kind);

// Serves ranges as a good server does.
const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}`, 'content-length': content.length - from });
  else response.writeHead(200, { 'content-length': content.length });
  response.end(content.subarray(from));
};

describe('fetching a bundle', () => {
  it('writes it to its file once its digest has been checked', async () => {
    await withServer(serve, async ({ fetch, file, seen }) => {
      assert.deepEqual(await fetch({ headers: { authorization: 'Bearer x' } }), { kind: 'fetched', bytes: content.length, resumedFrom: 0 });
      assert.ok(fs.readFileSync(file).equals(content));
      assert.equal(seen[0]?.authorization, 'Bearer x');
      assert.deepEqual(fs.readdirSync(path.dirname(file)), ['bundle.tar']);
    });
  });

  it('continues where a broken download stopped', async () => {
    const breakOnce = (request: http.IncomingMessage, response: http.ServerResponse, count: number): void => {
      if (count > 1) return serve(request, response);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 120_000), () => response.destroy());
    };
    await withServer(breakOnce, async ({ fetch, file, seen, waits }) => {
      const outcome = await fetch();
      assert.ok(outcome.kind === 'fetched' && outcome.resumedFrom > 0, JSON.stringify(outcome));
      assert.equal(seen[1]?.range, `bytes=${outcome.resumedFrom}-`);
      assert.deepEqual(waits, [250]);
      assert.ok(fs.readFileSync(file).equals(content));
    });
  });

  it('begins again when the server knows no ranges, or when what was there is something else', async () => {
    await withServer((_request, response) => void response.end(content), async ({ fetch, file }) => {
      fs.mkdirSync(path.dirname(file));
      fs.writeFileSync(`${file}.part`, content.subarray(0, 500));
      assert.deepEqual(await fetch(), { kind: 'fetched', bytes: content.length, resumedFrom: 0 });
    });
    await withServer(serve, async ({ fetch, file }) => {
      fs.mkdirSync(path.dirname(file));
      fs.writeFileSync(`${file}.part`, Buffer.alloc(500));
      assert.deepEqual(await fetch(), { kind: 'fetched', bytes: content.length, resumedFrom: 0 });
      assert.ok(fs.readFileSync(file).equals(content));
    });
  });

  it('refuses other bytes than announced, and keeps none of them', async () => {
    await withServer((_request, response) => void response.end(Buffer.alloc(content.length)), async ({ fetch, file, seen }) => {
      assert.equal(code(await fetch()), 'wrong_digest');
      assert.equal(seen.length, 1);
      assert.deepEqual(fs.readdirSync(path.dirname(file)), []);
    });
  });

  it('refuses more bytes than announced, with and without a length', async () => {
    await withServer((_request, response) => void response.end(Buffer.concat([content, content])), async ({ fetch }) => assert.equal(code(await fetch()), 'wrong_length'));
    await withServer((_request, response) => {
      response.write(content);
      response.end(content);
    }, async ({ fetch, file }) => {
      assert.equal(code(await fetch()), 'wrong_length');
      assert.equal(fs.existsSync(file), false);
    });
  });

  it('refuses a size beyond the limit before asking', async () => {
    await withServer(serve, async ({ fetch, seen }) => {
      assert.equal(code(await fetch({ maxBytes: 1000 })), 'too_large');
      assert.equal(seen.length, 0);
    });
  });

  it('refuses plain http to other hosts, other schemes and what is no URL', async () => {
    await withServer(serve, async ({ fetch }) => {
      for (const url of ['http://example.com/b', 'file:///etc/passwd', 'ftp://127.0.0.1/', 'http://127.0.0.1.example.com/', 'hello']) assert.equal(code(await fetch({ url })), 'bad_url', url);
    });
  });

  it('follows redirects within the same origin, a few times, and no others', async () => {
    const redirect = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      if (request.url === '/real') return serve(request, response);
      response.writeHead(302, { location: request.url === '/b' ? '/real' : request.url === '/loop' ? '/loop' : 'http://169.254.169.254/latest' }).end();
    };
    await withServer(redirect, async ({ fetch, origin, seen }) => {
      assert.equal(code(await fetch()), 'fetched');
      assert.equal(code(await fetch({ url: `${origin}/away` })), 'redirect_refused');
      const before = seen.length;
      assert.equal(code(await fetch({ url: `${origin}/loop` })), 'redirect_refused');
      assert.equal(seen.length - before, 6);
    });
  });

  it('tries again after a server error, with growing waits, and gives up in the end', async () => {
    await withServer((_request, response) => void response.writeHead(503).end(), async ({ fetch, waits }) => {
      assert.equal(code(await fetch({ attempts: 4, patienceMs: 600_000 })), 'http_status');
      assert.deepEqual(waits, [250, 500, 1000]);
    });
    await withServer((_request, response) => void response.writeHead(403).end(), async ({ fetch, seen }) => {
      assert.equal(code(await fetch()), 'http_status');
      assert.equal(seen.length, 1);
    });
  });

  it('waits for a server that cannot be reached, as while it restarts, for as long as it was told to', async () => {
    await withServer(
      (request, response, count) => void (count <= 12 ? request.socket.destroy() : serve(request, response)),
      async ({ fetch, waits }) => {
        assert.equal(code(await fetch({ attempts: 3, patienceMs: 600_000 })), 'fetched');
        assert.equal(waits.length, 12);
      },
    );
    await withServer(
      (request) => void request.socket.destroy(),
      async ({ fetch, waits }) => {
        assert.equal(code(await fetch({ attempts: 3, patienceMs: 60_000 })), 'network');
        const waited = waits.reduce((sum, ms) => sum + ms, 0);
        assert.ok(waited >= 60_000 && waited < 75_000, `${waited}`);
      },
    );
  });

  it('gives up on a server that falls silent, and stops when told to', async () => {
    await withServer((_request, response) => void response.write(content.subarray(0, 1000)), async ({ fetch }) => assert.equal(code(await fetch({ idleTimeoutMs: 50, attempts: 2 })), 'network'));
    const stop = new AbortController();
    await withServer(() => stop.abort(), async ({ fetch }) => assert.equal(code(await fetch({ signal: stop.signal })), 'aborted'));
  });

  it('refuses a range that is not the one asked for, and an encoding', async () => {
    await withServer((_request, response) => void response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end('0123456789'), async ({ fetch, file }) => {
      fs.mkdirSync(path.dirname(file));
      fs.writeFileSync(`${file}.part`, content.subarray(0, 500));
      assert.equal(code(await fetch()), 'wrong_length');
    });
    await withServer((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'), async ({ fetch }) => assert.equal(code(await fetch()), 'encoded'));
  });
});
