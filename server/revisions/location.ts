// A revision is known by its whole location: bucket, key, type, version and eTag, or repository and commit. Here a
// location as callers spell it becomes the one spelling that is stored, compared and answered.

import { Failure } from '../../protocol/errors.ts';
import type { RevisionLocation, S3Location } from '../../protocol/model/revision.ts';

const bundleTypes: readonly string[] = ['tar', 'tgz', 'zip'];

/**
 * The location with only the members its type uses, an eTag's quotes removed, empty ones left out. Throws
 * InvalidRevisionException naming the member that is missing or cannot be used.
 */
export function canonicalLocation(location: RevisionLocation): RevisionLocation {
  switch (location.revisionType) {
    case 'S3':
      return { revisionType: 'S3', s3Location: canonicalS3(location.s3Location) };
    case 'GitHub':
      return { revisionType: 'GitHub', gitHubLocation: canonicalGitHub(location.gitHubLocation) };
    case 'String':
    case 'AppSpecContent':
      throw invalid(`A revision of type ${location.revisionType} belongs to Lambda and ECS; here it must be S3 or GitHub.`, 'revision.revisionType');
    default:
      throw invalid('The revision has no revisionType; say S3 or GitHub.', 'revision.revisionType');
  }
}

function canonicalS3(given: S3Location | undefined): S3Location {
  const { bucket, key, bundleType, version, eTag } = given ?? {};
  if (isBlank(bucket)) throw invalid('The S3 revision names no bucket.', 'revision.s3Location.bucket');
  if (isBlank(key)) throw invalid('The S3 revision names no key.', 'revision.s3Location.key');
  if (bundleType === undefined || !bundleTypes.includes(bundleType)) {
    const said = bundleType === undefined ? 'missing' : bundleType;
    throw invalid(`The bundleType of the S3 revision is ${said}; a bundle for instances is tar, tgz or zip.`, 'revision.s3Location.bundleType');
  }
  const bareTag = eTag?.replaceAll('"', '');
  return { bucket, key, bundleType, ...(isBlank(version) ? {} : { version }), ...(isBlank(bareTag) ? {} : { eTag: bareTag }) };
}

function canonicalGitHub(given: RevisionLocation['gitHubLocation']): NonNullable<RevisionLocation['gitHubLocation']> {
  const { repository, commitId } = given ?? {};
  if (isBlank(repository) || !/^[^/\s]+\/[^/\s]+$/.test(repository)) {
    throw invalid('The repository of the GitHub revision must look like owner/name.', 'revision.gitHubLocation.repository');
  }
  if (isBlank(commitId)) throw invalid('The GitHub revision names no commitId.', 'revision.gitHubLocation.commitId');
  return { repository, commitId };
}

/** The identity of a canonical location, as in revisions.location_key. */
export function locationKey(location: RevisionLocation): string {
  const { s3Location: s3, gitHubLocation: gitHub } = location;
  if (s3 !== undefined) return JSON.stringify(['S3', s3.bucket, s3.key, s3.bundleType, s3.version ?? null, s3.eTag ?? null]);
  return JSON.stringify(['GitHub', gitHub?.repository, gitHub?.commitId]);
}

/** The location in few words, for sentences. */
export function describeLocation(location: RevisionLocation): string {
  const { s3Location: s3, gitHubLocation: gitHub } = location;
  if (s3 !== undefined) return `s3://${s3.bucket}/${s3.key}${s3.version === undefined ? '' : ` version ${s3.version}`}`;
  return `${gitHub?.repository} at commit ${gitHub?.commitId}`;
}

function isBlank(text: string | undefined): text is undefined | '' {
  return text === undefined || text === '';
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidRevisionException', sentence, field);
}
