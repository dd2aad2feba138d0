// The buckets as the unchanged S3 client of the AWS SDK meets them.

import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectAclCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ownBuckets } from '../../../server/revisions/buckets.ts';
import { resolveRevision } from '../../../server/revisions/registry.ts';
import { keyId } from '../open-door.ts';
import { aBucketDoor, type BucketDoor, type BucketDoorSettings, bundleOf } from './a-bucket-door.ts';

const md5 = (...pieces: readonly Uint8Array[]): string => createHash('md5').update(Buffer.concat(pieces)).digest('hex');
const Bucket = 'my-bucket';

describe('the controller’s buckets under the S3 client', () => {
  let b: BucketDoor;
  afterEach(() => b[Symbol.asyncDispose]());
  const open = async (settings: BucketDoorSettings = {}): Promise<S3Client> => {
    b = await aBucketDoor(settings);
    return b.s3;
  };
  const refuses = (claim: Promise<unknown>, name: string, status: number, message = /./): Promise<void> =>
    assert.rejects(claim, (error: Error & { Code?: string; $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.name, name, error.message);
      assert.equal(error.$metadata?.httpStatusCode, status);
      assert.match(error.message, message);
      return true;
    });

  it('keep an object with the ETag and a version as S3 gives them, content-addressed as every upload', async () => {
    const s3 = await open();
    const Body = bundleOf(1000);
    const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'web/å b+c.tar', Body }));
    assert.equal(put.ETag, `"${md5(Body)}"`);
    assert.match(put.VersionId ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(await b.left(), [createHash('sha256').update(Body).digest('hex')]);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'web/å b+c.tar' }));
    assert.deepEqual(Buffer.from(await got.Body!.transformToByteArray()), Body);
    assert.deepEqual([got.ETag, got.VersionId, got.ContentLength, got.AcceptRanges], [put.ETag, put.VersionId, Body.length, 'bytes']);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'web/å b+c.tar', VersionId: put.VersionId }));
    assert.deepEqual([head.ETag, head.ContentLength, head.LastModified instanceof Date], [put.ETag, Body.length, true]);
  });

  it('give out ranges, and heed conditions', async () => {
    const s3 = await open();
    const Body = bundleOf(5000);
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
    const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=100-199', IfMatch: ETag }));
    assert.deepEqual(Buffer.from(await part.Body!.transformToByteArray()), Body.subarray(100, 200));
    assert.equal(part.ContentRange, `bytes 100-199/${Body.length}`);
    await refuses(s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: `bytes=${Body.length}-` })), 'InvalidRange', 416);
    await refuses(s3.send(new GetObjectCommand({ Bucket, Key: 'k', IfMatch: '"other"' })), 'PreconditionFailed', 412);
    await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'k', IfNoneMatch: ETag })), (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 304);
  });

  it('take a stream whose checksum comes last, in chunks', async () => {
    const s3 = await open();
    const Body = bundleOf(300_000);
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
      const put = await s3.send(new PutObjectCommand({ Bucket, Key: ChecksumAlgorithm, Body: Readable.from([Body.subarray(0, 1), Body.subarray(1, 70_000), Body.subarray(70_000)]), ContentLength: Body.length, ChecksumAlgorithm }));
      assert.equal(put.ETag, `"${md5(Body)}"`);
    }
    assert.equal((await b.rows()).length, 4);
  });

  it('put parts together, whatever their order of arrival, and call the whole as S3 does', async () => {
    const s3 = await open();
    const whole = bundleOf(2_000_000);
    const parts = [whole.subarray(0, 700_000), whole.subarray(700_000, 1_400_000), whole.subarray(1_400_000)];
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const named: { PartNumber: number; ETag: string | undefined }[] = [];
    for (const index of [2, 0, 1]) {
      if (index === 0) await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: Buffer.from('a first try') }));
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: index + 1, Body: parts[index]! }));
      named[index] = { PartNumber: index + 1, ETag };
    }
    const complete = new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts: named } });
    await refuses(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts: [named[1]!, named[0]!] } })), 'InvalidPartOrder', 400);
    await refuses(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts: [{ PartNumber: 9, ETag: named[0]!.ETag }] } })), 'InvalidPart', 400);
    await refuses(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'other', UploadId, MultipartUpload: { Parts: named } })), 'NoSuchUpload', 404);
    const done = await s3.send(complete);
    const eTag = `${md5(...parts.map((part) => Buffer.from(md5(part), 'hex')))}-3`;
    assert.equal(done.ETag, `"${eTag}"`);
    assert.deepEqual(await b.left(), [createHash('sha256').update(whole).digest('hex')]);
    // A client whose answer was lost asks again.
    assert.deepEqual((await s3.send(complete)).VersionId, done.VersionId);
    assert.equal((await b.rows()).length, 1);
    await refuses(s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 4, Body: parts[0]! })), 'NoSuchUpload', 404);
  });

  it('forget an upload in parts that is aborted', async () => {
    const s3 = await open();
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: bundleOf(1000) }));
    assert.equal((await b.left()).length, 2);
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
    assert.deepEqual(await b.left(), []);
    await refuses(s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId })), 'NoSuchUpload', 404);
  });

  it('refuse what could not be deployed or is too large, and keep nothing of it', async () => {
    const s3 = await open({ largestBytes: 100_000 });
    await refuses(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' })), 'InvalidBundle', 400, /cannot be unpacked/);
    await refuses(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '' })), 'InvalidBundle', 400, /empty/);
    await refuses(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(200_000) })), 'EntityTooLarge', 400, /100000 bytes/);
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'x'.repeat(60_000) }));
    await refuses(s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 2, Body: 'x'.repeat(60_000) })), 'EntityTooLarge', 400);
    await refuses(s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'k', UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } })), 'InvalidBundle', 400);
    assert.deepEqual([await b.left(), await b.rows()], [[], []]);
  });

  it('hold revisions that are found by what the client was told, by its digest, or by its key alone', async () => {
    const s3 = await open();
    const first = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(1000, 1) }));
    const second = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(1000, 2) }));
    const [row] = await b.rows();
    const find = async (over: { version?: string; eTag?: string }) => {
      const location = { revisionType: 'S3' as const, s3Location: { bucket: Bucket, key: 'k', bundleType: 'tar' as const, ...over } };
      const resolved = await resolveRevision(location, { db: b.c.store.db, buckets: ownBuckets(null, false), sources: {} });
      return resolved.kind === 'bundle' ? resolved.bundle.sha256 : resolved.kind;
    };
    assert.equal(await find({ eTag: first.ETag!.replaceAll('"', ''), version: first.VersionId! }), row!.sha256);
    assert.equal(await find({ eTag: row!.sha256 }), row!.sha256);
    assert.notEqual(await find({}), row!.sha256);
    assert.equal(await find({ eTag: second.ETag!.replaceAll('"', ''), version: first.VersionId! }), 'defect');
    const old = await s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: first.VersionId }));
    assert.equal(old.ETag, first.ETag);
  });

  it('say what they do not have, and do nothing they do not know', async () => {
    const s3 = await open();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(1000) }));
    await refuses(s3.send(new GetObjectCommand({ Bucket, Key: 'none' })), 'NoSuchKey', 404, /none/);
    await refuses(s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'none' })), 'NoSuchVersion', 404);
    await refuses(s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })), 'NotFound', 404);
    await refuses(s3.send(new PutObjectAclCommand({ Bucket, Key: 'k', ACL: 'private' })), 'NotImplemented', 501, /acl/);
    await refuses(s3.send(new CopyObjectCommand({ Bucket, Key: 'k2', CopySource: `${Bucket}/k` })), 'NotImplemented', 501);
    await refuses(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10), IfNoneMatch: '*' })), 'NotImplemented', 501);
    await refuses(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' })), 'NotImplemented', 501);
    await refuses(s3.send(new ListObjectsV2Command({ Bucket })), 'NotImplemented', 501);
    assert.equal((await b.rows()).length, 1);
  });

  it('are any, unless the configuration lists them or names an S3 beside', async () => {
    const any = await open();
    await any.send(new HeadBucketCommand({ Bucket: 'whatever' }));
    await any.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10) }));
    assert.deepEqual((await any.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name), ['fairlead', Bucket]);
    await b[Symbol.asyncDispose]();
    for (const [buckets, names] of [[ownBuckets(['releases'], false), ['fairlead', 'releases']], [ownBuckets(null, true), ['fairlead']], [ownBuckets(['releases'], true), ['fairlead', 'releases']]] as const) {
      const some = await open({ buckets });
      await some.send(new HeadBucketCommand({ Bucket: 'fairlead' }));
      await refuses(some.send(new HeadBucketCommand({ Bucket })), 'NotFound', 404);
      await refuses(some.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10) })), 'AccessDenied', 403, /buckets/);
      await refuses(some.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' })), 'AccessDenied', 403);
      await refuses(some.send(new GetObjectCommand({ Bucket, Key: 'k' })), 'NoSuchBucket', 404);
      assert.deepEqual((await some.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name), names);
      await b[Symbol.asyncDispose]();
    }
    await open();
  });

  it('are closed to wrong secrets and unknown keys alike', async () => {
    await open();
    for (const accessKeyId of [keyId, 'AKIAXXXXXXXXXXXXXXXX']) {
      const stranger = new S3Client({ endpoint: b.door.url, region: 'eu-central-1', forcePathStyle: true, credentials: { accessKeyId, secretAccessKey: 'wrong' }, maxAttempts: 1 });
      await refuses(stranger.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10) })), 'SignatureDoesNotMatch', 403);
      stranger.destroy();
    }
    assert.deepEqual(await b.left(), []);
  });
});
