// A revision is known by its whole location: bucket, key, type, version and eTag, or repository and commit. Here a
// location as callers spell it becomes the one spelling that is stored, compared and answered.

import { isLoopback } from '../../agent/bundle/loopback.ts';
import { Failure } from '../../protocol/errors.ts';
import type { BundleType, GitLocation, RevisionLocation, S3Location, UrlLocation } from '../../protocol/model/revision.ts';

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
    case 'Url':
      return { revisionType: 'Url', urlLocation: canonicalUrl(location.urlLocation) };
    case 'Git':
      return { revisionType: 'Git', gitLocation: canonicalGit(location.gitLocation) };
    case 'String':
    case 'AppSpecContent':
      throw invalid(`A revision of type ${location.revisionType} belongs to Lambda and ECS; here it must be S3, GitHub, Url or Git.`, 'revision.revisionType');
    default:
      throw invalid('The revision has no revisionType; say S3, GitHub, Url or Git.', 'revision.revisionType');
  }
}

function canonicalS3(given: S3Location | undefined): S3Location {
  const { bucket, key, bundleType, version, eTag } = given ?? {};
  if (isBlank(bucket)) throw invalid('The S3 revision names no bucket.', 'revision.s3Location.bucket');
  if (isBlank(key)) throw invalid('The S3 revision names no key.', 'revision.s3Location.key');
  checkBundleType(bundleType, 'S3', 'revision.s3Location.bundleType');
  const bareTag = eTag?.replaceAll('"', '');
  return { bucket, key, bundleType, ...(isBlank(version) ? {} : { version }), ...(isBlank(bareTag) ? {} : { eTag: bareTag }) };
}

function checkBundleType(bundleType: BundleType | undefined, kind: string, field: string): asserts bundleType is BundleType {
  if (bundleType !== undefined && bundleTypes.includes(bundleType)) return;
  throw invalid(`The bundleType of the ${kind} revision is ${bundleType ?? 'missing'}; a bundle for instances is tar, tgz or zip.`, field);
}

/** Without the digest the bytes behind an address could be any; so it is asked for. */
function canonicalUrl(given: UrlLocation | undefined): UrlLocation {
  const { url, bundleType } = given ?? {};
  const sha256 = given?.sha256?.toLowerCase();
  const checked = checkAddress(url, ['https:'], 'Url', 'revision.urlLocation.url');
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) throw invalid('The sha256 of the Url revision must be the 64 hexadecimal digits of its bundle (sha256sum FILE).', 'revision.urlLocation.sha256');
  checkBundleType(bundleType, 'Url', 'revision.urlLocation.bundleType');
  return { url: checked.href, sha256, bundleType };
}

function canonicalGit(given: GitLocation | undefined): GitLocation {
  const { url, ref } = given ?? {};
  const commitId = given?.commitId?.toLowerCase();
  const checked = checkAddress(url, ['https:', 'ssh:'], 'Git', 'revision.gitLocation.url');
  if (isBlank(ref) === isBlank(commitId)) throw invalid('The Git revision must name either a ref (branch or tag) or a commitId, and not both.', 'revision.gitLocation');
  if (!isBlank(commitId)) {
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commitId)) throw invalid('The commitId of the Git revision must be the whole id, 40 hexadecimal digits.', 'revision.gitLocation.commitId');
    return { url: checked.href, commitId };
  }
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,254}$/.test(ref ?? '') || /\.\.|@\{|\/\/|\.lock$|[./]$/.test(ref ?? '')) throw invalid(`${JSON.stringify(ref)} cannot be the name of a branch or tag.`, 'revision.gitLocation.ref');
  return { url: checked.href, ref: ref! };
}

/** Plain http is good on this very host only, as everywhere. An address is shown to all who may read, so it holds no password. */
function checkAddress(text: string | undefined, schemes: readonly string[], kind: string, field: string): URL {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null) throw invalid(`The ${kind} revision needs a url such as ${schemes[0]}//example.com/web.`, field);
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) throw invalid(`The url of the ${kind} revision must hold no password: whoever may read deployments would see it.`, field);
  const isOpen = url.protocol === 'http:' && isLoopback(url.hostname);
  if (!isOpen && !schemes.includes(url.protocol)) throw invalid(`The url of the ${kind} revision begins with ${url.protocol}; it must be ${schemes.map((scheme) => scheme.slice(0, -1)).join(' or ')}.`, field);
  if (url.protocol === 'ssh:' && (!/^[A-Za-z0-9]/.test(url.hostname) || url.username.startsWith('-'))) throw invalid(`The url of the ${kind} revision names no host.`, field);
  return url;
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
  const { s3Location: s3, gitHubLocation: gitHub, urlLocation: url, gitLocation: git } = location;
  if (url !== undefined) return JSON.stringify(['Url', url.url, url.sha256, url.bundleType]);
  if (git !== undefined) return JSON.stringify(['Git', git.url, git.ref ?? null, git.commitId ?? null]);
  if (s3 !== undefined) return JSON.stringify(['S3', s3.bucket, s3.key, s3.bundleType, s3.version ?? null, s3.eTag ?? null]);
  return JSON.stringify(['GitHub', gitHub?.repository, gitHub?.commitId]);
}

/** The location in few words, for sentences. */
export function describeLocation(location: RevisionLocation): string {
  const { s3Location: s3, gitHubLocation: gitHub, urlLocation: url, gitLocation: git } = location;
  if (url !== undefined) return withoutQuery(url.url ?? '');
  if (git !== undefined) return `${git.url} at ${git.ref ?? `commit ${git.commitId}`}`;
  if (s3 !== undefined) return `s3://${s3.bucket}/${s3.key}${s3.version === undefined ? '' : ` version ${s3.version}`}`;
  return `${gitHub?.repository} at commit ${gitHub?.commitId}`;
}

/** What follows a question mark is often a signature. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '');
}

function isBlank(text: string | undefined): text is undefined | '' {
  return text === undefined || text === '';
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidRevisionException', sentence, field);
}
