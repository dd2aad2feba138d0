import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { revisionOf } from '../../cli/revision-flags.ts';
import type { RevisionFlags } from '../../cli/revision-flags.ts';
import { Refusal } from '../../cli/refusal.ts';
import { signedBundleText } from '../../protocol/model/bundle-signature.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { canonicalLocation } from '../../server/revisions/location.ts';
import { say, startFakeServer } from './fake-server.ts';
import { deploymentId } from './pictures.ts';
import { environmentFor, runCommand } from './run-command.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const digest = 'a'.repeat(64);

describe('flags that name a revision', () => {
  const right: readonly (readonly [string, RevisionFlags, RevisionLocation])[] = [
    ['an object in S3', { s3: 's3://releases/my-app/2.1.0.tgz' }, { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'my-app/2.1.0.tgz', bundleType: 'tgz' } }],
    ['a version of it', { s3: 's3://releases/a.zip?version=v=1' }, { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'a.zip', bundleType: 'zip', version: 'v=1' } }],
    ['a version as AWS spells it', { s3: 's3://releases/a.tar?versionId=3' }, { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'a.tar', bundleType: 'tar', version: '3' } }],
    ['a version without its name', { s3: 's3://releases/a.tar?3HL4' }, { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'a.tar', bundleType: 'tar', version: '3HL4' } }],
    ['an object whose name does not say its kind', { s3: 's3://releases/latest', bundleType: 'zip' }, { revisionType: 'S3', s3Location: { bucket: 'releases', key: 'latest', bundleType: 'zip' } }],
    ['the shorthand of the AWS CLI', { s3Location: 'bucket=b,key=k,bundleType=tgz' }, { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k', bundleType: 'tgz' } }],
    ['a commit on GitHub', { github: `octo/cat@${commit.toUpperCase()}` }, { revisionType: 'GitHub', gitHubLocation: { repository: 'octo/cat', commitId: commit } }],
    ['a bundle at an address', { bundleUrl: 'https://example.com/a.tar.gz?x=1', sha256: digest.toUpperCase() }, { revisionType: 'Url', urlLocation: { url: 'https://example.com/a.tar.gz?x=1', sha256: digest, bundleType: 'tgz' } }],
    ['a branch', { git: 'https://example.com/my-app.git@feature/menu' }, { revisionType: 'Git', gitLocation: { url: 'https://example.com/my-app.git', ref: 'feature/menu' } }],
    ['a commit behind a user', { git: `ssh://git@example.com/my-app.git@${commit}` }, { revisionType: 'Git', gitLocation: { url: 'ssh://git@example.com/my-app.git', commitId: commit } }],
  ];
  for (const [what, flags, location] of right) {
    it(`name ${what}, as the server takes it`, () => {
      assert.deepEqual(revisionOf(flags), location);
      assert.deepEqual(canonicalLocation(location), location);
    });
  }

  it('name none where none is given', () => {
    assert.equal(revisionOf({}), null);
  });

  const wrong: readonly (readonly [string, RevisionFlags, RegExp])[] = [
    ['two revisions', { s3: 's3://b/k.tgz', git: 'https://h/p@main' }, /--s3 and --git each name a revision/],
    ['a bucket alone', { s3: 's3://releases' }, /Write it as s3:\/\/BUCKET\/KEY/],
    ['an eTag as a version', { s3: 's3://releases/a.tgz?etag=1' }, /is no version/],
    ['a name without a kind', { s3: 's3://releases/latest' }, /Give --bundle-type/],
    ['a branch on GitHub', { github: 'octo/cat@main' }, /a branch may mean something else tomorrow/],
    ['an address without a digest', { bundleUrl: 'https://example.com/a.tgz' }, /With --bundle-url goes --sha256/],
    ['a digest without an address', { sha256: digest }, /give both, or neither/],
    ['a repository without a ref', { git: 'ssh://git@example.com/my-app.git' }, /where REF is/],
  ];
  for (const [what, flags, sentence] of wrong) {
    it(`are refused for ${what}, with what to write`, () => {
      assert.throws(() => revisionOf(flags), (error) => error instanceof Refusal && sentence.test(error.message));
    });
  }
});

