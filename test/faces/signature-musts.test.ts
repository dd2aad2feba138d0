// The musts of the verifier that need a door of their own: what may be played again, what other services' rules let in,
// how paths and queries are read, and a thousand spoilt requests.

import { after, before, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Failure } from '../../protocol/errors.ts';
import { authenticateSignature } from '../../server/faces/authenticate.ts';
import { headersOf, type ReceivedRequest } from '../../server/faces/received-request.ts';
import { rememberSignatures } from '../../server/faces/replays.ts';
import { codeDeployRules, s3Rules, type SignatureRules } from '../../server/faces/signature-v4.ts';
import type { Clock } from '../../world/clock.ts';
import { type Door, keyId, oneKey, openDoor, type RawAnswer, send, noSignatures } from './open-door.ts';
import { basicTime, hash, sign, type ToSign } from './sign.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const timestamp = basicTime(now);

describe('the signature verifier, on paths and queries', () => {
  let door: Door;
  before(async () => {
    door = await openDoor({ now, answer: () => ({ application: {} }) });
  });
  after(() => door[Symbol.asyncDispose]());

  /** Signs `path` and `query` as the canonical request has them, and sends `target`. */
  const get = (target: string, path: string, query = ''): Promise<RawAnswer> => {
    const headers: [string, string][] = [['host', `127.0.0.1:${door.port}`], ['x-amz-date', timestamp]];
    return send(door.port, 'GET', target, [...headers, ['authorization', sign({ method: 'GET', path, query, headers, timestamp }).authorization]]);
  };
  /** Past the signature; the input may still be refused. */
  const isLetIn = async (answer: Promise<RawAnswer>): Promise<boolean> => (await answer).json['code'] !== 'InvalidSignatureException';

  const tricks: readonly (readonly [string, string, string])[] = [
    ['a letter percent-encoded after signing', '/v1/applications/%77eb', '/v1/applications/web'],
    ['dot segments', '/v1/x/../applications/web', '/v1/applications/web'],
    ['a single dot', '/v1/./applications/web', '/v1/applications/web'],
    ['a doubled slash', '//v1/applications/web', '/v1/applications/web'],
    ['an encoded slash', '/v1/applications%2Fweb', '/v1/applications/web'],
    ['a second decoding', '/v1/applications/%2577eb', '/v1/applications/%2577eb'],
    ['another case', '/V1/applications/web', '/v1/applications/web'],
    ['a trailing slash', '/v1/applications/web/', '/v1/applications/web'],
  ];
  for (const [what, target, signed] of tricks) {
    it(`refuses ${what}: what is routed is what was signed`, async () => {
      const before = door.dispatched.length;
      const { status } = await get(target, signed);
      assert.ok(status === 400 || status === 403 || status === 404, String(status));
      assert.equal(door.dispatched.length, before);
    });
  }

  it('takes a name whose percent-encoding was encoded again for signing, as AWS signers do', async () => {
    assert.equal(await isLetIn(get('/v1/applications/a%20b', '/v1/applications/a%2520b')), true);
  });

  it('sorts the query by name and then by value, whatever the order sent', async () => {
    const signed = 'a=1&b=1&b=2';
    for (const sent of ['a=1&b=1&b=2', 'b=2&a=1&b=1', 'b=1&b=2&a=1']) assert.equal(await isLetIn(get(`/v1/applications?${sent}`, '/v1/applications', signed)), true, sent);
    assert.equal(await isLetIn(get('/v1/applications?b=1&a=2&b=1', '/v1/applications', signed)), false);
  });

  it('reads + and %20 as one space, and %2B as a plus sign, in the signature and in the input alike', async () => {
    for (const sent of ['x+y', 'x%20y']) assert.equal(await isLetIn(get(`/v1/applications?nextToken=${sent}`, '/v1/applications', 'nextToken=x%20y')), true, sent);
    assert.equal((door.dispatched.at(-1)!.input as { nextToken: string }).nextToken, 'x y');
    assert.equal(await isLetIn(get('/v1/applications?nextToken=x+y', '/v1/applications', 'nextToken=x%2By')), false);
    assert.equal(await isLetIn(get('/v1/applications?nextToken=x%2By', '/v1/applications', 'nextToken=x%2By')), true);
    assert.equal((door.dispatched.at(-1)!.input as { nextToken: string }).nextToken, 'x+y');
  });

  it('takes a name without a value as one with an empty value', async () => {
    assert.equal(await isLetIn(get('/v1/applications?nextToken', '/v1/applications', 'nextToken=')), true);
  });
});

