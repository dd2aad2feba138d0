import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openTunnel, proxyFor } from '../../../agent/bundle/proxy.ts';
import { connect } from '../../../world/real/network.ts';
import { postEnrollment } from '../../../world/real/enroll.ts';
import type { OpenWay } from '../../../world/real/way.ts';
import { loopbackCertificate } from '../../faces/loopback-certificate.ts';
import { openDoor } from '../../faces/open-door.ts';
import type { Door } from '../../faces/open-door.ts';
import type { RunEventCommand } from '../../../protocol/session/frames.ts';
import { tgz } from '../bundle/tar-bytes.ts';
import { runEventCommand } from '../commands-of.ts';
import { ConnectProxy } from '../connect-proxy.ts';
import type { ProxyAnswer } from '../connect-proxy.ts';
import { RunningAgent } from '../running-agent.ts';
import { TestController } from '../test-controller.ts';

const through = (url: string, noProxy = ''): OpenWay => async (target, { timeoutMs, ...options }) => {
  const proxy = proxyFor(target, { url, noProxy });
  return proxy === null ? null : { socket: await openTunnel(proxy, target, { ...options, idleTimeoutMs: timeoutMs }), name: `the proxy ${proxy.host}` };
};

/** A controller that no DNS knows: the proxy alone leads there. With a dot at its end localhost is such a name, and TLS leaves the dot out. */
const plain = 'http://controller.test:4710';
const secure = 'https://localhost.:4710';

