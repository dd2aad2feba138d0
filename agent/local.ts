// A deployment to this host without a server: the events of codedeploy-local, run by the daemon's own executors, with the
// same records in the same data folder. The markers on the disk stand in for the daemon's journal, so a local deployment
// follows what was deployed before; nothing is journalled, and one that is cut short by a crash is simply begun anew.

import { Buffer } from 'node:buffer';
import type { LocalEvent, LocalOutcome } from '../protocol/model/local-deployment.ts';
import type { FinishCommand, RunEventCommand } from '../protocol/session/frames.ts';
import { silentLog } from '../world/log.ts';
import type { World } from '../world/world.ts';
import { archiveLayout } from './archive-layout.ts';
import type { ArchiveLayout } from './archive-layout.ts';
import { bulkHelpers } from './commands/bulk.ts';
import { readAppSpec } from './commands/read-app-spec.ts';
import { realExecutors } from './commands/real-executors.ts';
import type { AgentConfig } from './config.ts';
import type { Ending, Executor } from './executors.ts';
import { unsuccessful } from './executors.ts';
import type { GroupRecord } from './journal-state.ts';
import type { AwsSurroundings } from './local-object.ts';
import { makeLocalDownload } from './local-download.ts';
import type { HostLimits } from './limits.ts';
import { LocalRefused, deploymentOf, localEvents } from './local-options.ts';
import type { LocalPlan } from './local-options.ts';
import { openGate } from './policy/gate.ts';

export interface LocalParts {
  readonly config: AgentConfig;
  readonly world: World;
  /** PEM of an authority to trust besides the system's, or null. */
  readonly ca: string | null;
  /** Aborted to end the script that runs, and the deployment. */
  readonly cancelled: AbortSignal;
  readonly aws: AwsSurroundings;
  /** Whether a daemon has the data folder now. */
  readonly isDaemonThere: boolean;
  /** Told of each event as it ends. */
  readonly onEvent: (event: LocalEvent) => void;
}

/** Carries out a local deployment. Throws LocalRefused before anything is changed. */
export async function deployLocally(plan: LocalPlan, parts: LocalParts): Promise<LocalOutcome> {
  const { config, world, ca, cancelled } = parts;
  const layout = archiveLayout(config.dataFolder);
  const group = await readGroup(plan.groupId, layout, world);
  if (parts.isDaemonThere && group.mostRecent !== null && !group.mostRecent.endsWith('-local')) {
    throw new LocalRefused(`The agent that runs on ${config.dataFolder} deploys to the group ${plan.groupId} itself. Stop it first, or use another --deployment-group.`);
  }
  const deploymentId = `d-${letters(9, world)}-local`;
  const bulk = bulkHelpers(world, config.dataFolder);
  if (!parts.isDaemonThere) await bulk.sweep();
  const executors = realExecutors(config, world, () => ca, bulk);
  const gate = openGate(config.policy, world, layout);
  const download = makeLocalDownload({ world, layout, bulk: bulk.work, maxRevisions: config.maxRevisions, limits: config.limits, ca, proxy: config.proxy ?? null, gate, aws: parts.aws }, plan.source);
  const executorOf = (event: string): Executor => {
    if (event === 'DownloadBundle') return download;
    return event === 'Install' ? knowingEvents(plan, layout, world, config.limits, executors.install) : executors.runHooks;
  };

  const events: LocalEvent[] = [];
  let status: LocalOutcome['status'] = 'Succeeded';
  for (const [index, event] of plan.events.entries()) {
    if (status !== 'Succeeded') {
      events.push({ event, status: 'Skipped', errorCode: null, scriptName: '', message: '', log: '', warnings: [] });
      continue;
    }
    const command = commandFor(plan, deploymentId, event, index);
    const ending = await carryOut(executorOf(event), command, group, cancelled);
    await executors.ended?.(command);
    const { errorCode, scriptName, message, logTail } = ending.diagnostics;
    const done = { event, status: ending.outcome, errorCode, scriptName, message, log: logTail, warnings: ending.warnings };
    events.push(done);
    parts.onEvent(done);
    if (ending.outcome !== 'Succeeded') status = cancelled.aborted ? 'Cancelled' : 'Failed';
  }
  const finish: FinishCommand = { kind: 'Finish', deploymentId, deploymentGroupId: plan.groupId, status: status === 'Succeeded' ? 'Succeeded' : 'Failed' };
  await executors.finish(finish);
  return { deploymentId, status, events, logFile: layout.deployment(plan.groupId, deploymentId).scriptLog };
}

