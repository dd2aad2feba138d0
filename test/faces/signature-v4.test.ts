// Each must of the verifier, with a request signed by hand. The table's left column is what was done to a request that
// is otherwise right; the unchanged one is accepted first, so that a refusal means what it says.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { type Door, keyId, openDoor, type RawAnswer, secret, send } from './open-door.ts';
import { basicTime, hash, sign, type ToSign } from './sign.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const body = '{"applicationName":"web"}';

describe('the signature verifier', () => {
  let door: Door;
  before(async () => {
    door = await openDoor({ now, answer: () => ({ application: {} }) });
  });
  after(() => door[Symbol.asyncDispose]());

  const ordinary = (): [string, string][] => [
    ['host', `127.0.0.1:${door.port}`],
    ['content-type', 'application/x-amz-json-1.1'],
    ['x-amz-date', basicTime(now)],
    ['x-amz-target', 'CodeDeploy_20141006.GetApplication'],
  ];
  const post = (change: Partial<ToSign> & { readonly sent?: readonly (readonly [string, string])[]; readonly sentBody?: string; readonly target?: string; readonly rewrite?: (authorization: string) => string } = {}): Promise<RawAnswer> => {
    const request: ToSign = { method: 'POST', path: '/', headers: ordinary(), body, timestamp: basicTime(now), ...change };
    const { authorization } = sign(request);
    const header = change.rewrite?.(authorization) ?? authorization;
    return send(door.port, 'POST', change.target ?? '/', [...(change.sent ?? request.headers), ['authorization', header]], change.sentBody ?? body);
  };
  const refused = async (answer: Promise<RawAnswer>, code: string, sentence: RegExp): Promise<void> => {
    const before = door.dispatched.length;
    const { status, json, headers } = await answer;
    assert.equal(json['__type'], code);
    assert.match(String(json['message']), sentence);
    assert.equal(headers['x-amzn-errortype'], code);
    assert.equal(status, 400);
    assert.equal(door.dispatched.length, before, 'a refused request must not be performed');
  };

  describe('accepts', () => {
    const plus = (more: [string, string][]): [string, string][] => [...ordinary(), ...more];
    const accepted: readonly (readonly [string, () => Parameters<typeof post>[0]])[] = [
      ['what the AWS CLI signs', () => ({})],
      ['an unsigned amz-sdk-invocation-id and user-agent, as the CLI sends them', () => ({ sent: plus([['amz-sdk-invocation-id', 'abc'], ['user-agent', 'aws-cli/1'], ['accept-encoding', 'identity'], ['x-amzn-trace-id', 'Root=1']]) })],
      ['what the JavaScript SDK signs', () => ({ headers: plus([['amz-sdk-invocation-id', 'x1'], ['amz-sdk-request', 'attempt=1; max=3'], ['content-length', String(body.length)], ['x-amz-content-sha256', hash(body)], ['x-amz-user-agent', 'aws-sdk-js/3']]), sent: plus([['amz-sdk-invocation-id', 'x1'], ['amz-sdk-request', 'attempt=1; max=3'], ['x-amz-content-sha256', hash(body)], ['x-amz-user-agent', 'aws-sdk-js/3']]) })],
      ['what Terraform signs', () => ({ headers: plus([['amz-sdk-invocation-id', 'x2'], ['amz-sdk-request', 'attempt=1; max=25'], ['content-length', String(body.length)]]), sent: plus([['amz-sdk-invocation-id', 'x2'], ['amz-sdk-request', 'attempt=1; max=25']]) })],
      ['a signed user-agent, as older SDKs do', () => ({ headers: plus([['user-agent', 'aws-sdk-java/1.11']]) })],
      ['header values with spaces around and runs of spaces within', () => ({ headers: plus([['x-amz-user-agent', '  a   b  ']]) })],
      ['any region', () => ({ region: 'mars-north-1' })],
      ['a Date header in place of X-Amz-Date', () => ({ headers: ordinary().map(([name, value]) => (name === 'x-amz-date' ? ['date', new Date(now).toUTCString()] : [name, value])) })],
      ['an age of five minutes', () => aged(-5 * 60_000)],
      ['a clock five minutes ahead', () => aged(5 * 60_000)],
      ['commas without spaces in the Authorization header', () => ({ rewrite: (authorization) => authorization.replaceAll(', ', ',') })],
    ];
    for (const [what, change] of accepted) {
      it(what, async () => {
        const { status, text } = await post(change());
        assert.equal(status, 200, text);
      });
    }
  });

  const aged = (ms: number): Partial<ToSign> => ({
    timestamp: basicTime(now + ms),
    headers: ordinary().map(([name, value]) => [name, name === 'x-amz-date' ? basicTime(now + ms) : value]),
  });
  const without = (name: string): [string, string][] => ordinary().filter(([other]) => other !== name);
  const names = (...leftOut: string[]): string[] => ordinary().map(([name]) => name).filter((name) => !leftOut.includes(name));

  describe('refuses', () => {
    const table: readonly (readonly [string, () => Parameters<typeof post>[0], string, RegExp])[] = [
      ['a wrong secret', () => ({ secret: 'wrong' }), 'InvalidSignatureException', /does not match/],
      ['an unknown access key', () => ({ keyId: 'NOBODY' }), 'InvalidSignatureException', /does not match/],
      ['another body than was signed', () => ({ sentBody: body.replace('web', 'api') }), 'InvalidSignatureException', /does not match/],
      ['another path than was signed', () => ({ path: '/other' }), 'InvalidSignatureException', /does not match/],
      ['a query added after signing', () => ({ target: '/?x=1' }), 'InvalidSignatureException', /does not match/],
      ['another target than was signed', () => ({ sent: ordinary().map(([name, value]) => [name, name === 'x-amz-target' ? 'CodeDeploy_20141006.DeleteApplication' : value]) }), 'InvalidSignatureException', /does not match/],
      ['another Host than was signed', () => ({ sent: ordinary().map(([name, value]) => [name, name === 'host' ? 'elsewhere' : value]) }), 'InvalidSignatureException', /does not match/],
      ['a Host signed without its port', () => ({ headers: ordinary().map(([name, value]) => [name, name === 'host' ? '127.0.0.1' : value]), sent: ordinary() }), 'InvalidSignatureException', /does not match/],
      ['an unsigned Host', () => ({ signed: names('host') }), 'InvalidSignatureException', /host must be signed/],
      ['an unsigned X-Amz-Target', () => ({ signed: names('x-amz-target') }), 'InvalidSignatureException', /x-amz-target must be signed/],
      ['an unsigned X-Amz-Date', () => ({ signed: names('x-amz-date') }), 'IncompleteSignatureException', /signed X-Amz-Date/],
      ['an unsigned Content-Type', () => ({ signed: names('content-type') }), 'InvalidSignatureException', /content-type must be signed/],
      ['any other unsigned X-Amz header', () => ({ sent: [...ordinary(), ['x-amz-anything', '1']] }), 'InvalidSignatureException', /x-amz-anything must be signed/],
      ['a signed header that was not sent', () => ({ signed: [...names(), 'x-amz-user-agent'] }), 'InvalidSignatureException', /names x-amz-user-agent/],
      ['X-Amz-Target sent twice', () => ({ sent: [...ordinary(), ['x-amz-target', 'CodeDeploy_20141006.DeleteApplication']] }), 'InvalidSignatureException', /x-amz-target is sent 2 times/],
      ['X-Amz-Date sent twice', () => ({ sent: [...ordinary(), ['X-Amz-Date', basicTime(now)]] }), 'InvalidSignatureException', /x-amz-date is sent 2 times/],
      ['Content-Type sent twice', () => ({ sent: [...ordinary(), ['content-type', 'application/json']] }), 'InvalidSignatureException', /content-type is sent 2 times/],
      ['Host sent twice', () => ({ sent: [...ordinary(), ['host', 'elsewhere']] }), 'InvalidSignatureException', /host is sent 2 times/],
      ['any signed header sent twice', () => ({ headers: [...ordinary(), ['amz-sdk-request', 'attempt=1']], sent: [...ordinary(), ['amz-sdk-request', 'attempt=1'], ['amz-sdk-request', 'attempt=2']] }), 'InvalidSignatureException', /amz-sdk-request is sent 2 times/],
      ['Authorization sent twice', () => ({ sent: [...ordinary(), ['authorization', 'Bearer x:y']] }), 'IncompleteSignatureException', /more than once/],
      ['a signature older than five minutes', () => aged(-5 * 60_000 - 1000), 'InvalidSignatureException', /^Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z \(20260301T120000Z - 5 min\.\)$/],
      ['a signature from more than five minutes ahead', () => aged(5 * 60_000 + 1000), 'InvalidSignatureException', /^Signature not yet current: 20260301T120501Z is still later than/],
      ['a scope of another day than the date', () => ({ date: '20260228' }), 'InvalidSignatureException', /Date in Credential scope/],
      ['another service in the scope', () => ({ service: 'sqs' }), 'InvalidSignatureException', /scoped to codedeploy/],
      ['another end of the scope', () => ({ terminator: 'aws5_request' }), 'InvalidSignatureException', /scoped to codedeploy\/aws4_request/],
      ['a region other than the signed one', () => ({ rewrite: (authorization) => authorization.replace('eu-central-1', 'us-east-1') }), 'InvalidSignatureException', /does not match/],
      ['a scope with a part missing', () => ({ rewrite: (authorization) => authorization.replace('/codedeploy', '') }), 'IncompleteSignatureException', /Credential must be/],
      ['a signature in capitals', () => ({ rewrite: (authorization) => authorization.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase().replace(/^\d/, 'A')) }), 'IncompleteSignatureException', /lower-case/],
      ['a signature with one digit changed', () => ({ rewrite: (authorization) => authorization.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) }), 'InvalidSignatureException', /does not match/],
      ['a signature cut short', () => ({ rewrite: (authorization) => authorization.slice(0, -1) }), 'IncompleteSignatureException', /64 lower-case/],
      ['a header without Signature', () => ({ rewrite: (authorization) => authorization.replace(/, Signature=.*/, '') }), 'IncompleteSignatureException', /requires Signature/],
      ['a header without SignedHeaders', () => ({ rewrite: (authorization) => authorization.replace(/SignedHeaders=[^,]+, /, '') }), 'IncompleteSignatureException', /requires SignedHeaders/],
      ['a part given twice', () => ({ rewrite: (authorization) => `${authorization}, Signature=${'0'.repeat(64)}` }), 'IncompleteSignatureException', /cannot be read/],
      ['an unknown part', () => ({ rewrite: (authorization) => `${authorization}, More=1` }), 'IncompleteSignatureException', /cannot be read/],
      ['SignedHeaders out of order', () => ({ rewrite: (authorization) => authorization.replace('content-type;host', 'host;content-type') }), 'IncompleteSignatureException', /in order/],
      ['SignedHeaders in capitals', () => ({ rewrite: (authorization) => authorization.replace(';host', ';Host') }), 'IncompleteSignatureException', /lower-case/],
      ['a date that is none', () => ({ headers: ordinary().map(([name, value]) => [name, name === 'x-amz-date' ? 'yesterday' : value]) }), 'IncompleteSignatureException', /must look like/],
      ['UNSIGNED-PAYLOAD', () => ({ headers: [...ordinary(), ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD']], payloadHash: 'UNSIGNED-PAYLOAD' }), 'InvalidSignatureException', /unsigned and streaming/],
      ['a streaming payload', () => ({ headers: [...ordinary(), ['x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD']], payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }), 'InvalidSignatureException', /unsigned and streaming/],
      ['an x-amz-content-sha256 of another body', () => ({ headers: [...ordinary(), ['x-amz-content-sha256', hash('other')]], payloadHash: hash('other') }), 'InvalidSignatureException', /SHA-256 of the body/],
      ['a session token, which no key here has', () => ({ headers: [...ordinary(), ['x-amz-security-token', 'token']] }), 'UnrecognizedClientException', /security token/],
      ['a signature in header and query both', () => ({ target: '/?X-Amz-Signature=00', query: 'X-Amz-Signature=00' }), 'IncompleteSignatureException', /in the query/],
      ['an empty secret', () => ({ secret: '' }), 'InvalidSignatureException', /does not match/],
    ];
    for (const [what, change, code, sentence] of table) {
      it(what, () => refused(post(change()), code, sentence));
    }

    it('a missing X-Amz-Date', () => refused(post({ headers: without('x-amz-date') }), 'IncompleteSignatureException', /X-Amz-Date/));
    it('a signature in the query alone', () => refused(send(door.port, 'POST', '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=b', ordinary(), body), 'IncompleteSignatureException', /in the query/));
    it('no credential', () => refused(send(door.port, 'POST', '/', ordinary(), body), 'MissingAuthenticationTokenException', /Sign the request/));
    it('a bearer on the AWS face', () => refused(send(door.port, 'POST', '/', [...ordinary(), ['authorization', `Bearer ${keyId}:${secret}`]], body), 'MissingAuthenticationTokenException', /Sign the request/));
    it('an expired signature even when it is wrong too, in the same words', () => refused(post({ ...aged(-3_600_000), secret: 'wrong' }), 'InvalidSignatureException', /^Signature expired/));

    it('a wrong secret and an unknown key in the very same words', async () => {
      const [wrong, unknown] = await Promise.all([post({ secret: 'wrong' }), post({ keyId: 'NOBODY' })]);
      assert.deepEqual([wrong.status, wrong.text], [unknown.status, unknown.text]);
    });
  });

  it('agrees with the AWS signer about paths and queries of every shape', async () => {
    class Sha256 {
      private readonly hash;
      constructor(key?: string | ArrayBuffer | ArrayBufferView) {
        this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', typeof key === 'string' ? key : Buffer.from(key as Uint8Array));
      }
      update(data: Uint8Array): void {
        this.hash.update(data);
      }
      async digest(): Promise<Uint8Array> {
        return this.hash.digest();
      }
    }
    const signer = new SignatureV4({ credentials: { accessKeyId: keyId, secretAccessKey: secret }, region: 'x', service: 'codedeploy', sha256: Sha256 as never });
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((s) => s.trim() !== '' && s !== '.' && s !== '..' && s.isWellFormed());
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(text.filter((s) => !/^x-amz-/i.test(s)), fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }).filter((s) => s.isWellFormed()), { minLength: 1, maxLength: 3 }), { maxKeys: 3 }), async (name, query) => {
        const path = `/v1/applications/${encodeURIComponent(name)}`;
        const host = `127.0.0.1:${door.port}`;
        const signed = (await signer.sign({ method: 'GET', protocol: 'http:', hostname: host, path, query, headers: { host } } as never, { signingDate: new Date(now) })) as unknown as { readonly headers: Record<string, string> };
        const pairs = Object.entries(query).flatMap(([key, values]) => values.map((value) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`));
        const answer = await send(door.port, 'GET', pairs.length === 0 ? path : `${path}?${pairs.join('&')}`, Object.entries(signed.headers));
        assert.ok(!['InvalidSignatureException', 'IncompleteSignatureException'].includes(String(answer.json['code'])), answer.text);
      }),
      { numRuns: 100 },
    );
  });
});
