// How a revision that lies elsewhere is named on the command line: the same flags wherever one is named. Pure.

import type { Command } from 'commander';
import { Option } from 'commander';
import { parseS3Location } from './flags.ts';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { RevisionLocation } from '../protocol/model/revision.ts';

export interface RevisionFlags {
  readonly s3?: string;
  readonly s3Location?: string;
  readonly github?: string;
  readonly bundleUrl?: string;
  readonly sha256?: string;
  readonly git?: string;
  readonly bundleType?: ArchiveType;
}

type ArchiveType = 'tgz' | 'tar' | 'zip';

/** The flags of which exactly one names a revision. */
export const revisionFlagNames = ['--s3', '--s3-location', '--github', '--bundle-url', '--git'] as const;

/** Adds the flags to a command. `--bundle-type` is added with them. */
export function addRevisionOptions(command: Command): Command {
  return command
    .option('--s3 <address>', 's3://BUCKET/KEY[?version=VERSION]')
    .option('--s3-location <location>', 'the same as the AWS CLI writes it: bucket=BUCKET,key=KEY,bundleType=tgz[,version=V][,eTag=E]')
    .option('--github <commit>', 'OWNER/REPOSITORY@COMMIT, the whole id of the commit')
    .option('--bundle-url <address>', 'https address of a bundle; its digest goes with it as --sha256')
    .option('--sha256 <digest>', 'with --bundle-url: SHA-256 of the bundle, 64 hexadecimal digits (sha256sum FILE)')
    .option('--git <repository>', 'https://… or ssh://… and @REF: a branch, a tag, or the whole id of a commit')
    .addOption(new Option('--bundle-type <type>', 'kind of archive, where its name does not say').choices(['tgz', 'tar', 'zip']));
}

/** Which of the flags that name a revision are given. */
export function givenRevisionFlags(flags: RevisionFlags): readonly string[] {
  const { s3, s3Location, github, bundleUrl, git } = flags;
  return [s3, s3Location, github, bundleUrl, git].flatMap((value, index) => (value === undefined ? [] : [revisionFlagNames[index]!]));
}

/** The revision the flags name, or null when they name none. Throws a Refusal for more than one, and for one that cannot be read. */
export function revisionOf(flags: RevisionFlags): RevisionLocation | null {
  const given = givenRevisionFlags(flags);
  if (given.length > 1) throw new Refusal(`${given.join(' and ')} each name a revision. Give one of them.`);
  if (flags.sha256 !== undefined && flags.bundleUrl === undefined) throw new Refusal('--sha256 is the digest of what --bundle-url names; give both, or neither.');
  if (flags.s3 !== undefined) return s3Revision(flags.s3, flags.bundleType);
  if (flags.s3Location !== undefined) return parseS3Location(flags.s3Location);
  if (flags.github !== undefined) return gitHubRevision(flags.github);
  if (flags.bundleUrl !== undefined) return urlRevision(flags.bundleUrl, flags.sha256, flags.bundleType);
  return flags.git === undefined ? null : gitRevision(flags.git);
}

function s3Revision(text: string, bundleType: ArchiveType | undefined): RevisionLocation {
  const [, bucket, key, query] = /^s3:\/\/([^/?#]+)\/([^?#]+)(?:\?([^#]+))?$/.exec(text) ?? [];
  if (bucket === undefined || key === undefined) throw new Refusal(`${showPrintable(text)} names no object in S3. Write it as s3://BUCKET/KEY, with ?version=VERSION for one version; for a key with ? or # use --s3-location.`);
  const version = query === undefined ? undefined : (/^(?:version|versionId)=(.+)$/.exec(query)?.[1] ?? (query.includes('=') ? undefined : query));
  if (query !== undefined && version === undefined) throw new Refusal(`${showPrintable(query)} is no version. Write s3://${bucket}/${key}?version=VERSION.`);
  return { revisionType: 'S3', s3Location: { bucket, key, bundleType: bundleType ?? typeOfName(key), ...(version === undefined ? {} : { version }) } };
}

function gitHubRevision(text: string): RevisionLocation {
  const [, repository, commitId] = /^([\w.-]+\/[\w.-]+)@([0-9a-fA-F]{40})$/.exec(text) ?? [];
  if (repository === undefined || commitId === undefined) throw new Refusal(`${showPrintable(text)} names no commit on GitHub. Write it as OWNER/REPOSITORY@COMMIT with the 40 digits of the commit (git rev-parse HEAD); a branch may mean something else tomorrow.`);
  return { revisionType: 'GitHub', gitHubLocation: { repository, commitId: commitId.toLowerCase() } };
}

function urlRevision(url: string, sha256: string | undefined, bundleType: ArchiveType | undefined): RevisionLocation {
  if (sha256 === undefined || !/^[0-9a-fA-F]{64}$/.test(sha256)) throw new Refusal('With --bundle-url goes --sha256, the 64 hexadecimal digits of the bundle (sha256sum FILE): it is what makes the address mean one bundle for ever.');
  return { revisionType: 'Url', urlLocation: { url, sha256: sha256.toLowerCase(), bundleType: bundleType ?? typeOfName(url.replace(/[?#].*$/, '')) } };
}

/** The ref follows the last @ of the path: that of user@host stands before it. */
function gitRevision(text: string): RevisionLocation {
  const [, url, ref] = /^([a-z+]+:\/\/[^/]+\/.*)@([^@]+)$/.exec(text) ?? [];
  if (url === undefined || ref === undefined) throw new Refusal(`${showPrintable(text)} names no revision of a Git repository. Write it as https://HOST/PATH@REF or ssh://git@HOST/PATH@REF, where REF is a branch, a tag, or the whole id of a commit.`);
  const isCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(ref);
  return { revisionType: 'Git', gitLocation: { url, ...(isCommit ? { commitId: ref.toLowerCase() } : { ref }) } };
}

function typeOfName(name: string): ArchiveType {
  if (/\.(tgz|tar\.gz)$/.test(name)) return 'tgz';
  if (name.endsWith('.zip')) return 'zip';
  if (name.endsWith('.tar')) return 'tar';
  throw new Refusal(`The name ${showPrintable(name)} does not say what kind of archive it is. Give --bundle-type tgz, tar or zip.`);
}
