// The DownloadBundle event: makes room, fetches the bundle and checks its digest, unpacks it, and reads its AppSpec, so
// that a bad one fails here, with its line, before anything on the host is touched. Doing it again starts over.

import { Buffer } from 'node:buffer';
import type { BundleSource } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { success, unsuccessful } from '../executors.ts';
import { fetchBundle } from '../bundle/fetch.ts';
import type { DoBulk } from './bulk.ts';
import { readAppSpec } from './read-app-spec.ts';

const maxBundleBytes = 2 * 1024 ** 3;
const idleTimeoutMs = 30_000;

export interface DownloadParts {
  readonly world: World;
  readonly layout: ArchiveLayout;
  readonly bulk: DoBulk;
  readonly maxRevisions: number;
  /** PEM of an authority to trust besides the system's, or null. */
  readonly ca: string | null;
}

export function makeDownloadBundle(parts: DownloadParts): Executor {
  const { world, layout, bulk, maxRevisions } = parts;
  return async (command, context) => {
    const { deploymentGroupId: groupId, deploymentId, bundle: source } = command;
    if (source === undefined) return unsuccessful('Failed', 'The controller named no bundle to download.');
    const { folder, bundle, archive } = layout.deployment(groupId, deploymentId);
    const pruned = await bulk('prune', { dataFolder: layout.dataFolder, groupId, deploymentId, lastSuccessfulId: context.group.lastSuccessful, maxRevisions }, context.leaving);
    if (pruned.length > 0) context.log.info({ pruned }, 'Older revisions were removed.');
    await world.files.makeFolder(folder);
    const fetched = await fetchUnlessStopped(parts, source, bundle, context);
    if (fetched !== null) return fetched;

    const unpacked = await bulk('unpack', { bundle, format: source.bundleType, archive }, context.leaving);
    await world.files.remove(bundle);
    if (unpacked.kind === 'refused') return unsuccessful('Failed', `The bundle was refused: ${unpacked.reason}`);
    const reading = await readAppSpec(world.files, archive, command.appSpecFilename);
    if (reading.kind === 'unusable') {
      await world.files.remove(archive);
      return unsuccessful('Failed', reading.sentence);
    }
    await world.files.makeFolder(layout.instructionsFolder);
    await world.files.writeAtomically(layout.group(groupId).mostRecentInstall, Buffer.from(folder));
    return success('Succeeded', [...unpacked.warnings, ...reading.warnings]);
  };
}

/** Null when the bundle is there. */
async function fetchUnlessStopped({ world, ca }: DownloadParts, source: BundleSource, toFile: string, { cancelled, leaving }: AttemptContext): Promise<Ending | null> {
  const outcome = await fetchBundle({
    url: source.url,
    sha256: source.sha256,
    size: source.size,
    toFile,
    maxBytes: maxBundleBytes,
    idleTimeoutMs,
    signal: AbortSignal.any([cancelled, leaving]),
    clock: world.clock,
    random: world.random,
    ...(ca === null ? {} : { ca }),
  });
  if (outcome.kind === 'fetched') return null;
  return cancelled.aborted ? unsuccessful('Cancelled', 'The download was given up by the server.') : unsuccessful('Failed', outcome.message);
}
