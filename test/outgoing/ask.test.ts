import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { refuseAddress } from '../../server/outgoing/address-rule.ts';
import { ask, AskTrouble, type Asked } from '../../server/outgoing/ask.ts';
import { aFarEnd } from './a-far-end.ts';

const asked = (url: string, over: Partial<Asked> = {}): Asked => ({
  method: 'GET',
  url: new URL(url),
  headers: {},
  signal: AbortSignal.timeout(5_000),
  mostBytes: 1_000,
  refuseAddress: () => null,
  ...over,
});

const trouble = async (question: Asked): Promise<string> => {
  const error = await ask(question).then(
    () => assert.fail('it was answered'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AskTrouble, String(error));
  return error.message;
};

describe('asking a far end', () => {
  it('brings back status, headers and body, whatever the status', async () => {
    await using far = await aFarEnd((_, response) => response.writeHead(418, { 'x-a': 'b' }).end('tea'));
    const { status, headers, body } = await ask(asked(`${far.url}/path?q=1`, { method: 'POST', body: 'hällo' }));
    assert.deepEqual([status, headers['x-a'], body], [418, 'b', 'tea']);
    assert.deepEqual([far.heard[0]?.method, far.heard[0]?.path, far.heard[0]?.body], ['POST', '/path?q=1', 'hällo']);
  });

  it('follows no redirect', async () => {
    await using far = await aFarEnd((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    assert.equal((await ask(asked(far.url))).status, 302);
    assert.equal(far.heard.length, 1);
  });

  it('ends when the signal says so, before the answer and within it', async () => {
    await using silent = await aFarEnd(() => {});
    assert.match(await trouble(asked(silent.url, { signal: AbortSignal.timeout(50) })), /did not answer in time/);
    await using slow = await aFarEnd((_, response) => void response.writeHead(200).write('a'));
    assert.match(await trouble(asked(slow.url, { signal: AbortSignal.timeout(50) })), /did not answer in time/);
  });

  it('takes no answer that is longer than it may be', async () => {
    await using far = await aFarEnd((_, response) => response.end('x'.repeat(1_001)));
    assert.match(await trouble(asked(far.url)), /more than 1000 bytes/);
  });

  it('says that nobody is there, and names the host alone', async () => {
    const far = await aFarEnd(() => {});
    await far[Symbol.asyncDispose]();
    const message = await trouble(asked(`${far.url}/secret-path`));
    assert.match(message, /cannot be reached \(ECONNREFUSED\)/);
    assert.doesNotMatch(message, /secret/);
  });

  it('connects to no address that the rule forbids, be it written out or looked up', async () => {
    await using far = await aFarEnd((_, response) => response.end());
    const rule = { refuseAddress: (address: string) => refuseAddress(address, false) };
    assert.match(await trouble(asked(far.url, rule)), /this very host/);
    assert.match(await trouble(asked(far.url.replace('127.0.0.1', 'localhost'), rule)), /this very host/);
    assert.equal(far.heard.length, 0);
  });
});

describe('the rule of addresses', () => {
  it('never lets link-local, unspecified, multicast and metadata addresses through', () => {
    for (const address of ['169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '100.100.100.200', 'fe80::1', 'fe80::1%eth0', '::', 'ff02::1', 'fd00:ec2::254', '::ffff:169.254.169.254']) {
      assert.ok(refuseAddress(address, true) !== null, address);
    }
  });

  it('lets this host through where it may, and neighbours always', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      assert.ok(refuseAddress(address, false) !== null, address);
      assert.equal(refuseAddress(address, true), null, address);
    }
    for (const address of ['10.0.0.1', '192.168.1.1', '172.16.0.1', '8.8.8.8', 'fd00::1', '2001:db8::1']) assert.equal(refuseAddress(address, false), null, address);
  });
});
