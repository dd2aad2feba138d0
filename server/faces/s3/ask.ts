// What a request to a bucket asks for. Every query member that is not known is refused: S3 has dozens that turn a PUT
// into something else, and taking one of those for a plain PUT would store its body as the object.

import { parseQuery } from '../query.ts';
import { type ReceivedRequest, splitTarget } from '../received-request.ts';
import type { ObjectName } from '../dependencies.ts';
import { mostParts } from '../../revisions/multipart.ts';
import { S3Refusal } from './refusal.ts';

export type Ask =
  | { readonly kind: 'ListBuckets' }
  | { readonly kind: 'HeadBucket'; readonly bucket: string }
  | { readonly kind: 'GetObject' | 'HeadObject'; readonly name: ObjectName; readonly version: string | null }
  | { readonly kind: 'PutObject' | 'CreateMultipartUpload'; readonly name: ObjectName }
  | { readonly kind: 'UploadPart'; readonly name: ObjectName; readonly uploadId: string; readonly number: number }
  | { readonly kind: 'CompleteMultipartUpload' | 'AbortMultipartUpload'; readonly name: ObjectName; readonly uploadId: string };

/** Headers that would make it something that is not done here. */
const unknownHeaders = ['x-amz-copy-source', 'x-amz-write-offset-bytes'];

/** Throws S3Refusal. */
export function readAsk({ method, target, headers }: ReceivedRequest): Ask {
  const { path, query } = splitTarget(target);
  const members = new Map(parseQuery(query).filter(([name]) => name !== 'x-id'));
  const take = (name: string): string | null => {
    const value = members.get(name) ?? null;
    members.delete(name);
    return value;
  };
  const ask = askOf(method, ...placeOf(path), take);
  const odd = unknownHeaders.find((name) => headers.has(name)) ?? [...members.keys()][0];
  if (ask === null || odd !== undefined) {
    throw new S3Refusal('NotImplemented', `${method} ${odd === undefined ? 'here' : `with ${odd}`} is not done: the buckets of this controller know PutObject, GetObject, HeadObject, HeadBucket, ListBuckets and uploads in parts.`);
  }
  return ask;
}

function askOf(method: string, bucket: string | null, key: string | null, take: (name: string) => string | null): Ask | null {
  if (bucket === null) return method === 'GET' ? { kind: 'ListBuckets' } : null;
  if (key === null) return method === 'HEAD' ? { kind: 'HeadBucket', bucket } : null;
  const name = { bucket, key };
  switch (method) {
    case 'GET':
      return { kind: 'GetObject', name, version: take('versionId') };
    case 'HEAD':
      return { kind: 'HeadObject', name, version: take('versionId') };
    case 'PUT': {
      const uploadId = take('uploadId');
      return uploadId === null ? { kind: 'PutObject', name } : { kind: 'UploadPart', name, uploadId, number: partNumber(take('partNumber')) };
    }
    case 'POST': {
      const uploadId = take('uploadId');
      if (uploadId !== null) return { kind: 'CompleteMultipartUpload', name, uploadId };
      return take('uploads') === null ? null : { kind: 'CreateMultipartUpload', name };
    }
    case 'DELETE': {
      const uploadId = take('uploadId');
      return uploadId === null ? null : { kind: 'AbortMultipartUpload', name, uploadId };
    }
    default:
      return null;
  }
}

/** Bucket and key of a path-style address; a slash after the bucket alone is no key. */
function placeOf(path: string): [bucket: string | null, key: string | null] {
  const match = /^\/([^/]*)(?:\/(.*))?$/s.exec(path);
  const bucket = decode(match?.[1] ?? '');
  const key = decode(match?.[2] ?? '');
  if (Buffer.byteLength(key) > 1024) throw new S3Refusal('KeyTooLongError', 'A key is at most 1024 bytes long.');
  if (/\p{Cc}/u.test(key)) throw new S3Refusal('InvalidArgument', 'A key has no control characters.');
  return [bucket === '' ? null : bucket, key === '' ? null : key];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Refusal('InvalidURI', 'The path has a broken percent-encoding.');
  }
}

function partNumber(text: string | null): number {
  const number = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  if (number < 1 || number > mostParts) throw new S3Refusal('InvalidArgument', `partNumber must be between 1 and ${mostParts}.`);
  return number;
}
