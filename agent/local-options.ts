// What is asked of a local deployment, checked and completed: the options of codedeploy-local and their meaning. Pure.
// DownloadBundle and Install always take part; where they are not listed they come first, as in the original, so that
// `--events ApplicationStop` installs the revision and stops with its scripts.

import { basename } from 'node:path';
import { bundleFormats } from './bundle/detect-format.ts';
import type { BundleFormat } from './bundle/detect-format.ts';
import type { LocalOptions } from '../protocol/model/local-deployment.ts';
import { isPathSafe } from './archive-layout.ts';

export type LocalSource =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly format: BundleFormat }
  /** `s3://bucket/key?versionId=…&etag=…`, the last two or null. */
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly version: string | null; readonly eTag: string | null; readonly format: BundleFormat }
  /** `sha256` from the address's fragment `#sha256=…`, else null. */
  | { readonly kind: 'url'; readonly url: string; readonly format: BundleFormat; readonly sha256: string | null };

export interface LocalPlan {
  readonly source: LocalSource;
  readonly events: readonly string[];
  /** Events that only this deployment knows; the AppSpec must have scripts for each. */
  readonly ownEvents: readonly string[];
  readonly groupId: string;
  readonly groupName: string;
  readonly applicationName: string;
  readonly fileExistsBehavior: 'DISALLOW' | 'OVERWRITE' | 'RETAIN';
  readonly appSpecFilename: string | null;
}

/** The options cannot be used; the message says which and what to do. Nothing was changed. */
export class LocalRefused extends Error {
  override readonly name = 'LocalRefused';
}

/** All events in their order, as codedeploy-local runs them. */
export const localEvents = [
  'BeforeBlockTraffic', 'AfterBlockTraffic', 'ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall',
  'ApplicationStart', 'ValidateService', 'BeforeAllowTraffic', 'AfterAllowTraffic',
] as const;

const beforeDownload = ['BeforeBlockTraffic', 'AfterBlockTraffic', 'ApplicationStop'];
const beforeInstall = [...beforeDownload, 'DownloadBundle', 'BeforeInstall'];
const behaviors = ['DISALLOW', 'OVERWRITE', 'RETAIN'] as const;

/** What the disk says about the location, when it is a path. */
export interface LocationFacts {
  readonly path: string;
  readonly kind: 'file' | 'folder' | null;
  /** Names at the top of a folder. */
  readonly names: readonly string[];
}

/** Whether a location is an address rather than a path. */
export function isAddress(location: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(location) && !location.startsWith('file://');
}

/** Checks the options. `facts` are for a location that is a path. Throws LocalRefused. */
export function planLocal(options: LocalOptions, facts: LocationFacts | null): LocalPlan {
  const { groupId, groupName, applicationName, appSpecFilename } = options;
  const behavior = behaviors.find((one) => one === options.fileExistsBehavior.toUpperCase());
  if (behavior === undefined) return refuse(`--file-exists-behavior is ${show(options.fileExistsBehavior)}, but must be DISALLOW, OVERWRITE or RETAIN.`);
  if (!isPathSafe(groupId)) return refuse(`The deployment group id ${show(groupId)} names a folder, so it must begin with a letter or digit and hold only letters, digits, ".", "_", ":" and "-".`);
  const { events, ownEvents } = planEvents(options.events);
  const source = facts === null ? addressOf(options) : pathOf(options, facts);
  return { source, events, ownEvents, groupId, groupName, applicationName, fileExistsBehavior: behavior, appSpecFilename };
}

function pathOf({ type, location, appSpecFilename }: LocalOptions, { path, kind, names }: LocationFacts): LocalSource {
  const format = formatOf(type);
  if (kind === null) return refuse(`The location ${show(location)} is taken for a file or folder, which does not exist.`);
  if (format !== null) return kind === 'file' ? { kind: 'file', path, format } : refuse(`The location ${show(location)} is a folder, but its type is ${format}. Leave --type away, or name the ${format} file.`);
  if (kind === 'file') return refuse(`The location ${show(location)} is a file, but its type is directory. Give --type tgz, tar or zip.`);
  const wanted = [appSpecFilename ?? 'appspec.yml', 'appspec.yaml', 'appspec.yml', 'appspec.json'];
  if (appSpecFilename?.includes('/') !== true && !wanted.some((name) => names.includes(name))) {
    return refuse(`There is no ${wanted[0]!} in ${show(location)}. Run this in the folder of the AppSpec, name that folder with --bundle-location, or name the file with --appspec-filename.`);
  }
  return { kind: 'folder', path };
}

