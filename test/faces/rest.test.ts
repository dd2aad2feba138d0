import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { catalogueEntry, errorCodes, Failure } from '../../protocol/errors.ts';
import { operations } from '../../protocol/operations/registry.ts';
import { splitRoute } from '../../server/faces/rest.ts';
import { bearer, type Door, keyId, openDoor, send, secret } from './open-door.ts';
import { basicTime, sign } from './sign.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> | null;
}

describe('the REST face', () => {
  let door: Door;
  let answer: (name: string) => unknown;
  beforeEach(async () => {
    answer = () => undefined;
    door = await openDoor({ answer: (name) => answer(name) });
  });
  afterEach(() => door[Symbol.asyncDispose]());

  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const response = await fetch(`${door.url}${path}`, {
      method,
      headers: { ...bearer, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>) };
  };
  const inputOf = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const { status, body: said } = await ask(method, path, body);
    assert.ok(status < 300, JSON.stringify(said));
    return door.dispatched.at(-1)!.input;
  };

  it('has a route for every operation of the registry', async () => {
    for (const definition of operations) {
      const { method, path, members } = splitRoute(definition.route);
      const { status } = await ask(method, path.replace(/:\w+/g, 'x'), method === 'GET' || method === 'DELETE' ? undefined : {});
      assert.ok(status < 300, `${definition.route}: ${status}`);
      assert.equal(door.dispatched.at(-1)!.name, definition.name);
      assert.deepEqual(door.dispatched.at(-1)!.input, { ...definition.restDefaults, ...Object.fromEntries(members.map((member) => [member, 'x'])) });
    }
  });

  it('answers 201 to creation, 204 with nothing to void operations and 200 to the rest', async () => {
    assert.equal((await ask('POST', '/v1/applications', { applicationName: 'web' })).status, 201);
    assert.deepEqual(await ask('DELETE', '/v1/applications/web').then(({ status, body }) => [status, body]), [204, null]);
    assert.equal((await ask('GET', '/v1/applications')).status, 200);
  });

  it('takes a role that names nobody for a group that gives none, and leaves the one that is given', async () => {
    const create = async (more: object) => ((await inputOf('POST', '/v1/applications/web/deployment-groups', { deploymentGroupName: 'blue', ...more })) as { serviceRoleArn: string }).serviceRoleArn;
    assert.match(await create({}), /^arn:aws:iam::000000000000:role\//);
    assert.equal(await create({ serviceRoleArn: 'arn:own' }), 'arn:own');
  });

  describe('reads from path, query and body', () => {
    const table: readonly (readonly [string, string, string, unknown, unknown])[] = [
      ['the path', 'GET', '/v1/deployments/d-ABCDEFGHI', undefined, { deploymentId: 'd-ABCDEFGHI' }],
      ['two members of the path', 'GET', '/v1/applications/web/deployment-groups/blue', undefined, { applicationName: 'web', deploymentGroupName: 'blue' }],
      ['percent-encoding in the path, slashes too', 'GET', '/v1/applications/a%2Fb%20%C3%A9', undefined, { applicationName: 'a/b é' }],
      ['path and body together', 'POST', '/v1/applications/web/deployments', { deploymentGroupName: 'blue', ignoreApplicationStopFailures: true }, { applicationName: 'web', deploymentGroupName: 'blue', ignoreApplicationStopFailures: true }],
      ['a path member repeated alike in the body', 'POST', '/v1/applications/web/deployments', { applicationName: 'web' }, { applicationName: 'web' }],
      ['no body as an empty one', 'POST', '/v1/deployments/d-ABCDEFGHI/stop', undefined, { deploymentId: 'd-ABCDEFGHI' }],
      ['a string', 'GET', '/v1/deployments?deploymentGroupName=a%26b+c', undefined, { deploymentGroupName: 'a&b c' }],
      ['digits as text where text is meant', 'GET', '/v1/applications?nextToken=123', undefined, { nextToken: '123' }],
      ['a list of one', 'GET', '/v1/deployments?includeOnlyStatuses=Failed', undefined, { includeOnlyStatuses: ['Failed'] }],
      ['a repeated name as a list', 'GET', '/v1/deployments?includeOnlyStatuses=Failed&includeOnlyStatuses=Stopped', undefined, { includeOnlyStatuses: ['Failed', 'Stopped'] }],
      ['a comma as part of a value', 'GET', '/v1/deployments?includeOnlyStatuses=Failed,Stopped', undefined, { includeOnlyStatuses: ['Failed,Stopped'] }],
      ['an object as JSON text', 'GET', `/v1/deployments?createTimeRange=${encodeURIComponent('{"start":"2026-01-01T00:00:00Z"}')}`, undefined, { createTimeRange: { start: Date.parse('2026-01-01T00:00:00Z') } }],
      ['a map as JSON text', 'GET', `/v1/deployments/d-1/targets?targetFilters=${encodeURIComponent('{"TargetStatus":["Failed"]}')}`, undefined, { deploymentId: 'd-1', targetFilters: { TargetStatus: ['Failed'] } }],
      ['a list of objects, each as JSON text', 'GET', `/v1/on-premises-instances?tagFilters=${encodeURIComponent('{"Key":"a"}')}&tagFilters=${encodeURIComponent('{"Key":"b"}')}`, undefined, { tagFilters: [{ Key: 'a' }, { Key: 'b' }] }],
      ['an instant with an offset in the body', 'GET', `/v1/deployments?createTimeRange=${encodeURIComponent('{"end":"2026-01-01T02:00:00+02:00"}')}`, undefined, { createTimeRange: { end: Date.parse('2026-01-01T00:00:00Z') } }],
    ];
    for (const [what, method, path, body, expected] of table) {
      it(what, async () => assert.deepEqual(await inputOf(method, path, body), expected));
    }
  });

  it('refuses members that an operation does not have, at any depth, before anything is done', async () => {
    for (const [method, path, body, field] of [
      ['GET', '/v1/applications?colour=red', undefined, 'colour'],
      ['POST', '/v1/applications/a/deployments', { deploymentGroupName: 'g', revision: { s3Location: { bukket: 'b' } } }, 'revision.s3Location.bukket'],
      ['POST', '/v1/applications/a/deployments', { deploymentGroupName: 'g', fileExistBehaviour: 'OVERWRITE' }, 'fileExistBehaviour'],
    ] as const) {
      await assert.rejects(inputOf(method, path, body), (error: Error) => error.message.includes('ValidationException') && error.message.includes(field));
    }
  });

  it('answers instants in ISO 8601, inside unions too', async () => {
    const instant = Date.parse('2026-01-01T00:00:00.250Z');
    answer = (name) =>
      name === 'ExplainDeployment'
        ? { deploymentId: 'd-1', status: 'InProgress', waitingOn: [{ reason: 'LifecycleEvent', targetId: 'a', event: 'Install', since: instant, deadline: instant }, { reason: 'MinimumHealthyHosts', healthy: 1, required: 1, inFlight: 0, pending: 2 }], sentences: [] }
        : { application: { createTime: instant } };
    assert.deepEqual((await ask('GET', '/v1/applications/web')).body, { application: { createTime: '2026-01-01T00:00:00.250Z' } });
    assert.deepEqual(((await ask('GET', '/v1/deployments/d-1/explain')).body!['waitingOn'] as unknown[])[0], { reason: 'LifecycleEvent', targetId: 'a', event: 'Install', since: '2026-01-01T00:00:00.250Z', deadline: '2026-01-01T00:00:00.250Z' });
  });

  describe('refuses', () => {
    const table: readonly (readonly [string, string, string, unknown, number, string, RegExp, string | undefined])[] = [
      ['malformed JSON', 'POST', '/v1/applications', '{"applicationName"', 400, 'SerializationException', /not valid JSON/, undefined],
      ['a list as body', 'POST', '/v1/applications', [], 400, 'SerializationException', /a list/, undefined],
      ['a path member that the body contradicts', 'POST', '/v1/applications/web/deployments', { applicationName: 'api' }, 400, 'ValidationException', /leave it to the path/, 'applicationName'],
      ['a scalar given twice', 'GET', '/v1/applications?nextToken=a&nextToken=b', undefined, 400, 'ValidationException', /2 times/, 'nextToken'],
      ['an object that is no JSON', 'GET', '/v1/deployments?createTimeRange=yesterday', undefined, 400, 'ValidationException', /createTimeRange is not valid JSON/, 'createTimeRange'],
      ['an instant without a zone', 'GET', `/v1/deployments?createTimeRange=${encodeURIComponent('{"start":"2026-01-01T00:00:00"}')}`, undefined, 400, 'ValidationException', /ISO 8601/, undefined],
      ['an instant as a number', 'GET', `/v1/deployments?createTimeRange=${encodeURIComponent('{"start":1767225600}')}`, undefined, 400, 'ValidationException', /ISO 8601/, undefined],
      ['a broken percent-encoding in the query', 'GET', '/v1/applications?nextToken=%zz', undefined, 400, 'ValidationException', /percent-encoding/, undefined],
      ['a broken percent-encoding in the path', 'GET', '/v1/applications/%zz', undefined, 400, 'ValidationException', /percent-encoding/, undefined],
      ['a query where a body is read', 'POST', '/v1/applications?applicationName=web', undefined, 400, 'ValidationException', /takes it in the body/, 'applicationName'],
      ['a name of two thousand characters', 'GET', `/v1/applications/${'x'.repeat(2000)}`, undefined, 400, 'ValidationException', /too long/, undefined],
      ['an unknown path', 'GET', '/v1/coffee', undefined, 404, 'NotFoundException', /GET \/v1\/coffee/, undefined],
      ['an unknown method', 'PUT', '/v1/applications', undefined, 404, 'NotFoundException', /PUT \/v1\/applications/, undefined],
      ['a doubled slash', 'GET', '/v1//applications', undefined, 404, 'NotFoundException', /nothing at/, undefined],
    ];
    for (const [what, method, path, body, status, code, sentence, field] of table) {
      it(`${what} with ${status} ${code}`, async () => {
        const said = await ask(method, path, body);
        assert.deepEqual([said.status, said.body!['code'], said.body!['field']], [status, code, field]);
        assert.match(String(said.body!['message']), sentence);
        assert.equal(said.body!['requestId'], said.headers.get('x-amzn-requestid'));
        assert.match(said.headers.get('content-type')!, /^application\/json/);
        assert.equal(door.dispatched.length, 0);
      });
    }

    it('a body of another content type', async () => {
      const said = await ask('POST', '/v1/applications', '{"applicationName":"web"}', { 'content-type': 'text/plain' });
      assert.deepEqual([said.status, said.body!['code']], [400, 'SerializationException']);
      assert.match(String(said.body!['message']), /application\/json; it is text\/plain/);
    });

    it('methods that no client uses, still in JSON', async () => {
      for (const method of ['TRACE', 'PROPFIND', 'OPTIONS']) {
        const { status, json } = await send(door.port, method, '/v1/applications', [['host', 'x']]);
        assert.deepEqual([status, json['code']], [404, 'NotFoundException'], method);
      }
    });
  });

  it('spells every error of the catalogue with its own status, code, sentence and field', async () => {
    for (const code of errorCodes) {
      answer = () => {
        throw new Failure(code, undefined, 'a.b');
      };
      const { status, body } = await ask('GET', '/v1/applications');
      const entry = catalogueEntry(code);
      assert.deepEqual([status, body!['code'], body!['message'], body!['field']], [entry.status, code, entry.sentence, 'a.b']);
    }
  });

  it('tells nothing of a defect but the request id, and logs the rest', async () => {
    answer = () => {
      throw new TypeError('secret detail');
    };
    const { status, body } = await ask('GET', '/v1/applications?nextToken=private');
    assert.deepEqual([status, body!['code']], [500, 'InternalFailure']);
    assert.doesNotMatch(JSON.stringify(body), /secret detail|at /);
    const line = door.logged.find(({ level }) => level === 'error')!;
    assert.equal(line.fields['requestId'], body!['requestId']);
    assert.match(String(line.fields['error']), /TypeError: secret detail\n/);
    assert.doesNotMatch(JSON.stringify(door.logged), /private/);
  });

  describe('credentials', () => {
    const code = async (authorization?: string): Promise<[number, unknown]> => {
      const { status, json } = await send(door.port, 'GET', '/v1/applications', [['host', 'x'], ...(authorization === undefined ? [] : [['authorization', authorization] as const])]);
      return [status, json['code']];
    };
    it('takes a bearer of id and secret, the scheme in any case', async () => {
      assert.equal((await code(`Bearer ${keyId}:${secret}`))[0], 200);
      assert.equal((await code(`bearer ${keyId}:${secret}`))[0], 200);
      assert.equal(door.dispatched[0]!.context.accessKeyId, keyId);
    });
    it('takes a signature', async () => {
      const timestamp = basicTime(Date.now());
      const headers: [string, string][] = [['host', 'x'], ['x-amz-date', timestamp]];
      const { authorization } = sign({ method: 'GET', path: '/v1/deployments', query: 'deploymentGroupName=a%20b', headers, timestamp });
      const { status } = await send(door.port, 'GET', '/v1/deployments?deploymentGroupName=a+b', [...headers, ['authorization', authorization]]);
      assert.equal(status, 200);
      assert.deepEqual(door.dispatched[0]!.input, { deploymentGroupName: 'a b' });
    });
    it('refuses none, a wrong secret, an unknown id, another scheme and an empty secret', async () => {
      assert.deepEqual(await code(), [401, 'MissingAuthenticationTokenException']);
      assert.deepEqual(await code(`Bearer ${keyId}:wrong`), [401, 'UnrecognizedClientException']);
      assert.deepEqual(await code(`Bearer NOBODY:${secret}`), [401, 'UnrecognizedClientException']);
      assert.deepEqual(await code(`Bearer NOBODY:no access key has this secret`), [401, 'UnrecognizedClientException']);
      assert.deepEqual(await code(`Bearer ${keyId}:`), [401, 'UnrecognizedClientException']);
      assert.deepEqual(await code(`Bearer ${keyId}`), [401, 'MissingAuthenticationTokenException']);
      assert.deepEqual(await code(`Basic ${Buffer.from(`${keyId}:${secret}`).toString('base64')}`), [401, 'MissingAuthenticationTokenException']);
      assert.equal(door.dispatched.length, 0);
    });
    it('guards every route but health, enrolment, artifacts and sessions', async () => {
      for (const definition of operations) {
        const { method, path } = splitRoute(definition.route);
        const { status } = await send(door.port, method, path.replace(/:\w+/g, 'x'), [['host', 'x']]);
        assert.equal(status, 401, definition.route);
      }
      assert.equal((await send(door.port, 'GET', '/v1/openapi.json', [['host', 'x']])).status, 401);
      assert.equal((await send(door.port, 'GET', '/v1/deployments/d-1/watch', [['host', 'x']])).status, 401);
      assert.equal((await send(door.port, 'PUT', '/v1/applications/web/uploads?bundleType=tgz', [['host', 'x'], ['content-type', 'application/octet-stream']], 'x')).status, 401);
      assert.equal((await send(door.port, 'GET', '/healthz', [['host', 'x']])).status, 200);
      assert.equal(door.dispatched.length, 0);
      assert.equal(door.uploaded.length, 0);
    });
  });

  it('performs a creation once for one invocation id, also when both ask at the same time', async () => {
    let made = 0;
    answer = async () => {
      made += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return { applicationId: String(made) };
    };
    const same = { 'amz-sdk-invocation-id': 'one' };
    const both = await Promise.all([ask('POST', '/v1/applications', { applicationName: 'a' }, same), ask('POST', '/v1/applications', { applicationName: 'a' }, same)]);
    assert.deepEqual(both.map(({ status, body }) => [status, body]), [[201, { applicationId: '1' }], [201, { applicationId: '1' }]]);
    assert.equal(made, 1);
  });

  it('shows the OpenAPI document', async () => {
    const { status, body } = await ask('GET', '/v1/openapi.json');
    assert.deepEqual([status, body!['openapi']], [200, '3.1.0']);
  });
});