async function carryOut(executor: Executor, command: RunEventCommand, group: GroupRecord, cancelled: AbortSignal): Promise<Ending> {
  if (cancelled.aborted) return unsuccessful('Cancelled', 'The deployment was interrupted.');
  try {
    return await executor(command, { log: silentLog, group, scriptStarts: [], recordScriptStart: async () => {}, cancelled, leaving: new AbortController().signal });
  } catch (error) {
    return unsuccessful(cancelled.aborted ? 'Cancelled' : 'Failed', error instanceof Error ? error.message : String(error));
  }
}

/** Before Install: every hook of the AppSpec must be an event that is known here, and every event of one's own have hooks. */
function knowingEvents(plan: LocalPlan, layout: ArchiveLayout, { files }: World, limits: HostLimits, install: Executor): Executor {
  return async (command, context) => {
    const reading = await readAppSpec(files, layout.deployment(command.deploymentGroupId, command.deploymentId).archive, command.appSpecFilename, limits.appSpec);
    const names = reading.kind === 'read' ? Object.keys(reading.appSpec.hooks) : [];
    const known = new Set<string>([...localEvents, ...plan.ownEvents]);
    const stranger = reading.kind === 'read' ? names.find((name) => !known.has(name)) : undefined;
    if (stranger !== undefined) return unsuccessful('Failed', `The AppSpec has hooks for ${stranger}, which is no event of this deployment. Correct the name, or run it with --events.`);
    const absent = plan.ownEvents.find((event) => !names.includes(event));
    if (absent !== undefined) return unsuccessful('Failed', `--events lists ${absent}, for which the AppSpec has no hooks. Correct the name, or add the hooks.`);
    return install(command, context);
  };
}

function commandFor(plan: LocalPlan, deploymentId: string, event: string, index: number): RunEventCommand {
  return {
    kind: 'RunEvent',
    attemptId: `${deploymentId}-${index}`,
    deploymentId,
    deploymentGroupId: plan.groupId,
    deploymentGroupName: plan.groupName,
    applicationName: plan.applicationName,
    deploymentCreator: 'user',
    deploymentType: 'IN_PLACE',
    event,
    generation: 1,
    revision: revisionOf(plan.source),
    fileExistsBehavior: plan.fileExistsBehavior,
    timeoutMs: 3_600_000,
    ...(plan.appSpecFilename === null ? {} : { appSpecFilename: plan.appSpecFilename }),
  };
}

/** What hooks are told of it: BUNDLE_BUCKET and the like, as with a server. */
function revisionOf(source: LocalPlan['source']): Record<string, unknown> {
  if (source.kind !== 's3') return {};
  const { bucket, key, version, eTag, format } = source;
  return { revisionType: 'S3', s3Location: { bucket, key, bundleType: format, ...(version === null ? {} : { version }), ...(eTag === null ? {} : { eTag }) } };
}

async function readGroup(groupId: string, layout: ArchiveLayout, { files }: World): Promise<GroupRecord> {
  const read = async (path: string): Promise<string | null> => {
    const bytes = await files.read(path);
    return deploymentOf(bytes === null ? null : Buffer.from(bytes).toString('utf8'));
  };
  const { lastSuccessfulInstall, mostRecentInstall } = layout.group(groupId);
  return { lastSuccessful: await read(lastSuccessfulInstall), mostRecent: await read(mostRecentInstall) };
}

function letters(count: number, { random }: World): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return Array.from({ length: count }, () => alphabet[random.below(alphabet.length)]).join('');
}
