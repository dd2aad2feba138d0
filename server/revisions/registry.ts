// Where bundles come from. A location is resolved once, when a deployment is created, into a digest and a size that do
// not change any more; what cannot be resolved is no refusal but a defect, which ends the deployment with a reason.

import type { ErrorInformation } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { DeploymentDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import { findUpload } from '../store/uploads.ts';
import { describeLocation } from './location.ts';

export type Bundle = NonNullable<DeploymentDocument['bundle']>;

export type ResolvedRevision =
  | { readonly kind: 'bundle'; readonly bundle: Bundle }
  | { readonly kind: 'defect'; readonly defect: ErrorInformation };

export interface RevisionSources {
  readonly db: Database;
  /** The bucket whose keys are uploads to this controller. */
  readonly ownBucket: string;
}

/** Resolves a canonical location. In the own bucket an eTag is the SHA-256 of the upload. */
export async function resolveRevision(location: RevisionLocation, { db, ownBucket }: RevisionSources): Promise<ResolvedRevision> {
  const { s3Location } = location;
  const named = describeLocation(location);
  if (s3Location?.bucket !== ownBucket) {
    return missing(`${named} cannot be fetched: this controller takes bundles from its own bucket ${ownBucket} only (put them there with: fairlead push).`);
  }
  const upload = await findUpload(db, ownBucket, s3Location.key ?? '', s3Location.version ?? null, s3Location.eTag ?? null);
  if (upload === null) {
    const withTag = s3Location.eTag === undefined ? '' : ` with eTag ${s3Location.eTag}`;
    return missing(`Nothing was uploaded as ${named}${withTag}. Upload the bundle with: fairlead push`);
  }
  if (upload.bundle_type !== s3Location.bundleType) {
    return {
      kind: 'defect',
      defect: { code: 'INVALID_REVISION', message: `${named} was uploaded as ${upload.bundle_type}, but the revision says ${s3Location.bundleType}.` },
    };
  }
  const bundleType = upload.bundle_type as Bundle['bundleType'];
  return { kind: 'bundle', bundle: { sha256: upload.sha256, size: Number(upload.size), bundleType } };
}

function missing(message: string): ResolvedRevision {
  return { kind: 'defect', defect: { code: 'REVISION_MISSING', message } };
}
