// DownloadBundle of a local deployment: what is on this host already is unpacked from where it is, or copied when it is a
// folder; an https address or an S3 object is fetched first. All else is as in ./commands/download-bundle.ts.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { World } from '../world/world.ts';
import type { ArchiveLayout } from './archive-layout.ts';
import { copyFolderBundle } from './bundle/copy-folder.ts';
import * as disk from './bundle/disk.ts';
import { oneLine } from './bundle/refusal.ts';
import type { Proxy } from './bundle/proxy.ts';
import { get } from './bundle/request.ts';
import { stripTopFolder } from './bundle/top-folder.ts';
import type { UnpackOutcome } from './bundle/unpack.ts';
import type { DoBulk } from './commands/bulk.ts';
import { readAppSpec } from './commands/read-app-spec.ts';
import type { Executor } from './executors.ts';
import { success, unsuccessful } from './executors.ts';
import { type AwsSurroundings, addressOfObject } from './local-object.ts';
import type { LocalSource } from './local-options.ts';
import type { HostLimits } from './limits.ts';
import type { Gate } from './policy/gate.ts';

const folderMode = 0o711;
const idleTimeoutMs = 30_000;
const mostRedirects = 5;

export interface LocalDownloadParts {
  readonly world: World;
  readonly layout: ArchiveLayout;
  readonly bulk: DoBulk;
  readonly maxRevisions: number;
  readonly limits: HostLimits;
  readonly ca: string | null;
  readonly proxy: Proxy | null;
  readonly gate: Gate;
  readonly aws: AwsSurroundings;
}

/** The executor for a source. */
export function makeLocalDownload(parts: LocalDownloadParts, source: LocalSource): Executor {
  const { world, layout, bulk, maxRevisions, gate } = parts;
  return async (command, context) => {
    const { deploymentGroupId: groupId, deploymentId } = command;
    const { folder, archive, bundle } = layout.deployment(groupId, deploymentId);
    await bulk('prune', { dataFolder: layout.dataFolder, groupId, deploymentId, lastSuccessfulId: context.group.lastSuccessful, maxRevisions }, context.leaving);
    await world.files.makeFolder(folder, folderMode);
    const unpacked = await bringIn(parts, source, { archive, bundle }, context.cancelled);
    if (unpacked.kind === 'refused') return context.cancelled.aborted ? unsuccessful('Cancelled', 'The download was given up.') : unsuccessful('Failed', `The bundle was refused: ${unpacked.reason}`);
    const reading = await readAppSpec(world.files, archive, command.appSpecFilename, parts.limits.appSpec);
    const objection = reading.kind === 'unusable' ? reading.sentence : gate.mayInstall(reading.appSpec, reading.warnings);
    if (objection !== null) {
      await world.files.remove(archive);
      return unsuccessful('Failed', objection);
    }
    await world.files.makeFolder(layout.instructionsFolder);
    await world.files.writeAtomically(layout.group(groupId).mostRecentInstall, Buffer.from(folder));
    return success('Succeeded', [...unpacked.warnings, ...(reading.kind === 'read' ? reading.warnings : [])]);
  };
}

async function bringIn(parts: LocalDownloadParts, source: LocalSource, to: { readonly archive: string; readonly bundle: string }, signal: AbortSignal): Promise<UnpackOutcome> {
  const { bulk, gate, limits, world } = parts;
  switch (source.kind) {
    case 'folder': {
      const copied = await copyFolderBundle(source.path, to.archive, limits.bundle, { strict: gate.policy.isStrict });
      if (copied.kind === 'unpacked') stripTopFolder(to.archive);
      return copied;
    }
    case 'file':
      return bulk('unpack', { bundle: source.path, format: source.format, archive: to.archive, strict: gate.policy.isStrict, limits: limits.bundle });
    case 's3':
    case 'url': {
      const reason = await fetchUnpinned(parts, source, to.bundle, signal);
      if (reason !== null) return { kind: 'refused', reason };
      const unpacked = await bulk('unpack', { bundle: to.bundle, format: source.format, archive: to.archive, strict: gate.policy.isStrict, limits: limits.bundle });
      await world.files.remove(to.bundle);
      return unpacked;
    }
    default:
      return source satisfies never;
  }
}

/** Null when the file is there, else why not. Without a digest the address's own TLS is all there is to trust. */
async function fetchUnpinned(parts: LocalDownloadParts, source: LocalSource & { readonly kind: 'url' | 's3' }, toFile: string, signal: AbortSignal): Promise<string | null> {
  const { ca, proxy, gate } = parts;
  const { maxBundleBytes } = gate.policy;
  let isDone = false;
  try {
    const url = source.kind === 'url' ? new URL(source.url) : await addressOfObject(source, parts.aws, parts.world.clock);
    const response = await follow(url, { ca, proxy }, signal);
    const eTag = (response.headers.etag ?? '').replaceAll('"', '');
    if (source.kind === 's3' && source.eTag !== null && eTag !== source.eTag) {
      response.destroy();
      return `it has the eTag ${eTag === '' ? '(none)' : eTag}, not the ${source.eTag} that the location asks for`;
    }
    const descriptor = disk.createFile(toFile);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const piece of response as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > maxBundleBytes) return `it has more than the ${maxBundleBytes} bytes allowed`;
        hash.update(piece);
        disk.writeAll(descriptor, piece);
      }
    } finally {
      disk.closeSync(descriptor);
    }
    const found = hash.digest('hex');
    if (source.kind === 'url' && source.sha256 !== null && found !== source.sha256) return `it has the SHA-256 ${found}, not the ${source.sha256} that the address asks for`;
    isDone = true;
    return null;
  } catch (error) {
    return oneLine(`it could not be fetched: ${(error as Error).message}`);
  } finally {
    if (!isDone) disk.removeTree(toFile);
  }
}

async function follow(first: URL, { ca, proxy }: Pick<LocalDownloadParts, 'ca' | 'proxy'>, signal: AbortSignal): ReturnType<typeof get> {
  let url = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = await get({ url, headers: { 'accept-encoding': 'identity', 'user-agent': 'fairlead' }, idleTimeoutMs, signal, ...(ca === null ? {} : { ca }), ...(proxy === null ? {} : { proxy }) });
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (statusCode === 200) return response;
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) throw new Error(`${url.host} answered ${statusCode}`);
    const next = URL.parse(location, url.href);
    if (next?.protocol !== 'https:') throw new Error(`${url.host} sends the request on to an address that is not https`);
    if (redirects === mostRedirects) throw new Error(`${first.host} redirects more than ${mostRedirects} times`);
    url = next;
  }
}
