// Bundles in S3, or in whatever speaks like it (MinIO, Ceph): one signed GET for each deployment. An eTag is compared as
// text without its quotes, as CodeDeploy does; what pins the bytes is the digest taken while they stream by.

import type { IncomingMessage } from 'node:http';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { describeLocation } from './location.ts';
import { type AwsCredentials, bucketAddress, presignObject } from '../../agent/bundle/presign.ts';
import { type RevisionSource, type SourceBundle, SourceTrouble } from './source.ts';
import { announcedSize, askSource, statusTrouble, type WayOut } from './source-request.ts';

export interface S3Settings {
  /** Scheme, host and port of an S3-compatible service; null for AWS. */
  readonly endpoint: string | null;
  /** Null asks the machine, and takes us-east-1 where that knows nothing. */
  readonly region: string | null;
  /** Whether the bucket stands in the path and not in the host's name. */
  readonly forcePathStyle: boolean;
  /** Rejects with an Error whose message says what is missing. */
  readonly credentials: () => Promise<AwsCredentials>;
  readonly machineRegion: () => Promise<string | null>;
}

const signatureSeconds = 900;

export function s3Source(settings: S3Settings, way: WayOut, clock: { now(): number }): RevisionSource {
  return {
    isPinned: ({ s3Location }) => s3Location?.version !== undefined || s3Location?.eTag !== undefined,
    async open(location, { signal }) {
      const named = describeLocation(location);
      const region = settings.region ?? (settings.endpoint === null ? await settings.machineRegion() : null) ?? 'us-east-1';
      let response = await getObject(settings, way, clock, location, region, signal);
      // A bucket elsewhere says where: ask again, signed for there.
      const elsewhere = response.headers['x-amz-bucket-region'];
      if ([301, 307, 400].includes(response.statusCode ?? 0) && settings.endpoint === null && typeof elsewhere === 'string' && /^[a-z0-9-]+$/.test(elsewhere) && elsewhere !== region) {
        response.destroy();
        response = await getObject(settings, way, clock, location, elsewhere, signal);
      }
      return received(response, location, settings.endpoint ?? 'S3', named);
    },
  };
}

async function getObject(settings: S3Settings, way: WayOut, clock: { now(): number }, location: RevisionLocation, region: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { bucket = '', key = '', version } = location.s3Location ?? {};
  const named = describeLocation(location);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(bucket)) throw new SourceTrouble('INVALID_REVISION', `${JSON.stringify(bucket)} cannot be the name of a bucket.`);
  if (key.split('/').some((part) => part === '.' || part === '..')) throw new SourceTrouble('INVALID_REVISION', `${named} cannot be fetched: its key has "." or ".." between slashes. Give the object another key.`);
  const credentials = await settings.credentials().catch((error: unknown) => {
    throw new SourceTrouble('REVISION_MISSING', `${named} cannot be fetched: this controller has no credentials for S3 (${error instanceof Error ? error.message : String(error)}).`, true);
  });
  const url = presignObject({ base: bucketAddress(settings, bucket, region), key, version: version ?? null }, credentials, region, clock.now(), signatureSeconds);
  return askSource(way, { url, headers: {}, maxRedirects: 0, signal, named });
}

function received(response: IncomingMessage, { s3Location }: RevisionLocation, host: string, named: string): SourceBundle {
  if (response.statusCode !== 200) {
    throw statusTrouble(response, host, named, {
      301: 'the bucket lies in another region; set s3.region',
      400: 'the request does not fit the bucket; check s3.region',
      403: 'the credentials may not read it, or it does not exist',
      404: 'there is no such object or version',
    });
  }
  const eTag = bare(response.headers.etag);
  if (s3Location?.eTag !== undefined && eTag !== s3Location.eTag) {
    response.destroy();
    throw new SourceTrouble('INVALID_REVISION', `${named} has the eTag ${eTag === '' ? '(none)' : eTag}, but the revision asks for ${s3Location.eTag}: the object was changed since.`);
  }
  const size = announcedSize(response, named);
  return { body: response, bundleType: s3Location?.bundleType as SourceBundle['bundleType'], size, sha256: null, note: null, close: () => void response.destroy() };
}

function bare(eTag: string | undefined): string {
  return (eTag ?? '').replaceAll('"', '');
}
