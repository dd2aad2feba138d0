import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, type ErrorCode } from '../../protocol/errors.ts';
import type { Upload } from '../../server/faces/dependencies.ts';
import { openArtifacts, type ArtifactServices, type ArtifactStore } from '../../server/revisions/uploads.ts';
import { aController, anApplication, type TestController } from './a-controller.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('uploads', () => {
  let c: TestController;
  let folder: string;
  let artifacts: ArtifactStore;
  beforeEach(async () => {
    c = await aController();
    await anApplication(c);
    folder = await mkdtemp(join(tmpdir(), 'fairlead-uploads-'));
    artifacts = await open();
  });
  afterEach(async () => {
    await c.close();
    await rm(folder, { recursive: true });
  });

  const open = (over: Partial<ArtifactServices> = {}) =>
    openArtifacts({
      store: c.store,
      world: c.services.world,
      dataDir: folder,
      bucket: 'fairlead',
      signingKey: new Uint8Array(32),
      inspect: async (file) => {
        const text = await readFile(file, 'utf8');
        return text.includes('bad') ? { kind: 'refused', reason: 'The bundle has no appspec.yml.' } : { kind: 'accepted', warnings: ['odd'] };
      },
      ...over,
    });
  const receive = (body: AsyncIterable<Uint8Array>, over: Partial<Upload> = {}) => artifacts.receive({ applicationName: 'web', key: null, bundleType: 'zip', body, ...over });
  const left = async () => (await readdir(join(folder, 'artifacts'), { recursive: true })).filter((name) => name !== 'incoming');
  const rows = () => c.store.db.selectFrom('uploads').selectAll().orderBy('created_at').execute();

  async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
    const error: unknown = await promise.then(() => assert.fail('it was taken'), (thrown: unknown) => thrown);
    if (!(error instanceof Failure)) throw error;
    assert.equal(error.code, code, error.message);
    assert.deepEqual([await left(), await rows()], [[], []], 'it left something behind');
    return error.message;
  }

  it('are kept under their digest and recorded under a key made from it', async () => {
    const digest = sha256('hello');
    assert.deepEqual(await receive(pieces('hel', 'lo')), {
      bucket: 'fairlead',
      key: `web/${digest.slice(0, 12)}.zip`,
      bundleType: 'zip',
      sha256: digest,
      size: 5,
      warnings: ['odd'],
    });
    assert.deepEqual(await left(), [digest]);
    assert.equal(await readFile(join(folder, 'artifacts', digest), 'utf8'), 'hello');
  });

  it('under a key of the caller get a new version with new bytes, and none with the same', async () => {
    await receive(pieces('one'), { key: 'k' });
    await receive(pieces('two'), { key: 'k' });
    await receive(pieces('two'), { key: 'k' });
    assert.deepEqual((await rows()).map((row) => [row.key, row.sha256]), [['k', sha256('one')], ['k', sha256('two')]]);
  });

  it('that are no bundle, empty, too large, cut short or of an unknown application leave nothing behind', async () => {
    assert.equal(await refused(receive(pieces('bad')), 'InvalidBundleException'), 'The bundle has no appspec.yml.');
    await refused(receive(pieces()), 'InvalidBundleException');
    artifacts = await open({ largestBytes: 4 });
    assert.match(await refused(receive(pieces('hel', 'lo')), 'RequestEntityTooLargeException'), /4 bytes/);
    await refused(receive(pieces('x'), { applicationName: 'nope' }), 'ApplicationDoesNotExistException');
    await refused(receive(pieces('x'), { key: '' }), 'ValidationException');
    await refused(receive(pieces('x'), { key: 'a\nb' }), 'ValidationException');
    await refused(receive(pieces('x'), { key: 'ä'.repeat(513) }), 'ValidationException');
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('he');
      throw new Error('the line went dead');
    }
    await assert.rejects(receive(cut()), /went dead/);
    assert.deepEqual([await left(), await rows()], [[], []]);
  });

  it('of bytes that another key holds already do not take them away when they fail', async () => {
    await receive(pieces('hello'));
    artifacts = await open({
      inspect: async () => {
        await c.store.db.deleteFrom('applications').execute();
        return { kind: 'accepted', warnings: [] };
      },
    });
    await assert.rejects(receive(pieces('hello'), { key: 'other' }), Failure);
    assert.deepEqual(await left(), [sha256('hello')]);
    await c.store.db.deleteFrom('uploads').execute();
    await anApplication(c);
    await assert.rejects(receive(pieces('fresh'), { key: 'other' }), Failure);
    assert.deepEqual(await left(), [sha256('hello')]);
  });

  it('left half written by an earlier run are removed at the next start', async () => {
    await mkdir(join(folder, 'artifacts', 'incoming'), { recursive: true });
    await writeFile(join(folder, 'artifacts', 'incoming', 'half'), 'x');
    await open();
    assert.deepEqual(await left(), []);
  });

  it('are opened by a signed link until it expires, and by no other', async () => {
    const { sha256: digest, size } = await receive(pieces('hello'));
    const link = new URL(artifacts.signArtifactUrl('https://controller:8443', digest, c.now + 1000));
    assert.equal(link.pathname, `/v1/artifacts/${digest}`);
    const [expires, signature] = [link.searchParams.get('expires')!, link.searchParams.get('signature')!];
    assert.deepEqual(await artifacts.openSigned(digest, expires, signature), { path: join(folder, 'artifacts', digest), size });
    assert.equal(await artifacts.openSigned(digest, String(Number(expires) + 1), signature), null);
    assert.equal(await artifacts.openSigned(sha256('other'), expires, signature), null);
    assert.equal(await artifacts.openSigned(`../artifacts/${digest}`, expires, signature), null);
    assert.equal(await artifacts.openSigned(digest, expires, ''), null);
    assert.equal(await artifacts.openSigned(digest, expires, `${signature.slice(1)}A`), null);
    assert.equal(await (await open({ signingKey: new Uint8Array(32).fill(1) })).openSigned(digest, expires, signature), null);
    c.now += 1000;
    assert.equal(await artifacts.openSigned(digest, expires, signature), null);
  });

  it('that are signed for but gone are not opened', async () => {
    const link = new URL(artifacts.signArtifactUrl('http://x', sha256('gone'), c.now + 1000));
    assert.equal(await artifacts.openSigned(sha256('gone'), link.searchParams.get('expires')!, link.searchParams.get('signature')!), null);
  });
});
