import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createClient } from '../../cli/client.ts';
import { eachItem } from '../../cli/collect-pages.ts';
import { Refusal, exitStatus } from '../../cli/refusal.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { refuse, say, startFakeServer } from './fake-server.ts';

const clientOf = (url: string) => createClient({ url: new URL(url), accessKeyId: 'AK', secretAccessKey: 's', accessKeyOrigin: 'FAIRLEAD_ACCESS_KEY_ID' });

const refusal = (status: number, pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.status, status);
  assert.match([error.message, ...error.advice].join('\n'), pattern);
  return true;
};

describe('cli/client', () => {
  it('sends the access key as a bearer and gives instants as epoch milliseconds', async () => {
    await using server = await startFakeServer({
      'GET /v1/applications/a': say({ application: { applicationId: 'i', applicationName: 'a', createTime: '2026-01-02T03:04:05.678Z', linkedToGitHub: false, computePlatform: 'Server' } }),
    });
    const { application } = await clientOf(server.url).call(registry.getApplication, { applicationName: 'a' });
    assert.equal(application.createTime, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    assert.equal(server.asked[0]?.headers.authorization, 'Bearer AK:s');
  });

  it('spells instants in ISO 8601 on the way out', async () => {
    await using server = await startFakeServer({ 'GET /v1/deployments': say({ deployments: [] }) });
    await clientOf(server.url).call(registry.listDeployments, { createTimeRange: { start: 0 } });
    assert.match(decodeURIComponent(server.asked[0]?.line ?? ''), /createTimeRange=\{"start":"1970-01-01T00:00:00.000Z"\}/);
  });

  it('keeps the path that stands before the API in the address', async () => {
    await using server = await startFakeServer({ 'GET /fairlead/v1/applications': say({ applications: ['a'] }) });
    assert.deepEqual(await clientOf(`${server.url}/fairlead/`).call(registry.listApplications, {}), { applications: ['a'] });
  });

  it('reads an answer without a body where the operation answers nothing', async () => {
    await using server = await startFakeServer({ 'DELETE /v1/applications/a': say(null, 204) });
    assert.equal(await clientOf(server.url).call(registry.deleteApplication, { applicationName: 'a' }), null);
  });

  it('gives the server’s sentence, the field at fault and what to do next', async () => {
    await using server = await startFakeServer({ 'GET /v1/applications/a': refuse(404, 'ApplicationDoesNotExistException', 'No such application.', 'applicationName') });
    await assert.rejects(clientOf(server.url).call(registry.getApplication, { applicationName: 'a' }), refusal(exitStatus.refused, /^No such application\. \(field applicationName\)\n.*fairlead application list/));
  });

  it('names the origin of an access key that is not accepted, and never the secret', async () => {
    await using server = await startFakeServer({ 'GET /v1/applications': refuse(401, 'UnrecognizedClientException', 'The access key is not known here.') });
    await assert.rejects(clientOf(server.url).call(registry.listApplications, {}), refusal(exitStatus.refused, /came from FAIRLEAD_ACCESS_KEY_ID/));
  });

  it('calls a server unreachable where nothing listens', async () => {
    const { url } = await (async () => {
      await using server = await startFakeServer({});
      return { url: server.url };
    })();
    await assert.rejects(clientOf(url).call(registry.listApplications, {}), refusal(exitStatus.unreachable, /nothing listens there/));
  });

  it('calls a server unreachable that breaks the connection in mid-answer', async () => {
    await using server = await startFakeServer({
      'GET /v1/applications': (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"applic');
        setImmediate(() => response.destroy());
      },
    });
    await assert.rejects(clientOf(server.url).call(registry.listApplications, {}), refusal(exitStatus.unreachable, /broke the connection|aborted/));
  });

  it('does not take a proxy’s page for an answer', async () => {
    await using server = await startFakeServer({ 'GET /v1/applications': (_, response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>') });
    await assert.rejects(clientOf(server.url).call(registry.listApplications, {}), refusal(exitStatus.unreachable, /answered 502, and not as a Fairlead server/));
  });

  it('collects all pages, and stops at a token that repeats', async () => {
    await using server = await startFakeServer({
      'GET /v1/applications': (request, response) => say(request.line.includes('nextToken') ? { applications: ['b'], nextToken: 't' } : { applications: ['a'], nextToken: 't' })(request, response),
    });
    assert.deepEqual(await Array.fromAsync(eachItem(clientOf(server.url), registry.listApplications, {}, (page) => page.applications)), ['a', 'b']);
    assert.equal(server.asked.length, 2);
  });

  it('streams an upload with its type and key', async () => {
    await using server = await startFakeServer({ 'PUT /v1/applications/a/uploads': say({ bucket: 'b', key: 'k', bundleType: 'tgz', sha256: 'x', size: 3, warnings: [], revision: {} }, 201) });
    const body = (async function* () {
      yield Buffer.from('a');
      yield Buffer.from('bc');
    })();
    await clientOf(server.url).upload({ applicationName: 'a', bundleType: 'tgz', key: 'dir/k', body });
    assert.equal(server.asked[0]?.line, 'PUT /v1/applications/a/uploads?bundleType=tgz&key=dir%2Fk');
    assert.equal(server.asked[0]?.headers['content-type'], 'application/octet-stream');
    assert.equal(server.asked[0]?.body.toString(), 'abc');
  });

  it('hears a refusal that comes before the upload is complete, and stops reading the source', async () => {
    const { createServer } = await import('node:http');
    const server = createServer((_, response) => {
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ code: 'RequestEntityTooLargeException', message: 'Too large.', requestId: 'r' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let isReleased = false;
    const body = (async function* () {
      try {
        for (;;) {
          yield Buffer.alloc(65_536);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        isReleased = true;
      }
    })();
    try {
      const { port } = server.address() as { port: number };
      await assert.rejects(clientOf(`http://127.0.0.1:${port}`).upload({ applicationName: 'a', bundleType: 'tgz', key: null, body }), refusal(exitStatus.refused, /Too large/));
      const deadline = performance.now() + 5_000;
      while (!isReleased && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(isReleased, true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('passes on what the source of an upload throws', async () => {
    await using server = await startFakeServer({});
    const body = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a');
      throw new Refusal('The file changed.');
    })();
    await assert.rejects(clientOf(server.url).upload({ applicationName: 'a', bundleType: 'tgz', key: null, body }), refusal(exitStatus.refused, /The file changed/));
  });
});