describe('a signed write', () => {
  let door: Door;
  let made: number;
  before(async () => {
    door = await openDoor({ answer: () => ({ status: String((made += 1)) }) });
  });
  beforeEach(() => (made = 0));
  after(() => door[Symbol.asyncDispose]());

  it('is done once, though it is played again, under another invocation id or none', async () => {
    const at = basicTime(Date.now());
    const headers: [string, string][] = [['host', 'x'], ['x-amz-date', at], ['x-amz-target', 'CodeDeploy_20141006.StopDeployment']];
    const body = '{"deploymentId":"d-ABCDEFGHI"}';
    const { authorization } = sign({ method: 'POST', path: '/', headers, body, timestamp: at });
    const play = async (): Promise<unknown> => (await send(door.port, 'POST', '/', [...headers, ['authorization', authorization]], body)).json['status'];
    assert.deepEqual([await play(), await play(), made], ['1', '1', 1]);
  });

  describe('in the memory of signatures', () => {
    let time = 0;
    const clock = { monotonic: () => time } as Clock;
    const perform = async (): Promise<number> => (made += 1);

    it('gives the first answer to whoever plays it later with an invocation id of his own', async () => {
      time = 0;
      const memory = rememberSignatures(clock, noSignatures);
      assert.equal(await memory.once('s', 'one', perform), 1);
      time = 2_000;
      assert.deepEqual([await memory.once('s', 'two', perform), await memory.once('s', null, perform)], [1, 1]);
      time = 10 * 60_000;
      assert.equal(await memory.once('s', 'three', perform), 1);
    });

    it('does both of two calls alike that one client signed within one second', async () => {
      time = 0;
      const memory = rememberSignatures(clock, noSignatures);
      assert.deepEqual([await memory.once('s', 'one', perform), await memory.once('s', 'two', perform), await memory.once('s', 'one', perform)], [1, 2, 1]);
    });

    it('is forgotten after a quarter of an hour, when the signature has long expired, and when defects prevented it', async () => {
      time = 0;
      const memory = rememberSignatures(clock, noSignatures);
      await assert.rejects(memory.once('s', null, () => Promise.reject(new Failure('ServiceUnavailable'))));
      assert.equal(await memory.once('s', null, perform), 1);
      time = 15 * 60_000;
      assert.equal(await memory.once('s', null, perform), 2);
    });
  });
});