function addressOf({ location, type }: LocalOptions): LocalSource {
  const url = URL.parse(location);
  if (url === null) return refuse(`The location ${show(location)} is no address.`);
  const format = formatOf(type);
  if (url.protocol === 'http:') return refuse(`The location ${show(location)} is http, which anyone on the way can change. Only https is taken.`);
  if (url.protocol === 's3:') return objectOf(location, format);
  if (url.protocol !== 'https:') return refuse(`The location ${show(location)} is neither a path nor an https address.`);
  if (format === null) return refuse('A folder cannot be downloaded. Give --type tgz, tar or zip.');
  const digest = /^#sha256=([0-9a-f]{64})$/i.exec(url.hash);
  if (url.hash !== '' && digest === null) return refuse('The end of the address, after #, is no digest. Write #sha256= and 64 hexadecimal digits, or leave it away.');
  url.hash = '';
  const repository = url.hostname === 'github.com' ? /^\/([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url.pathname) : null;
  const address = repository === null ? url.href : `https://api.github.com/repos/${repository[1]!}/${repository[2]!}/${format === 'zip' ? 'zipball' : 'tarball'}/HEAD`;
  // GitHub packs its tarballs with gzip; a tar declared so is accepted packed.
  return { kind: 'url', url: address, format, sha256: digest?.[1]?.toLowerCase() ?? null };
}

/** Taken from the text: an address that was parsed has lost its "..". */
function objectOf(location: string, format: BundleFormat | null): LocalSource {
  if (format === null) return refuse('A folder cannot be downloaded. Give --type tgz, tar or zip.');
  const [, bucket = '', path = '', query = ''] = /^s3:\/\/([^/?#]*)\/([^?#]*)(?:\?([^#]*))?$/i.exec(location) ?? [];
  const key = decoded(path);
  const members = new URLSearchParams(query);
  const isSound = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(bucket) && key !== null && key !== '' && !key.split('/').some((part) => part === '.' || part === '..');
  if (!isSound) return refuse(`The location ${show(location)} names no S3 object. Write it as s3://BUCKET/KEY, and ?versionId=VERSION or ?etag=ETAG if you like.`);
  const stranger = [...members.keys()].find((name) => name !== 'versionId' && name !== 'etag');
  if (stranger !== undefined) return refuse(`An S3 location takes versionId and etag, not ${show(stranger)}.`);
  return { kind: 's3', bucket, key, version: members.get('versionId'), eTag: members.get('etag')?.replaceAll('"', '') ?? null, format };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function formatOf(type: string): BundleFormat | null {
  if (type === 'directory') return null;
  return bundleFormats.find((format) => format === type) ?? refuse(`The type ${show(type)} is none of tgz, tar, zip and directory.`);
}

function planEvents(text: string | null): { readonly events: readonly string[]; readonly ownEvents: readonly string[] } {
  if (text === null) return { events: localEvents, ownEvents: [] };
  const listed = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const odd = listed.find((name) => !/^[A-Za-z]{1,64}$/.test(name));
  if (listed.length === 0) return refuse('--events names no event. Separate them by commas, or leave it away for the usual ones.');
  if (odd !== undefined) return refuse(`${show(odd)} is no name of an event: those are letters only.`);
  const twice = listed.find((name, index) => listed.indexOf(name) !== index);
  if (twice !== undefined) return refuse(`The event ${twice} is listed twice.`);
  checkBefore(listed, 'DownloadBundle', beforeDownload);
  checkBefore(listed, 'Install', beforeInstall);
  const events = withRequired(listed);
  return { events, ownEvents: listed.filter((name) => !localEvents.some((known) => known === name)) };
}

function checkBefore(listed: readonly string[], event: string, allowed: readonly string[]): void {
  const early = listed.slice(0, Math.max(0, listed.indexOf(event))).find((name) => !allowed.includes(name));
  if (early !== undefined) refuse(`${early} is listed before ${event}; only ${allowed.join(', ')} may be. Correct the order of --events.`);
}

/** Those of DownloadBundle and Install that are not listed come first; Install never before a DownloadBundle that is. */
function withRequired(listed: readonly string[]): readonly string[] {
  const withDownload = listed.includes('DownloadBundle') ? listed : ['DownloadBundle', ...listed];
  if (listed.includes('Install')) return withDownload;
  const at = withDownload.indexOf('DownloadBundle') + 1;
  return [...withDownload.slice(0, at), 'Install', ...withDownload.slice(at)];
}

/** The name of the deployment that a marker of the group's records names; null where there is none. */
export function deploymentOf(marker: string | null): string | null {
  const id = marker === null ? '' : basename(marker.trim());
  return isPathSafe(id) ? id : null;
}

function show(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function refuse(sentence: string): never {
  throw new LocalRefused(sentence);
}
