// A front door on a real socket with real buckets behind it: an artifact folder on the disk, the real inspection, and a
// store whose operations can be called. Clients of S3 come with the door's one access key.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { FaceLimits } from '../../../server/faces/limits.ts';
import { type OwnBuckets, ownBuckets } from '../../../server/revisions/buckets.ts';
import { inspectBundle } from '../../../server/revisions/inspect-bundle.ts';
import { openObjects } from '../../../server/revisions/objects.ts';
import { openArtifacts, type ArtifactServices } from '../../../server/revisions/uploads.ts';
import { realClock } from '../../../world/real/clock.ts';
import { aController, type TestController } from '../../operations/a-controller.ts';
export { bundleOf } from './bundle-of.ts';
import { type Door, keyId, openDoor, secret } from '../open-door.ts';

export interface BucketDoor extends AsyncDisposable {
  readonly door: Door;
  readonly c: TestController;
  readonly s3: S3Client;
  /** Names in the artifact folder, half-written files included. */
  left(): Promise<readonly string[]>;
  rows(): Promise<readonly { readonly bucket: string; readonly key: string; readonly version: string; readonly sha256: string; readonly etag?: string | null | undefined }[]>;
}

export interface BucketDoorSettings {
  readonly buckets?: OwnBuckets;
  readonly largestBytes?: number;
  readonly inspect?: ArtifactServices['inspect'];
  readonly limits?: Partial<FaceLimits>;
}

export async function aBucketDoor({ buckets = ownBuckets(null, false), largestBytes, inspect = inspectBundle, limits = {} }: BucketDoorSettings = {}): Promise<BucketDoor> {
  const c = await aController();
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-buckets-'));
  const world = { clock: realClock, random: c.services.world.random };
  const services = { store: c.store, world, dataDir: folder, inspect, ...(largestBytes === undefined ? {} : { largestBytes }) };
  await openArtifacts({ ...services, bucket: 'fairlead', signingKey: new Uint8Array(32) });
  const door = await openDoor({ limits, dependencies: { objects: openObjects({ ...services, buckets }) } });
  const s3 = new S3Client({ endpoint: door.url, region: 'eu-central-1', forcePathStyle: true, credentials: { accessKeyId: keyId, secretAccessKey: secret } });
  return {
    door,
    c,
    s3,
    left: async () => (await readdir(join(folder, 'artifacts'), { recursive: true })).filter((name) => name !== 'incoming'),
    rows: () => c.store.db.selectFrom('uploads').selectAll().orderBy('created_at').execute(),
    async [Symbol.asyncDispose]() {
      s3.destroy();
      await door[Symbol.asyncDispose]();
      await c.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
