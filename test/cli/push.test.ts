import { describe, it, beforeEach, afterEach } from 'mocha';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { refuse, say, startFakeServer } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

const revision = { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'my-app/1.tgz', bundleType: 'tgz' } };
const stored = { bucket: 'fairlead', key: 'my-app/1.tgz', bundleType: 'tgz', sha256: 'ab', size: 9, warnings: [], revision };
const answers = {
  'GET /v1/applications/my-app': say({ application: { applicationId: 'i', applicationName: 'my-app', createTime: '2026-01-01T00:00:00.000Z', linkedToGitHub: false, computePlatform: 'Server' } }),
  'PUT /v1/applications/my-app/uploads': say(stored, 201),
  'POST /v1/applications/my-app/revisions': say(null, 204),
};

describe('fairlead push', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fairlead-push-'));
    await writeFile(path.join(folder, 'appspec.yml'), 'version: 0.0\nos: linux\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const push = (url: string, ...more: readonly string[]) => runCommand(['push', folder, '--application', 'my-app', ...more], { env: environmentFor(url) });

  it('uploads the folder, registers it and prints the command to type next', async () => {
    await using server = await startFakeServer(answers);
    const ran = await push(server.url, '--description', 'one');
    assert.equal(ran.status, 0, ran.err);
    assert.match(ran.out, /^Pushed my-app\/1\.tgz \(9 bytes, SHA-256 ab\)\.\n.*fairlead deploy --application my-app --deployment-group GROUP --revision-key my-app\/1\.tgz\n$/);
    assert.deepEqual(server.asked.map((one) => one.line), ['GET /v1/applications/my-app', 'PUT /v1/applications/my-app/uploads?bundleType=tgz', 'POST /v1/applications/my-app/revisions']);
    assert.ok(gunzipSync(server.asked[1]?.body ?? '').includes('version: 0.0'));
    assert.deepEqual(JSON.parse(server.asked[2]?.body.toString() ?? ''), { revision, description: 'one' });
  });

  it('--json prints where the bundle lies', async () => {
    await using server = await startFakeServer(answers);
    assert.deepEqual(JSON.parse((await push(server.url, '--json')).out), stored);
  });

  it('sends nothing when the AppSpec is not valid, and names its line', async () => {
    await writeFile(path.join(folder, 'appspec.yml'), 'version: 0.0\nos: windows\nfiles: 3\n');
    await using server = await startFakeServer(answers);
    const ran = await push(server.url);
    assert.deepEqual([ran.status, server.asked.length, ran.out], [2, 0, '']);
    assert.match(ran.err, /appspec\.yml:2: os: .*\n.*appspec\.yml:3: files: .*\n.*nothing was sent/);
  });

  it('sends nothing when there is no AppSpec', async () => {
    await rm(path.join(folder, 'appspec.yml'));
    await using server = await startFakeServer(answers);
    const ran = await push(server.url);
    assert.deepEqual([ran.status, server.asked.length], [2, 0]);
    assert.match(ran.err, /There is no appspec\.yml in/);
  });

  it('asks for the application before it uploads, and says how to make it', async () => {
    await using server = await startFakeServer({ ...answers, 'GET /v1/applications/my-app': refuse(404, 'ApplicationDoesNotExistException', 'No such application.') });
    const ran = await push(server.url);
    assert.deepEqual([ran.status, server.asked.length], [2, 1]);
    assert.match(ran.err, /--create-application/);
  });

  it('--create-application makes it first when there is none', async () => {
    await using server = await startFakeServer({
      ...answers,
      'GET /v1/applications/my-app': refuse(404, 'ApplicationDoesNotExistException', 'No such application.'),
      'POST /v1/applications': say({ applicationId: 'i' }, 201),
    });
    const ran = await push(server.url, '--create-application');
    assert.equal(ran.status, 0, ran.err);
    assert.equal(server.asked[1]?.line, 'POST /v1/applications');
  });

  it('registers nothing when the upload is refused', async () => {
    await using server = await startFakeServer({ ...answers, 'PUT /v1/applications/my-app/uploads': refuse(400, 'InvalidBundleException', 'It is broken.') });
    const ran = await push(server.url);
    assert.deepEqual([ran.status, server.asked.length], [2, 2]);
    assert.match(ran.err, /^It is broken\./);
  });
});
