import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, it } from 'mocha';
import { fetchBundle } from '../../../agent/bundle/fetch.ts';
import type { FetchOutcome, FetchRequest } from '../../../agent/bundle/fetch.ts';
import { proxyFor } from '../../../agent/bundle/proxy.ts';
import { loopbackCertificate } from '../../faces/loopback-certificate.ts';
import { withProxy } from '../connect-proxy.ts';
import { makePlace } from './canary.ts';

const content = Buffer.from([...Array(100_000).keys()].map((n) => (n * 7919) % 251));
const sha256 = createHash('sha256').update(content).digest('hex');

type Answer = (request: http.IncomingMessage, response: http.ServerResponse, count: number) => void;

const whole: Answer = (request, response) => {
  const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from > 0) response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}`, 'content-length': content.length - from });
  else response.writeHead(200, { 'content-length': content.length });
  response.end(content.subarray(from));
};
const status = (code: number, headers: http.OutgoingHttpHeaders = {}): Answer => (_request, response) => void response.writeHead(code, headers).end();

interface Stage {
  readonly origin: string;
  readonly file: string;
  readonly seen: http.IncomingMessage[];
  fetch(more?: Partial<FetchRequest>): Promise<FetchOutcome>;
}

async function withOrigin(answer: Answer, act: (stage: Stage) => Promise<void>, secure = false): Promise<void> {
  const place = makePlace();
  const seen: http.IncomingMessage[] = [];
  const take = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    seen.push(request);
    answer(request, response, seen.length);
  };
  const server = secure ? https.createServer(loopbackCertificate, take) : http.createServer(take);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = path.join(place.folder, 'data', 'bundle.tar');
  const clock = { sleep: async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted() };
  const fetch: Stage['fetch'] = (more = {}) =>
    fetchBundle({ url: `${origin}/b`, sha256, size: content.length, toFile: file, maxBytes: 10_000_000, idleTimeoutMs: 1_000, attempts: 3, clock, random: { below: () => 0 }, ...more });
  try {
    await act({ origin, file, seen, fetch });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    place.remove();
  }
}

const told = (outcome: FetchOutcome): string => (outcome.kind === 'failed' ? `${outcome.code}: ${outcome.message}` : outcome.kind);

describe('a bundle whose server is at fault', () => {
  const faults: readonly [string, Answer, RegExp, number][] = [
    ['403', status(403), /^http_status: 127.0.0.1:\d+ answered 403/, 1],
    ['404', status(404), /^http_status: .* answered 404/, 1],
    ['407', status(407), /^http_status: .* answered 407/, 1],
    ['416 for a whole bundle', status(416), /^http_status: .* answered 416/, 1],
    ['429', status(429), /^http_status: .* answered 429/, 3],
    ['500', status(500), /^http_status: .* answered 500/, 3],
    ['206 that nobody asked for', status(206), /^http_status: .* answered 206/, 1],
    ['a captive portal with 200', (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'), /^wrong_length/, 3],
    ['a body cut short each time', (_request, response) => void response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 10), () => response.destroy()), /^(network|wrong_length)/, 3],
    ['another length', (_request, response) => void response.end(content.subarray(1)), /^wrong_length: the bundle has 99999 bytes instead of the 100000 announced/, 1],
    ['another content of the same length', (_request, response) => void response.end(Buffer.alloc(content.length)), /^wrong_digest/, 1],
    ['a redirect to a file', status(302, { location: 'file:///etc/passwd' }), /^redirect_refused/, 1],
    ['a redirect to the metadata service', status(302, { location: 'http://169.254.169.254/latest/' }), /^redirect_refused: .* sends the bundle's request on to http:\/\/169.254.169.254/, 1],
    ['a redirect to another port of the same host', status(307, { location: 'http://127.0.0.1:1/b' }), /^redirect_refused/, 1],
    ['a redirect without end', status(302, { location: '/b' }), /^redirect_refused: .* more than 5 times/, 6],
    ['no HTTP at all', (request) => void request.socket.end('220 mail.example.com ESMTP\r\n'), /^network/, 3],
    ['an answer that never begins', () => undefined, /^network: .* said nothing for 60 ms/, 3],
  ];
  for (const [what, answer, words, requests] of faults) {
    it(`${what} is refused in words, in bounded time, with no bundle left to unpack`, () =>
      withOrigin(answer, async ({ fetch, seen, file }) => {
        assert.match(told(await fetch({ idleTimeoutMs: 60 })), words);
        assert.equal(seen.length, requests);
        assert.equal(fs.existsSync(file), false);
      }));
  }

  it('that trickles is given up when a window brings too little, and what came is kept for the next try', () =>
    withOrigin((_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 5_000));
      let at = 5_000;
      const timer = setInterval(() => response.write(content.subarray(at, (at += 1))), 5);
      response.on('close', () => clearInterval(timer));
    }, async ({ fetch, file }) => {
      const clock = { sleep: (ms: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => { const timer = setTimeout(resolve, ms); signal?.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason as Error); }); }) };
      assert.match(told(await fetch({ attempts: 1, pace: { windowMs: 100, minBytes: 10_000 }, clock })), /^network: the bundle came too slowly: \d+ bytes in 100 ms/);
      assert.ok(fs.statSync(`${file}.part`).size >= 5_000);
    }));

  it('that continues with another object than it began with ends in the right bytes or in none', () =>
    withOrigin((request, response, count) => {
      if (count === 1) return void response.writeHead(200, { 'content-length': content.length }).write(Buffer.alloc(40_000), () => response.destroy());
      whole(request, response, count);
    }, async ({ fetch, file, seen }) => {
      assert.equal((await fetch()).kind, 'fetched');
      assert.ok(fs.readFileSync(file).equals(content));
      assert.deepEqual(seen.map((request) => request.headers.range === undefined), [true, false, true]);
    }));
});

describe('a bundle behind a proxy', () => {
  const elsewhere = 'https://fairlead.test:8443';

  it('is fetched over https through a CONNECT, with the proxy\'s credentials, checked against the origin\'s own certificate', () =>
    withOrigin(whole, ({ origin, fetch, file }) =>
      withProxy(async (proxy) => {
        proxy.to = new URL(origin);
        const through = { url: proxy.url.replace('//', '//us%40er:pass@'), noProxy: 'example.com' };
        // The proxy leads to a host with a certificate for localhost: only the name that was asked for counts.
        assert.match(told(await fetch({ url: `${elsewhere}/b`, proxy: through, ca: loopbackCertificate.cert, attempts: 1 })), /ERR_TLS_CERT_ALTNAME_INVALID/);
        assert.deepEqual(proxy.asked, ['CONNECT fairlead.test:8443']);
        assert.equal(proxy.credentials[0], `Basic ${Buffer.from('us@er:pass').toString('base64')}`);
        assert.equal(fs.existsSync(file), false);
        // With a dot at its end localhost is a name like any other here, and TLS leaves the dot out.
        assert.equal(told(await fetch({ url: `https://localhost.:${new URL(origin).port}/b`, proxy: through, ca: loopbackCertificate.cert })), 'fetched');
        assert.ok(fs.readFileSync(file).equals(content));
      }), true));

  it('over plain http, where that is allowed, is asked for by its whole address', () =>
    withOrigin(whole, ({ origin, fetch }) =>
      withProxy(async (proxy) => {
        proxy.to = new URL(origin);
        const outcome = await fetch({ url: 'http://fairlead.test:8080/b', proxy: { url: proxy.url, noProxy: '' }, isPlaintextAllowed: true });
        assert.equal(told(outcome), 'fetched');
        assert.deepEqual(proxy.asked, ['GET http://fairlead.test:8080/b']);
      })));

  for (const [answer, words, tries] of [[407, /answered 407 when asked for fairlead.test:8443; give its user and password/, 1], [502, /the proxy .* answered 502/, 3]] as const) {
    it(`that answers ${answer} is told apart from the bundle's server`, () =>
      withOrigin(whole, ({ fetch }) =>
        withProxy(async (proxy) => {
          proxy.answer = { status: answer };
          assert.match(told(await fetch({ url: `${elsewhere}/b`, proxy: { url: proxy.url, noProxy: '' } })), words);
          assert.equal(proxy.asked.length, tries);
        })));
  }

  it('is reached straight where NO_PROXY or loopback say so', () => {
    const through = (url: string, noProxy: string): boolean => proxyFor(new URL(url), { url: 'http://proxy.test:3128', noProxy }) !== null;
    assert.equal(through('https://a.example.com/', ''), true);
    for (const noProxy of ['*', 'a.example.com', 'other, .example.com', 'EXAMPLE.com', 'example.com:443', '*.example.com']) assert.equal(through('https://a.example.com/', noProxy), false, noProxy);
    for (const noProxy of ['b.example.com', 'ample.com', 'example.com:8443', ',']) assert.equal(through('https://a.example.com/', noProxy), true, noProxy);
    for (const url of ['http://localhost:1/', 'http://127.0.0.1/', 'http://[::1]:80/']) assert.equal(through(url, ''), false, url);
    assert.equal(through('https://[2001:db8::1]/', '[2001:db8::1]'), false);
  });
});

describe('a bundle over TLS', () => {
  it('is taken from a server that the operator\'s authority vouches for, and from no other', () =>
    withOrigin(whole, async ({ fetch, origin }) => {
      assert.match(told(await fetch({ attempts: 1 })), /^network: .*(SELF_SIGNED|UNABLE_TO_VERIFY)/);
      const byName = origin.replace('127.0.0.1', 'localhost');
      assert.equal(told(await fetch({ url: `${byName}/b`, ca: loopbackCertificate.cert })), 'fetched');
    }, true));

  it('is not asked for in plain text over a network unless the operator said so', () =>
    withOrigin(whole, async ({ fetch }) => {
      assert.match(told(await fetch({ url: 'http://fairlead.test/b' })), /^bad_url: .*allow_plaintext/);
      assert.match(told(await fetch({ url: 'http://fairlead.invalid/b', isPlaintextAllowed: true, attempts: 1 })), /^network/);
      assert.match(told(await fetch({ url: 'ftp://fairlead.test/b', isPlaintextAllowed: true })), /^bad_url/);
    }));
});
