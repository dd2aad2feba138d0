// Where bundles come from: one file for each kind of source, one line here. What lies in the controller's own buckets is
// resolved at once; what lies elsewhere is fetched after the deployment's row is written (./resolver.ts). What cannot be
// resolved is no refusal but a defect, which ends the deployment with a reason.

import type { ErrorInformation } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { DeploymentDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import { findUpload } from '../store/uploads.ts';
import type { OwnBuckets } from './buckets.ts';
import { describeLocation } from './location.ts';
import { readSignature, signedBundle } from './signature.ts';
import type { RevisionSource, RevisionSources, SourceKind } from './source.ts';

export type Bundle = NonNullable<DeploymentDocument['bundle']>;

export type ResolvedRevision =
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | { readonly kind: 'defect'; readonly defect: ErrorInformation }
  /** A source has to be asked first. */
  | { readonly kind: 'later' };

export interface ResolvingParts {
  readonly db: Database;
  /** Buckets whose keys are uploads to this controller. */
  readonly buckets: OwnBuckets;
  readonly sources: RevisionSources;
}

const kinds: Readonly<Record<string, { readonly source: SourceKind; readonly section: string }>> = {
  S3: { source: 's3', section: 's3' },
  GitHub: { source: 'gitHub', section: 'github' },
  Url: { source: 'url', section: 'url' },
  Git: { source: 'git', section: 'git' },
};

/** The source that a canonical location is to be fetched from, or null where this controller has none for it. */
export function sourceOf(location: RevisionLocation, sources: RevisionSources): RevisionSource | null {
  const kind = kinds[location.revisionType ?? ''];
  return kind === undefined ? null : (sources[kind.source] ?? null);
}

/**
 * Resolves a canonical location as far as that needs nobody else. In an own bucket an eTag is the SHA-256 of the upload,
 * or what the S3 client that put it there was told.
 */
export async function resolveRevision(location: RevisionLocation, { db, buckets, sources }: ResolvingParts): Promise<ResolvedRevision> {
  const { s3Location } = location;
  const named = describeLocation(location);
  if (s3Location?.bucket === undefined || !buckets.isOwn(s3Location.bucket)) {
    if (sourceOf(location, sources) !== null) return { kind: 'later' };
    const section = kinds[location.revisionType ?? '']?.section ?? '';
    return missing(`${named} cannot be fetched: this controller takes bundles from its own ${buckets.named.length === 1 ? 'bucket' : 'buckets'} ${buckets.named.join(', ')} (put them there with: fairlead push). To have it fetch others of this kind, give its configuration a section "${section}:".`);
  }
  const upload = await findUpload(db, s3Location.bucket, s3Location.key ?? '', s3Location.version ?? null, s3Location.eTag ?? null);
  if (upload === null) {
    const withTag = s3Location.eTag === undefined ? '' : ` with eTag ${s3Location.eTag}`;
    const elsewhere = sources.s3 === undefined ? ' To have this controller fetch bundles from S3, give its configuration a section "s3:".' : '';
    return missing(`Nothing was uploaded as ${named}${withTag}. Upload the bundle with: fairlead push, or aws deploy push with AWS_ENDPOINT_URL_S3 set to this controller.${elsewhere}`);
  }
  // Agents read a tgz that is called tar, as CodeDeploy's do.
  const isTarCalled = upload.bundle_type === 'tgz' && s3Location.bundleType === 'tar';
  if (upload.bundle_type !== s3Location.bundleType && !isTarCalled) {
    return {
      kind: 'defect',
      defect: { code: 'INVALID_REVISION', message: `${named} was uploaded as ${upload.bundle_type}, but the revision says ${s3Location.bundleType}.` },
    };
  }
  const bundleType = upload.bundle_type as Bundle['bundleType'];
  return signedBundle({ sha256: upload.sha256, size: Number(upload.size), bundleType }, readSignature(upload.signature, `the upload ${upload.key}`));
}

function missing(message: string): ResolvedRevision {
  return { kind: 'defect', defect: { code: 'REVISION_MISSING', message } };
}
