// What each request to a bucket is answered, before it is written to the wire.

import type { FoundObject, Objects, StoredObject } from '../dependencies.ts';
import { readRange } from '../artifacts.ts';
import type { ReceivedRequest } from '../received-request.ts';
import type { Ask } from './ask.ts';
import { S3Refusal } from './refusal.ts';
import { readParts, writeXml } from './xml.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Text, a stretch of a file, or nothing. */
  readonly body: string | { readonly path: string; readonly first: number; readonly last: number } | null;
}

/** The list of ten thousand parts with all their checksums. */
const largestListBytes = 4 * 1024 * 1024;

/** Whether an ask changes anything; the others only read. */
export function isWrite({ kind }: Ask): boolean {
  return kind !== 'ListBuckets' && kind !== 'HeadBucket' && kind !== 'GetObject' && kind !== 'HeadObject';
}

/** Throws S3Refusal, ObjectTrouble or Failure. `body` is read by what takes one. */
export async function answerAsk(ask: Ask, request: ReceivedRequest, body: AsyncIterable<Uint8Array>, objects: Objects): Promise<Answer> {
  switch (ask.kind) {
    case 'ListBuckets': {
      const buckets = (await objects.list()).map(({ name, createdAt }) => ['Bucket', [['Name', name], ['CreationDate', new Date(createdAt).toISOString()]]] as const);
      return xml('ListAllMyBucketsResult', [['Owner', [['ID', 'fairlead']]], ['Buckets', buckets]]);
    }
    case 'HeadBucket':
      if (!objects.isOwn(ask.bucket)) throw notOwn(ask.bucket);
      return empty(200);
    case 'HeadObject':
    case 'GetObject':
      return answerRead(ask.kind === 'GetObject', await findObject(ask.name, ask.version, objects), request);
    case 'PutObject': {
      refuseForeign(ask.name.bucket, objects);
      if (request.headers.has('if-none-match') || request.headers.has('if-match')) throw new S3Refusal('NotImplemented', 'A PUT under a condition is not done here.');
      return stored(200, await objects.put(ask.name, body), null);
    }
    case 'CreateMultipartUpload': {
      refuseForeign(ask.name.bucket, objects);
      const { bucket, key } = ask.name;
      return xml('InitiateMultipartUploadResult', [['Bucket', bucket], ['Key', key], ['UploadId', await objects.begin(ask.name)]]);
    }
    case 'UploadPart':
      return { status: 200, headers: { etag: quoted((await objects.putPart(ask.name, ask.uploadId, ask.number, body)).eTag) }, body: null };
    case 'CompleteMultipartUpload': {
      const parts = readParts(await collect(body));
      const object = await objects.complete(ask.name, ask.uploadId, parts);
      const { bucket, key } = ask.name;
      return stored(200, object, writeXml('CompleteMultipartUploadResult', [['Location', `/${bucket}/${key}`], ['Bucket', bucket], ['Key', key], ['ETag', quoted(object.eTag)]]));
    }
    case 'AbortMultipartUpload':
      await objects.abort(ask.name, ask.uploadId);
      return empty(204);
  }
}

async function findObject(name: { readonly bucket: string; readonly key: string }, version: string | null, objects: Objects): Promise<FoundObject> {
  if (!objects.isOwn(name.bucket)) throw notOwn(name.bucket);
  const found = await objects.find(name, version);
  if (found !== null) return found;
  throw version === null ? new S3Refusal('NoSuchKey', `Nothing was uploaded to ${name.bucket} as ${name.key}.`) : new S3Refusal('NoSuchVersion', `${name.key} in ${name.bucket} has no version ${version}.`);
}

function answerRead(hasBody: boolean, object: FoundObject, { headers }: ReceivedRequest): Answer {
  const { eTag, version, size, path, storedAt } = object;
  const about = { etag: quoted(eTag), 'x-amz-version-id': version, 'last-modified': new Date(storedAt).toUTCString(), 'accept-ranges': 'bytes' };
  const header = (name: string): string | undefined => headers.get(name)?.[0];
  if (!fits(header('if-match'), eTag, true)) throw new S3Refusal('PreconditionFailed', 'The object has another ETag than If-Match asks for.');
  if (!fits(header('if-none-match'), eTag, false)) return { status: 304, headers: about, body: null };
  const range = readRange(header('range'), size);
  if (range === 'unsatisfiable') throw new S3Refusal('InvalidRange', `The range begins behind the end of the object, which has ${size} bytes.`);
  const { first, last } = range === 'whole' ? { first: 0, last: size - 1 } : range;
  return {
    status: range === 'whole' ? 200 : 206,
    headers: { ...about, 'content-type': 'application/octet-stream', 'content-length': last - first + 1, ...(range === 'whole' ? {} : { 'content-range': `bytes ${first}-${last}/${size}` }) },
    body: hasBody ? { path, first, last } : null,
  };
}

/** Whether a list of ETags, where there is one, holds (or does not hold) this one. */
function fits(list: string | undefined, eTag: string, isWanted: boolean): boolean {
  if (list === undefined) return true;
  const tags = list.split(',').map((tag) => tag.trim().replaceAll('"', ''));
  return (tags.includes(eTag) || tags.includes('*')) === isWanted;
}

/** An existing bucket elsewhere must not be shadowed by one here. */
function refuseForeign(bucket: string, objects: Objects): void {
  if (objects.isOwn(bucket)) return;
  throw new S3Refusal('AccessDenied', `The bucket ${bucket} is not kept by this controller: push to S3 itself, or list it under buckets in the controller's configuration.`);
}

function notOwn(bucket: string): S3Refusal {
  return new S3Refusal('NoSuchBucket', `The bucket ${bucket} is not kept by this controller.`);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.byteLength;
    if (length > largestListBytes) throw new S3Refusal('EntityTooLarge', `The list of parts is larger than ${largestListBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function xml(root: string, content: Parameters<typeof writeXml>[1]): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: writeXml(root, content) };
}

function stored(status: number, { eTag, version }: StoredObject, body: string | null): Answer {
  return { status, headers: { etag: quoted(eTag), 'x-amz-version-id': version, ...(body === null ? {} : { 'content-type': 'application/xml' }) }, body };
}

function empty(status: number): Answer {
  return { status, headers: {}, body: null };
}

function quoted(eTag: string): string {
  return `"${eTag}"`;
}
