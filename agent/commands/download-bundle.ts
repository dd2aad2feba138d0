// The DownloadBundle event: makes room, takes the bundle from an earlier deployment or fetches it, checks its digest,
// unpacks it, and reads its AppSpec, so that a bad one fails here, with its line, before anything on the host is touched.
// Doing it again starts over.

import { Buffer } from 'node:buffer';
import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import { scriptableEvents } from '../../protocol/model/lifecycle-order.ts';
import type { BundleSource, RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import { isPathSafe } from '../archive-layout.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { success, unsuccessful } from '../executors.ts';
import { fetchBundle } from '../bundle/fetch.ts';
import type { Proxy } from '../bundle/proxy.ts';
import type { HostLimits } from '../limits.ts';
import type { Gate } from '../policy/gate.ts';
import type { Bulk } from './bulk.ts';
import { readAppSpec } from './read-app-spec.ts';

const idleTimeoutMs = 30_000;
/** How long a controller that cannot be reached is waited for: it may be restarting, or on its way to another host. */
const longestPatienceMs = 15 * 60_000;
/** 1 KiB a second. */
const pace = { windowMs: 60_000, minBytes: 60 * 1024 };
/** Not for reading, but to be passed through: a script with `runas` has to reach its file. */
const folderMode = 0o711;

export interface DownloadParts {
  readonly world: World;
  readonly layout: ArchiveLayout;
  readonly bulk: Bulk;
  readonly maxRevisions: number;
  /** What a bundle may ask of this host; the defaults when not given. */
  readonly limits?: HostLimits;
  /** PEM of an authority to trust besides the system's, or null. */
  readonly ca: () => string | null;
  readonly proxy?: Proxy;
  /** As for the session. */
  readonly isPlaintextAllowed?: boolean;
  /** The host owner's say. */
  readonly gate: Gate;
}

export function makeDownloadBundle(parts: DownloadParts): Executor {
  const { world, layout, bulk, maxRevisions, gate } = parts;
  const underWay = new Set<string>();

  async function download(command: RunEventCommand, context: AttemptContext): Promise<Ending> {
    const { deploymentGroupId: groupId, deploymentId, bundle: source } = command;
    if (source === undefined) return unsuccessful('Failed', 'The controller named no bundle to download.');
    const forbidden = await gate.mayFetch(command, source);
    if (forbidden !== null) return unsuccessful('Failed', forbidden);
    const { folder, bundle, bundleDigest, archive } = layout.deployment(groupId, deploymentId);
    bulk.expect();
    const kept = await world.files.list(layout.group(groupId).folder);
    const pruned = kept.length < maxRevisions ? [] : await bulk.work('prune', { dataFolder: layout.dataFolder, groupId, deploymentId, lastSuccessfulId: context.group.lastSuccessful, maxRevisions }, context.leaving);
    if (pruned.length > 0) context.log.info({ pruned }, 'Older revisions were removed.');
    await world.files.makeFolder(folder, folderMode);
    const isKept = await hasKept(parts, groupId, source.sha256);
    const keptFrom = !isKept ? null : await bulk.work('reuse', { dataFolder: layout.dataFolder, groupId, deploymentId, sha256: source.sha256, size: source.size }, context.leaving);
    if (keptFrom !== null) context.log.info({ keptFrom }, 'The bundle is on this host already and is not fetched.');
    else if (command.deploymentMode === 'RESTART') return unsuccessful('Failed', notHere(command, context));
    else {
      const failed = await fetchUnlessStopped(parts, command, source, bundle, context);
      if (failed !== null) return failed;
    }

    const forbiddenNow = await gate.mayUnpack(command, source);
    if (forbiddenNow !== null) {
      await world.files.remove(bundle);
      return unsuccessful('Failed', forbiddenNow);
    }
    const unpacked = await bulk.work('unpack', { bundle, format: source.bundleType, archive, strict: gate.policy.isStrict, ...(parts.limits === undefined ? {} : { limits: parts.limits.bundle }) }, context.leaving);
    if (unpacked.kind === 'refused') {
      await world.files.remove(bundle);
      return unsuccessful('Failed', `The bundle was refused: ${unpacked.reason}`);
    }
    const reading = await readAppSpec(world.files, archive, command.appSpecFilename, parts.limits?.appSpec);
    const { objection, warnings } = reading.kind === 'unusable' ? { objection: reading.sentence, warnings: [] } : { objection: gate.mayInstall(reading.appSpec, reading.warnings), warnings: reading.warnings };
    if (objection !== null) {
      await world.files.remove(archive);
      await world.files.remove(bundle);
      return unsuccessful('Failed', objection);
    }
    await world.files.writeAtomically(bundleDigest, Buffer.from(source.sha256));
    await world.files.makeFolder(layout.instructionsFolder);
    await world.files.writeAtomically(layout.group(groupId).mostRecentInstall, Buffer.from(folder));
    const onceEvents = reading.kind === 'read' ? onceEventsOf(reading.appSpec) : [];
    return { ...success('Succeeded', [...unpacked.warnings, ...warnings]), ...(onceEvents.length === 0 ? {} : { onceEvents }) };
  }

  return async (command, context) => {
    // Two applications run side by side. A controller that gives both the same deployment must not have one's bytes
    // written to the file of which the other has just checked the digest.
    const { bundle } = layout.deployment(command.deploymentGroupId, command.deploymentId);
    if (underWay.has(bundle)) return unsuccessful('Failed', `The bundle of ${command.deploymentId} is being downloaded for another application at this moment.`);
    underWay.add(bundle);
    try {
      return await download(command, context);
    } finally {
      underWay.delete(bundle);
    }
  };
}

/** Lifecycle events with scripts that are to run on one host of the deployment only: for the controller to elect it. */
function onceEventsOf({ hooks }: AppSpec): readonly string[] {
  return scriptableEvents.filter((event) => hooks[event]?.some((script) => script.once) === true);
}

/** Whether a deployment of the group says that it has kept this bundle; its bytes are looked at by whoever takes it. */
async function hasKept({ world, layout }: DownloadParts, groupId: string, sha256: string): Promise<boolean> {
  for (const id of await world.files.list(layout.group(groupId).folder)) {
    const digest = isPathSafe(id) ? await world.files.read(layout.deployment(groupId, id).bundleDigest) : null;
    if (digest !== null && Buffer.from(digest).toString('latin1') === sha256) return true;
  }
  return false;
}

function notHere({ deploymentId }: RunEventCommand, { group }: AttemptContext): string {
  const last = group.lastSuccessful === null ? 'No deployment of this group has succeeded on this host yet' : `The last success here was ${group.lastSuccessful}`;
  return `${deploymentId} restarts the group's last successful revision from the copy on each host, and this host has no copy of its bundle. ${last}. Deploy the revision again without RESTART.`;
}

/** Null when the bundle is there. */
async function fetchUnlessStopped({ world, ca, proxy, isPlaintextAllowed = false, gate }: DownloadParts, command: RunEventCommand, source: BundleSource, toFile: string, { cancelled, leaving }: AttemptContext): Promise<Ending | null> {
  const authority = ca();
  const outcome = await fetchBundle({
    url: source.url,
    sha256: source.sha256,
    size: source.size,
    toFile,
    maxBytes: gate.policy.maxBundleBytes,
    idleTimeoutMs,
    pace,
    patienceMs: Math.min(longestPatienceMs, command.timeoutMs),
    signal: AbortSignal.any([cancelled, leaving]),
    clock: world.clock,
    random: world.random,
    ...(authority === null ? {} : { ca: authority }),
    ...(proxy === undefined ? {} : { proxy }),
    isPlaintextAllowed,
  });
  if (outcome.kind === 'fetched') return null;
  return cancelled.aborted ? unsuccessful('Cancelled', 'The download was given up by the server.') : unsuccessful('Failed', outcome.message);
}