describe('revisions from elsewhere, and their signatures', () => {
  const answers = {
    'POST /v1/applications/my-app/revisions': say(null, 204),
    'POST /v1/applications/my-app/deployments': say({ deploymentId }, 201),
    'GET /v1/applications/my-app': say({ application: { applicationId: 'i', applicationName: 'my-app', createTime: '2026-01-01T00:00:00.000Z', linkedToGitHub: false, computePlatform: 'Server' } }),
    'PUT /v1/applications/my-app/uploads': say({ bucket: 'fairlead', key: 'k', bundleType: 'tgz', sha256: 'ab', size: 9, warnings: [], revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'k', bundleType: 'tgz' } } }, 201),
  };
  const deploy = ['deploy', '--application', 'my-app', '--deployment-group', 'production', '--detach'];

  async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-elsewhere-'));
    try {
      await act(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('bundle sign prints a signature of the archive’s own bytes, which register and deploy hand on', () =>
    withFolder(async (folder) => {
      const [key, archive, signature] = ['key.pem', 'a.tgz', 'a.signature'].map((name) => path.join(folder, name)) as [string, string, string];
      const publicText = (await runCommand(['key', 'create', key])).out.trim();
      await writeFile(archive, 'bytes');
      const signed = await runCommand(['bundle', 'sign', archive, '--application', 'my-app', '--sign-with', key, '--counter', '5']);
      assert.equal(signed.status, 0, signed.err);
      const made = JSON.parse(signed.out) as BundleSignature;
      assert.equal(made.statement.sha256, createHash('sha256').update('bytes').digest('hex'));
      assert.deepEqual([made.statement.application, made.statement.counter], ['my-app', 5]);
      const publicKey = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicText.slice(8), 'base64')]), format: 'der', type: 'spki' });
      assert.ok(verify(null, Buffer.from(signedBundleText(made.statement)), publicKey, Buffer.from(made.signature, 'base64')));

      await writeFile(signature, signed.out);
      await using server = await startFakeServer(answers);
      const env = environmentFor(server.url);
      const registered = await runCommand(['revision', 'register', '--application', 'my-app', '--s3', 's3://b/k.tgz', '--signature', signature, '--description', 'd'], { env });
      assert.equal(registered.status, 0, registered.err);
      const deployed = await runCommand([...deploy, '--github', `octo/cat@${commit}`, '--signature', signature], { env });
      assert.equal(deployed.status, 0, deployed.err);
      assert.deepEqual(server.asked.map(({ body }) => JSON.parse(body.toString()) as unknown), [
        { revision: { revisionType: 'S3', s3Location: { bucket: 'b', key: 'k.tgz', bundleType: 'tgz' } }, description: 'd', signature: made },
        { deploymentGroupName: 'production', revision: { revisionType: 'GitHub', gitHubLocation: { repository: 'octo/cat', commitId: commit } }, signature: made },
      ]);
    }));

  it('deploy --directory signs what it pushes, as push does', () =>
    withFolder(async (folder) => {
      const key = path.join(folder, 'key.pem');
      const app = path.join(folder, 'app');
      await runCommand(['key', 'create', key]);
      await mkdir(app);
      await writeFile(path.join(app, 'appspec.yml'), 'version: 0.0\nos: linux\n');
      await using server = await startFakeServer(answers);
      const ran = await runCommand([...deploy, '--directory', app, '--sign-with', key, '--bundle-type', 'zip'], { env: environmentFor(server.url) });
      assert.equal(ran.status, 0, ran.err);
      const upload = server.asked.find(({ line }) => line.startsWith('PUT'))!;
      const { searchParams } = new URL(upload.line.split(' ')[1]!, server.url);
      assert.equal(searchParams.get('bundleType'), 'zip');
      const { statement } = JSON.parse(searchParams.get('signature')!) as BundleSignature;
      assert.equal(statement.sha256, createHash('sha256').update(upload.body).digest('hex'));
    }));

  for (const [what, args, sentence] of [
    ['no revision to register', ['revision', 'register', '--application', 'my-app'], /one of --s3, --s3-location, --github, --bundle-url, --git/],
    ['a key for a bundle that is there already', [...deploy, '--s3', 's3://b/k.tgz', '--sign', 'key.pem'], /give its signature as --signature FILE/],
    ['a signature for a bundle that is still to be made', [...deploy, '--directory', '.', '--signature', 'x'], /Sign the one that --directory makes/],
    ['a signature that is not there', [...deploy, '--s3', 's3://b/k.tgz', '--signature', '/nowhere/s'], /There is no file "\/nowhere\/s"/],
    ['a signature that is none', [...deploy, '--s3', 's3://b/k.tgz', '--signature', import.meta.filename], /holds no signature/],
    ['an archive that is not there', ['bundle', 'sign', '/nowhere/a.tgz', '--application', 'a', '--sign', '/nowhere/key.pem'], /There is no key file/],
  ] as const) {
    it(`refuses ${what}, and sends nothing`, async () => {
      await using server = await startFakeServer(answers);
      const ran = await runCommand(args, { env: environmentFor(server.url) });
      assert.equal(ran.status, 2, ran.err);
      assert.match(ran.err, sentence);
      assert.deepEqual(server.asked, []);
    });
  }
});
