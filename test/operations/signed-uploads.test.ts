import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BundleSignature, BundleStatement } from '../../protocol/model/bundle-signature.ts';
import { ownBuckets } from '../../server/revisions/buckets.ts';
import { resolveRevision } from '../../server/revisions/registry.ts';
import { openArtifacts, type ArtifactStore } from '../../server/revisions/uploads.ts';
import { aController, anApplication, type TestController } from './a-controller.ts';

const sha256 = createHash('sha256').update('hello').digest('hex');

/** The controller has no keys: to it the signature itself is 64 bytes to hand on. */
function signatureOf(changes: Partial<BundleStatement> = {}): BundleSignature {
  return { statement: { v: 1, application: 'web', sha256, createdAt: 1, ...changes }, signature: `${'A'.repeat(86)}==` };
}

describe('an upload with its owner’s signature', () => {
  let c: TestController;
  let folder: string;
  let artifacts: ArtifactStore;
  beforeEach(async () => {
    c = await aController();
    await anApplication(c);
    folder = await mkdtemp(join(tmpdir(), 'fairlead-signed-'));
    artifacts = await openArtifacts({ store: c.store, world: c.services.world, dataDir: folder, bucket: 'fairlead', signingKey: new Uint8Array(32), inspect: async () => ({ kind: 'accepted', warnings: [] }) });
  });
  afterEach(async () => {
    await c.close();
    await rm(folder, { recursive: true });
  });

  async function* hello(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello');
  }
  const receive = (signature?: BundleSignature) => artifacts.receive({ applicationName: 'web', key: 'k', bundleType: 'zip', body: hello(), ...(signature === undefined ? {} : { signature }) });
  const resolved = async () => {
    const resolution = await resolveRevision({ revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'k', bundleType: 'zip' } }, { db: c.store.db, buckets: ownBuckets(null, false), sources: {} });
    return resolution.kind === 'bundle' ? resolution.bundle.signature : assert.fail(JSON.stringify(resolution));
  };

  it('keeps it, answers it, and a deployment of the upload carries it', async () => {
    const signature = signatureOf({ counter: 3, expiresAt: 9e14 });
    assert.deepEqual((await receive(signature)).signature, signature);
    assert.deepEqual(await resolved(), signature);
  });

  it('has none where none was given', async () => {
    assert.ok(!('signature' in (await receive())));
    assert.equal(await resolved(), undefined);
  });

  it('takes a newer signature of the same bytes, and keeps it when they come again without one', async () => {
    await receive(signatureOf({ counter: 1 }));
    await receive(signatureOf({ counter: 2 }));
    await receive();
    assert.equal((await resolved())?.statement.counter, 2);
    assert.equal((await c.store.db.selectFrom('uploads').selectAll().execute()).length, 1);
  });

  for (const [what, changes, sentence] of [
    ['when it is for another application', { application: 'till' }, /for the application till, not for web/],
    ['when it is of another bundle', { sha256: '0'.repeat(64) }, /SHA-256 0{64}; this one has/],
    ['after it has expired', { expiresAt: 5 }, /expired already/],
  ] as const) {
    it(`is refused ${what}, while its maker can still sign again, and leaves nothing`, async () => {
      await assert.rejects(receive(signatureOf(changes)), sentence);
      assert.deepEqual(await readdir(join(folder, 'artifacts')), ['incoming']);
    });
  }
});
