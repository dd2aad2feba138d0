import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Failure } from '../../protocol/errors.ts';
import { type Door, openDoor, type RawAnswer, send } from './open-door.ts';
import { basicTime, sign } from './sign.ts';

describe('the AWS JSON face', () => {
  let door: Door;
  let answer: (name: string) => unknown;
  beforeEach(async () => {
    answer = () => undefined;
    door = await openDoor({ answer: (name) => answer(name) });
  });
  afterEach(() => door[Symbol.asyncDispose]());

  const call = (target: string | null, body: string | Uint8Array, contentType: string | null = 'application/x-amz-json-1.1', more: [string, string][] = []): Promise<RawAnswer> => {
    const timestamp = basicTime(Date.now());
    const headers: [string, string][] = [['host', `127.0.0.1:${door.port}`], ['x-amz-date', timestamp]];
    if (contentType !== null) headers.push(['content-type', contentType]);
    if (target !== null) headers.push(['x-amz-target', target]);
    const { authorization } = sign({ method: 'POST', path: '/', headers, body, timestamp });
    return send(door.port, 'POST', '/', [...headers, ...more, ['authorization', authorization]], body);
  };
  const list = 'CodeDeploy_20141006.ListApplications';

  it('names the operation in no answer but gives every answer a request id and its content type', async () => {
    answer = () => ({ applications: ['web'] });
    const { status, headers, text } = await call(list, '{}');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
    assert.match(headers['x-amzn-requestid']!, /^[0-9a-f-]{36}$/);
    assert.notEqual(headers['date'], undefined);
    assert.equal(text, '{"applications":["web"]}');
  });

  it('takes an empty body as an empty input', async () => {
    await call(list, '');
    assert.deepEqual(door.dispatched[0]!.input, {});
  });

  it('takes application/json, with a charset too', async () => {
    assert.equal((await call(list, '{}', 'application/json; charset=utf-8')).status, 200);
  });

  it('answers a void operation with 200 and nothing', async () => {
    const { status, headers, text } = await call('CodeDeploy_20141006.DeleteApplication', '{"applicationName":"web"}');
    assert.deepEqual([status, text, headers['content-length']], [200, '', '0']);
  });

  it('takes instants as seconds, fractions and ISO 8601', async () => {
    const range = { start: 1767225600.25, end: '2026-01-02T00:00:00Z' };
    await call('CodeDeploy_20141006.ListDeployments', JSON.stringify({ createTimeRange: range }));
    assert.deepEqual(door.dispatched[0]!.input, { createTimeRange: { start: 1767225600250, end: Date.parse('2026-01-02T00:00:00Z') } });
  });

  it('answers instants as numbers of seconds', async () => {
    answer = () => ({ application: { applicationName: 'web', createTime: 1409764576589 } });
    assert.equal((await call('CodeDeploy_20141006.GetApplication', '{"applicationName":"web"}')).text, '{"application":{"applicationName":"web","createTime":1409764576.589}}');
  });

  it('keeps a __proto__ member a member', async () => {
    await call(list, '{"__proto__":{"polluted":true}}');
    assert.equal(Object.hasOwn(door.dispatched[0]!.input as object, '__proto__'), true);
    assert.equal((door.dispatched[0]!.input as { polluted?: unknown }).polluted, undefined);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  const refusals: readonly (readonly [string, () => Promise<RawAnswer>, string, RegExp])[] = [
    ['malformed JSON', () => call(list, '{"a":'), 'SerializationException', /not valid JSON/],
    ['a list as body', () => call(list, '[]'), 'SerializationException', /must be a JSON object; it is a list/],
    ['null as body', () => call(list, 'null'), 'SerializationException', /it is null/],
    ['a number as body', () => call(list, '1'), 'SerializationException', /it is a number/],
    ['bytes that are no UTF-8', () => call(list, Uint8Array.of(0x7b, 0xff, 0x7d)), 'SerializationException', /not valid UTF-8/],
    ['a hundred thousand brackets', () => call(list, `{"a":${'['.repeat(100_000)}`), 'SerializationException', /deeper than 64/],
    ['an instant that is none', () => call('CodeDeploy_20141006.ListDeployments', '{"createTimeRange":{"start":"tomorrow"}}'), 'SerializationException', /instant.*"tomorrow"/],
    ['an instant out of all range', () => call('CodeDeploy_20141006.ListDeployments', '{"createTimeRange":{"start":1e300}}'), 'SerializationException', /instant/],
    ['another content type', () => call(list, '{}', 'application/x-www-form-urlencoded'), 'SerializationException', /application\/x-amz-json-1\.1/],
    ['an unknown operation', () => call('CodeDeploy_20141006.MakeCoffee', '{}'), 'UnknownOperationException', /no operation MakeCoffee/],
    ['an operation of another version', () => call('CodeDeploy_20990101.ListApplications', '{}'), 'UnknownOperationException', /CodeDeploy_20141006/],
    ['an operation of Object.prototype', () => call('CodeDeploy_20141006.constructor', '{}'), 'UnknownOperationException', /no operation/],
    ['an operation that only REST has', () => call('CodeDeploy_20141006.ListInstances', '{}'), 'UnknownOperationException', /no operation ListInstances/],
    ['no target', () => call(null, '{}'), 'UnknownOperationException', /The header X-Amz-Target is missing: it names the operation/],
  ];
  for (const [what, ask, code, sentence] of refusals) {
    it(`refuses ${what} with 400 ${code}, in body and header`, async () => {
      const { status, headers, json } = await ask();
      assert.deepEqual([status, json['__type'], headers['x-amzn-errortype'], headers['content-type']], [400, code, code, 'application/x-amz-json-1.1']);
      assert.match(String(json['message']), sentence);
      assert.equal(door.dispatched.length, 0);
      assert.match(headers['x-amzn-requestid']!, /^[0-9a-f-]{36}$/);
    });
  }

  it('says 400 for refusals that REST gives another status', async () => {
    answer = () => {
      throw new Failure('ThrottlingException');
    };
    const { status, json } = await call(list, '{}');
    assert.deepEqual([status, json['__type']], [400, 'ThrottlingException']);
  });

  it('keeps 413 for an oversized body, and answers it in JSON', async () => {
    const { status, json } = await call(list, `{"a":"${'x'.repeat(1024 * 1024)}"}`);
    assert.deepEqual([status, json['__type']], [413, 'RequestEntityTooLargeException']);
  });

  it('performs a signed creation once, though a client without invocation ids sends it again', async () => {
    let made = 0;
    answer = () => ({ applicationId: String((made += 1)) });
    const timestamp = basicTime(Date.now());
    const body = '{"applicationName":"web"}';
    const headers: [string, string][] = [['host', `127.0.0.1:${door.port}`], ['x-amz-date', timestamp], ['x-amz-target', 'CodeDeploy_20141006.CreateApplication']];
    const { authorization } = sign({ method: 'POST', path: '/', headers, body, timestamp });
    const again = (): Promise<RawAnswer> => send(door.port, 'POST', '/', [...headers, ['authorization', authorization]], body);
    assert.deepEqual([(await again()).json['applicationId'], (await again()).json['applicationId'], made], ['1', '1', 1]);
  });

  it('performs two different creations though they carry one invocation id', async () => {
    let made = 0;
    answer = () => ({ applicationId: String((made += 1)) });
    const create = (name: string): Promise<RawAnswer> => call('CodeDeploy_20141006.CreateApplication', JSON.stringify({ applicationName: name }), 'application/json', [['amz-sdk-invocation-id', 'same']]);
    assert.deepEqual([(await create('a')).json['applicationId'], (await create('b')).json['applicationId'], (await create('a')).json['applicationId']], ['1', '2', '1']);
  });

  it('performs any write once for one invocation id, also when it is signed anew', async () => {
    const again: [string, string][] = [['amz-sdk-invocation-id', 'same']];
    for (const type of ['application/json', 'application/x-amz-json-1.1']) await call('CodeDeploy_20141006.UpdateApplication', '{"applicationName":"a","newApplicationName":"b"}', type, again);
    assert.equal(door.dispatched.length, 1);
  });

  it('performs reads every time they are asked', async () => {
    const again: [string, string][] = [['amz-sdk-invocation-id', 'same']];
    for (let i = 0; i < 2; i += 1) await call(list, '{}', 'application/json', again);
    assert.equal(door.dispatched.length, 2);
  });
});