describe('the rules of a door', () => {
  const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
  const put = (rules: SignatureRules, payload: string | null, over: Partial<ToSign> = {}, sentPath = '/fairlead/a%20b.zip') => {
    const headers: [string, string][] = [['host', 'x'], ['x-amz-date', timestamp], ...(payload === null ? [] : [['x-amz-content-sha256', payload] as [string, string]])];
    const { authorization } = sign({ method: 'PUT', path: '/fairlead/a%20b.zip', headers, service: 's3', timestamp, ...(payload === null ? {} : { payloadHash: payload }), ...over });
    const request: ReceivedRequest = { method: 'PUT', target: sentPath, headers: headersOf([...headers, ['authorization', authorization] as const].flat()), body: new Uint8Array() };
    return authenticateSignature(request, oneKey, now, rules);
  };
  const refused = (answer: Promise<unknown>, sentence: RegExp): Promise<void> => assert.rejects(answer, (error: Failure) => error.code === 'InvalidSignatureException' && sentence.test(error.message));

  it('for a bucket take a declared hash, which the taker of the body must hold it against', async () => {
    const { claim, caller } = await put(s3Rules([]), hash('the body'));
    assert.deepEqual([claim.payload, caller.accessKeyId], [hash('the body'), keyId]);
  });

  it('for a bucket take the payload words that it names, and no others', async () => {
    assert.equal((await put(s3Rules([streaming]), streaming)).claim.payload, streaming);
    for (const word of ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', '', 'ABC', hash('x').toUpperCase()]) await refused(put(s3Rules([streaming]), word), /x-amz-content-sha256 must be one of/);
    await refused(put(s3Rules([streaming]), null), /it is missing/);
  });

  it('for a bucket sign the path as it is sent, without a second encoding', async () => {
    await put(s3Rules([]), hash(''), { path: '/fairlead/a%20b.zip' });
    await refused(put(s3Rules([]), hash(''), { path: '/fairlead/a%2520b.zip' }), /does not match/);
    await refused(put(s3Rules([]), hash(''), {}, '/fairlead/a b.zip'), /does not match/);
  });

  it('keep the services apart: a signature for one is none for another', async () => {
    await refused(put(codeDeployRules, hash('')), /scoped to codedeploy/);
    await refused(put(s3Rules([]), hash(''), { service: 'codedeploy' }), /scoped to s3/);
    await refused(put(s3Rules([]), hash(''), { service: 'codedeploy-commands' }), /scoped to s3/);
  });
});

describe('a thousand spoilt requests', () => {
  it('are refused, every one', async () => {
    const headers: [string, string][] = [['host', 'x'], ['content-type', 'application/json'], ['x-amz-date', timestamp], ['x-amz-target', 'CodeDeploy_20141006.StopDeployment']];
    const body = '{"deploymentId":"d-ABCDEFGHI","autoRollbackEnabled":false}';
    const path = '/v1/things/one';
    const query = 'a=1&b=two';
    const { authorization } = sign({ method: 'POST', path, query, headers, body, timestamp });
    const good = { method: 'POST', target: `${path}?${query}`, headers: [...headers, ['authorization', authorization] as [string, string]], body };
    const ask = (request: typeof good) => authenticateSignature({ ...request, headers: headersOf(request.headers.flat()), body: Buffer.from(request.body) }, oneKey, now);
    await ask(good);

    const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
    /** One character of `text` put in, taken out or changed. */
    const spoil = (text: string): fc.Arbitrary<string> =>
      fc.tuple(fc.nat({ max: text.length - 1 }), printable, fc.constantFrom('change', 'insert', 'remove')).map(([at, letter, how]) => text.slice(0, at) + (how === 'remove' ? '' : letter) + text.slice(how === 'insert' ? at : at + 1));
    const header = fc.nat({ max: good.headers.length - 1 });
    const spoilt: fc.Arbitrary<typeof good> = fc.oneof(
      spoil(good.body).map((changed) => ({ ...good, body: changed })),
      spoil(good.target).map((changed) => ({ ...good, target: changed })),
      fc.constantFrom('GET', 'PUT', 'DELETE', 'post').map((method) => ({ ...good, method })),
      header.chain((at) => spoil(good.headers[at]![1]).map((value) => ({ ...good, headers: good.headers.map((one, i) => (i === at ? [one[0], value] : one) as [string, string]) }))),
      header.map((at) => ({ ...good, headers: good.headers.filter((_, i) => i !== at) })),
      header.map((at) => ({ ...good, headers: [...good.headers, good.headers[at]!] })),
      fc.tuple(printable, printable).map(([a, b]) => ({ ...good, headers: [...good.headers, [`x-amz-${a}`, b] as [string, string]] })),
      fc.constantFrom('X-Amz-Signature=1', 'X-Amz-Credential=1', 'x-amz-algorithm=1').map((more) => ({ ...good, target: `${good.target}&${more}` })),
    );
    await fc.assert(
      fc.asyncProperty(spoilt, async (request) => {
        // A change that says the same in other words is none: a space behind a comma, order of the query.
        fc.pre(JSON.stringify(request).replaceAll(', ', ',') !== JSON.stringify(good).replaceAll(', ', ',') && !isSame(request.target, good.target));
        await assert.rejects(ask(request), Failure);
      }),
      { numRuns: 1000 },
    );

    function isSame(a: string, b: string): boolean {
      return a !== b && new URLSearchParams(a.split('?')[1]).toString() === new URLSearchParams(b.split('?')[1]).toString() && a.split('?')[0] === b.split('?')[0];
    }
  });
});
