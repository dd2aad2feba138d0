import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signedBundleText } from '../../protocol/model/bundle-signature.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { say, startFakeServer } from './fake-server.ts';
import { environmentFor, runCommand } from './run-command.ts';

const revision = { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'my-app/1.tgz', bundleType: 'tgz' } };
const stored = { bucket: 'fairlead', key: 'my-app/1.tgz', bundleType: 'tgz', sha256: 'ab', size: 9, warnings: [], revision };
const answers = {
  'GET /v1/applications/my-app': say({ application: { applicationId: 'i', applicationName: 'my-app', createTime: '2026-01-01T00:00:00.000Z', linkedToGitHub: false, computePlatform: 'Server' } }),
  'PUT /v1/applications/my-app/uploads': say(stored, 201),
  'POST /v1/applications/my-app/revisions': say(null, 204),
};

describe('signing bundles', () => {
  let folder = '';
  let keyFile = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fairlead-sign-'));
    keyFile = path.join(folder, 'key.pem');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const create = () => runCommand(['key', 'create', keyFile]);
  const app = (): string => path.join(folder, 'app');
  const push = async (url: string, ...more: readonly string[]) => {
    await mkdir(app(), { recursive: true });
    await writeFile(path.join(app(), 'appspec.yml'), 'version: 0.0\nos: linux\n');
    return runCommand(['push', app(), '--application', 'my-app', ...more], { env: environmentFor(url) });
  };

  it('key create writes a key that only its owner can read, and prints the public half for policies', async () => {
    const ran = await create();
    assert.equal(ran.status, 0, ran.err);
    assert.match(ran.out, /^ed25519:[A-Za-z0-9+/]{43}=\n$/);
    assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
    assert.match(await readFile(keyFile, 'utf8'), /^-----BEGIN PRIVATE KEY-----/);
    assert.ok(!ran.err.includes('PRIVATE KEY'));
    assert.equal((await runCommand(['key', 'show', keyFile])).out, ran.out);
    assert.deepEqual(JSON.parse((await runCommand(['key', 'show', keyFile, '--json'])).out), { publicKey: ran.out.trim() });
  });

  it('key create never writes over a key', async () => {
    await create();
    const before = await readFile(keyFile, 'utf8');
    const ran = await create();
    assert.equal(ran.status, 2);
    assert.match(ran.err, /exists already; a key is never written over/);
    assert.equal(await readFile(keyFile, 'utf8'), before);
  });

  it('push --sign sends a statement of the very bytes it sends, for this application, with a counter that grows', async () => {
    const publicText = (await create()).out.trim();
    await using server = await startFakeServer(answers);
    const before = Date.now();
    const ran = await push(server.url, '--sign', keyFile, '--valid-days', '90');
    assert.equal(ran.status, 0, ran.err);
    assert.ok(ran.out.includes(`Signed with ${publicText}, counter `));
    const [, upload] = server.asked;
    const { statement, signature } = JSON.parse(new URL(upload!.line.split(' ')[1]!, server.url).searchParams.get('signature')!) as BundleSignature;
    assert.equal(statement.sha256, createHash('sha256').update(upload!.body).digest('hex'));
    assert.equal(statement.application, 'my-app');
    assert.ok(statement.createdAt >= before && statement.createdAt <= Date.now());
    assert.equal(statement.counter, Math.floor(statement.createdAt / 1_000));
    assert.equal(statement.expiresAt, statement.createdAt + 90 * 24 * 3_600_000);
    const publicKey = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicText.slice(8), 'base64')]), format: 'der', type: 'spki' });
    assert.ok(verify(null, Buffer.from(signedBundleText(statement)), publicKey, Buffer.from(signature, 'base64')));
  });

  it('push takes a counter of one’s own, or none', async () => {
    await create();
    await using server = await startFakeServer(answers);
    await push(server.url, '--sign', keyFile, '--counter', '7');
    await push(server.url, '--sign', keyFile, '--no-counter');
    const counters = server.asked.filter(({ line }) => line.startsWith('PUT')).map(({ line }) => (JSON.parse(new URL(line.split(' ')[1]!, server.url).searchParams.get('signature')!) as BundleSignature).statement.counter);
    assert.deepEqual(counters, [7, undefined]);
  });

  it('push sends no signature unless it is told to sign', async () => {
    await using server = await startFakeServer(answers);
    await push(server.url);
    assert.ok(!server.asked[1]!.line.includes('signature'));
  });

  for (const [what, args, sentence] of [
    ['a key file that is not there', ['--sign', '/nowhere/key.pem'], /There is no key file \/nowhere\/key\.pem\.\nMake one with/],
    ['a counter without a key', ['--counter', '3'], /give --sign KEYFILE as well/],
    ['no counter without a key', ['--no-counter'], /give --sign KEYFILE as well/],
    ['days without a key', ['--valid-days', '3'], /give --sign KEYFILE as well/],
    ['a counter in words', ['--counter', 'three'], /"three" must be a whole number/],
  ] as const) {
    it(`push refuses ${what}, and sends nothing`, async () => {
      await using server = await startFakeServer(answers);
      const ran = await push(server.url, ...args);
      assert.equal(ran.status, 2, ran.err);
      assert.match(ran.err, sentence);
      assert.deepEqual(server.asked, []);
    });
  }

  it('push refuses a file that holds no Ed25519 key, and never quotes it', async () => {
    await writeFile(keyFile, 'secret words');
    await using server = await startFakeServer(answers);
    const ran = await push(server.url, '--sign', keyFile);
    assert.equal(ran.status, 2);
    assert.match(ran.err, /holds no private key/);
    assert.ok(!ran.err.includes('secret words'));
  });
});