describe('the session behind a proxy', () => {
  let door: Door;
  let proxy: ConnectProxy;
  beforeEach(async () => {
    door = await openDoor({ tls: loopbackCertificate });
    proxy = await new ConnectProxy().start();
    proxy.to = new URL(door.url);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await door[Symbol.asyncDispose]();
  });
  const trusting = { timeoutMs: 5_000, ca: loopbackCertificate.cert };

  it('goes through a CONNECT with the proxy\'s credentials, in TLS from end to end, and says so in the log', async () => {
    const agent = await connect(`${secure}/v1/session`, trusting, through(proxy.url.replace('//', '//us%40er:p%3Ass@')));
    const heard = new Promise((resolve) => agent.onFrame(resolve));
    const told = new Promise((resolve) => door.sessions[0]!.onFrame(resolve));
    door.sessions[0]!.send('down');
    agent.send('up');
    assert.deepEqual([await heard, await told], ['down', 'up']);
    assert.deepEqual(proxy.asked, ['CONNECT localhost.:4710']);
    assert.deepEqual(proxy.credentials, [`Basic ${Buffer.from('us@er:p:ss').toString('base64')}`]);
    assert.equal(agent.remote, `localhost.:4710 through the proxy ${new URL(proxy.url).host}`);
  });

  it('is closed in an orderly way when the agent stops, although what dialled it was aborted by then', async () => {
    const stopping = new AbortController();
    const agent = await connect(`${secure}/v1/session`, { ...trusting, signal: stopping.signal }, through(proxy.url));
    const closed = new Promise<number>((resolve) => door.sessions[0]!.onClose(resolve));
    stopping.abort(new Error('The agent stops.'));
    agent.close(1001, 'the agent stops');
    assert.equal(await closed, 1001);
  });

  it('is told of a break of the way', async () => {
    const agent = await connect(`${secure}/v1/session`, trusting, through(proxy.url));
    const closed = new Promise<number>((resolve) => agent.onClose(resolve));
    proxy.cut();
    assert.equal(await closed, 1006);
  });

  it('is dialled straight where no_proxy names the controller', async () => {
    await assert.rejects(connect('https://controller.invalid/v1/session', trusting, through(proxy.url, 'controller.invalid')), /host name is not known/);
    assert.deepEqual(proxy.asked, []);
  });

  it('checks the controller\'s own certificate: a proxy that reads along is found out', async () => {
    await assert.rejects(connect(`${secure}/v1/session`, { timeoutMs: 5_000 }, through(proxy.url)), /not signed by an authority known here/);
    await assert.rejects(connect('https://controller.test/v1/session', trusting, through(proxy.url)), /its certificate is for another name/);
    assert.equal(door.sessions.length, 0);
  });

  const answers: readonly [string, ProxyAnswer, RegExp][] = [
    ['407', { status: 407, headers: { 'proxy-authenticate': 'Basic realm="x"' } }, /answered 407 when asked for localhost\.:4710; give its user and password/],
    ['407 for a scheme that is not spoken', { status: 407, headers: { 'proxy-authenticate': 'Negotiate' } }, /answered 407 .*; it wants Negotiate, and only Basic is spoken here/],
    ['403', { status: 403 }, /answered 403 .*; allow this host and port there, or name the host in no_proxy/],
    ['502', { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' }, /answered 502 .*; it may not reach that host itself/],
    ['302, to a login page', { status: 302, headers: { location: 'https://login.example.com/?secret=1' } }, /answered 302 .*sends the request on to https:\/\/login\.example\.com; that may be a login page/],
    ['200, but with a page of its own', { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Log in</h1>' }, /answered 200 .*, but with a page \(text\/html\) where a way was to be opened/],
    ['405, being no proxy', { status: 405 }, /answered 405 .*; check that proxy_uri is the address of a proxy/],
  ];
  for (const [what, answer, words] of answers) {
    it(`says what the proxy answered: ${what}; and tries nothing in plain text`, async () => {
      proxy.answer = answer;
      const refused = await connect(`${secure}/v1/session`, trusting, through(proxy.url)).then(() => null, (error: Error) => error.message);
      assert.match(refused ?? '', words);
      assert.match(refused ?? '', new RegExp(`^Cannot reach the controller at https://localhost\\.:4710/v1/session: the proxy ${new URL(proxy.url).host} `));
      assert.doesNotMatch(refused ?? '', /\p{Cc}|secret/u);
      assert.deepEqual(proxy.asked, ['CONNECT localhost.:4710']);
    });
  }

  it('says when the credentials were given and not taken, and never repeats them', async () => {
    proxy.answer = { status: 407 };
    const refused = await connect(`${secure}/v1/session`, trusting, through(proxy.url.replace('//', '//user:hunter2@'))).then(() => null, (error: Error) => error.message);
    assert.match(refused ?? '', /it does not take the user and password/);
    assert.doesNotMatch(refused ?? '', /hunter2/);
  });

  it('says when there is no proxy, when it hangs up, and when it says nothing', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => gone.once('listening', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await assert.rejects(connect(`${secure}/v1/session`, trusting, through(`http://127.0.0.1:${port}`)), new RegExp(`the proxy 127.0.0.1:${port} cannot be reached .*ECONNREFUSED.*; check proxy_uri`));
    proxy.answer = 'hangUp';
    await assert.rejects(connect(`${secure}/v1/session`, trusting, through(proxy.url)), /the proxy .* cannot be reached \(it hung up\)/);
    proxy.answer = 'silence';
    await assert.rejects(connect(`${secure}/v1/session`, { ...trusting, timeoutMs: 100 }, through(proxy.url)), /no way was opened within 0\.1 s|said nothing for 100 ms/);
  });
});

describe('an enrolment behind a proxy', () => {
  it('spends its token through the CONNECT', async () => {
    await using controller = new TestController();
    await controller.start();
    await using proxy = await new ConnectProxy().start();
    proxy.to = new URL(controller.url);
    const body = { token: 't', instanceName: 'web-1', publicKey: 'k', tags: [], agentVersion: '1' };
    const reply = await postEnrollment(plain, body, { ca: null, timeoutMs: 5_000, openWay: through(proxy.url) }, new AbortController().signal);
    assert.equal(reply.kind, 'answered');
    assert.deepEqual(proxy.asked, ['CONNECT controller.test:4710']);
  });

  const pages: readonly [string, ProxyAnswer, RegExp][] = [
    ['a login page', { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<h1>Log in</h1>' }, /answered the enrolment with HTTP 200 and a page \(text\/html\).*login/],
    ['a redirect to one', { status: 302, headers: { location: 'http://login.test/x?y' } }, /HTTP 302, sending it on to http:\/\/login\.test; /],
    ['a proxy that wants credentials', { status: 407 }, /HTTP 407; that is a proxy's answer: name it in proxy_uri/],
  ];
  for (const [what, answer, words] of pages) {
    it(`whose controller is hidden by ${what} may be tried again, and says so`, async () => {
      await using portal = await new ConnectProxy().start();
      portal.answer = answer;
      await assert.rejects(postEnrollment(portal.url, {}, { ca: null, timeoutMs: 5_000 }, new AbortController().signal), words);
    });
  }
});

describe('an agent behind a proxy', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-proxy-'));
    mkdirSync(join(folder, 'root'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('enrols, deploys and reports through it, and gets over a time in which it refuses', async () => {
    await using controller = new TestController();
    await controller.start();
    await using proxy = await new ConnectProxy().start();
    proxy.to = new URL(controller.url);
    proxy.answer = { status: 502 };
    const env = { FAIRLEAD_PROXY_URI: proxy.url.replace('//', '//agent:sesame-0815@'), FAIRLEAD_ALLOW_PLAINTEXT: '1', FAIRLEAD_LOG_LEVEL: 'debug' };
    await using agent = new RunningAgent({ controller: plain, folder, env });
    await agent.says('the proxy');
    assert.match(agent.output(), /The controller cannot be reached to enrol this host.*answered 502 when asked for controller\.test:4710|answered 502 when asked for controller\.test:4710.*The controller cannot be reached to enrol/);
    proxy.answer = null;
    await agent.says('web-1 (i-1) is connected to');

    const bytes = tgz({ name: 'appspec.yml', content: 'version: 0.0\nos: linux\nfiles:\n  - source: app.txt\n    destination: /srv\n' }, { name: 'app.txt', content: 'hello' });
    const offered = controller.offer(bytes, 'tgz');
    const run = async (change: Partial<RunEventCommand> & { readonly attemptId: string }): Promise<void> => {
      controller.send(runEventCommand(change));
      const { outcome, diagnostics } = await controller.ended(change.attemptId);
      assert.equal(outcome, 'Succeeded', diagnostics.message);
    };
    await run({ attemptId: 'att-1', event: 'DownloadBundle', bundle: { ...offered, url: new URL(offered.url).pathname } });
    await run({ attemptId: 'att-2', event: 'Install', generation: 2 });
    assert.equal(readFileSync(join(folder, 'root/srv/app.txt'), 'utf8'), 'hello');

    const before = controller.sessions;
    proxy.cut();
    await controller.until(({ sessions }) => (sessions > before ? sessions : undefined), 'a session after the cut');
    assert.ok(proxy.asked.some((line) => line.startsWith('GET http://controller.test:4710/')), proxy.asked.join());
    assert.deepEqual(new Set(proxy.credentials), new Set([`Basic ${Buffer.from('agent:sesame-0815').toString('base64')}`]));
    assert.doesNotMatch(agent.output(), /sesame-0815/);
  });
});
