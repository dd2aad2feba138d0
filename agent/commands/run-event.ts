// An event with hooks: chooses the revision whose AppSpec and scripts count, and hands them to the hook engine. Whatever
// has nothing to run costs no process. After a restart it is called again and the engine goes on where it was.

import { Buffer } from 'node:buffer';
import { chooseArchive } from '../../hooks/archive-choice.ts';
import { buildEnvironment } from '../../hooks/environment.ts';
import { Redaction } from '../../hooks/redaction/redaction.ts';
import type { BundleOrigin } from '../../hooks/environment.ts';
import type { AppSpec, HookScript } from '../../hooks/appspec/appspec.ts';
import { runEvent } from '../../hooks/engine.ts';
import type { EventResult, EventRun } from '../../hooks/event-run.ts';
import { isNoop } from '../../hooks/noop.ts';
import { ScriptLog } from '../../hooks/script-log.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import type { Files } from '../../world/files.ts';
import type { World } from '../../world/world.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import type { AttemptContext, Ending, Executor } from '../executors.ts';
import { success, unsuccessful } from '../executors.ts';
import { JournalBroken } from '../journal.ts';
import { openHostSecrets } from '../host-secrets.ts';
import type { HostSecret } from '../host-secrets.ts';
import type { HostLimits } from '../limits.ts';
import type { Gate } from '../policy/gate.ts';
import type { GroupRecord, ScriptStart } from '../journal-state.ts';
import { readAppSpec } from './read-app-spec.ts';
import { checkReadiness } from './readiness.ts';
import { noteStuck } from './stuck.ts';

export interface RunEventParts {
  readonly world: World;
  readonly layout: ArchiveLayout;
  readonly root: string | null;
  /** All that hooks get besides CodeDeploy's variables. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
  readonly hookGraceMs: number;
  /** What the host's owner keeps out of the output of hooks. */
  readonly redact?: readonly HostSecret[];
  /** What a bundle may ask of this host; the defaults when not given. */
  readonly limits?: HostLimits;
  /** The host owner's say. */
  readonly gate: Gate;
  /** Where supervisor.sh is, for an agent shipped as other files than these. */
  readonly supervisorPath?: string;
}

export function makeRunHooks(parts: RunEventParts): Executor {
  return async (command, context) => {
    const { files } = parts.world;
    const chosen = await chooseFolder(parts, command, context.group);
    if (chosen === null) return success();
    if ((await files.list(chosen.folder)).length === 0) {
      if (chosen.isCurrent) return unsuccessful('Failed', `The bundle of ${command.deploymentId} is not on this host, so its ${command.event} cannot run.`);
      const sentence = `${command.event} was skipped: the ${chosen.name} is not on this host any more.`;
      return success('Succeeded', [sentence]);
    }
    const reading = await readAppSpec(files, chosen.folder, command.appSpecFilename, parts.limits?.appSpec);
    if (reading.kind === 'unusable') return unsuccessful('Failed', `${reading.sentence} (in the ${chosen.name})`);
    const { hooks } = reading.appSpec;
    const scripts = await leaveOutOnce(parts, command, context, hooks[command.event] ?? []);
    const ending = isNoop(command.event, hooks) ? success() : await runScripts(parts, command, context, chosen, { event: command.event, scripts, firstIndex: firstIndexes.own });
    if (command.event !== 'ValidateService' || ending.outcome !== 'Succeeded') return ending;
    return afterValidation(parts, command, context, chosen, reading.appSpec, ending);
  };
}

/** Scripts of one attempt are told apart by number: those of its event, and those of the events that only this host knows. */
export const firstIndexes = { own: 0, AfterRollback: 10_000, OnFailure: 20_000 } as const;

/** The scripts that this host runs, where another one of the deployment has run those marked as `once`. */
async function leaveOutOnce({ world, layout }: RunEventParts, command: RunEventCommand, context: AttemptContext, scripts: readonly HookScript[]): Promise<readonly HookScript[]> {
  const left = command.skipsOnce === true ? scripts.filter((script) => script.once) : [];
  if (left.length === 0) return scripts;
  if (context.scriptStarts.length === 0) {
    const { logsFolder, scriptLog } = layout.deployment(command.deploymentGroupId, command.deploymentId);
    await world.files.makeFolder(logsFolder);
    const log = new ScriptLog(world, scriptLog, 0);
    for (const { location } of left) await log.note(`[fairlead]${command.event}: ${location} was skipped: it is marked as once, and another host has run it for this deployment.`);
    await log.close();
  }
  return scripts.filter((script) => !script.once);
}

/** What may still follow ValidateService on this host, as parts of it: the first that fails fails the event. */
async function afterValidation(parts: RunEventParts, command: RunEventCommand, context: AttemptContext, chosen: ChosenFolder, appSpec: AppSpec, validated: Ending): Promise<Ending> {
  const isPastReadiness = context.scriptStarts.some(({ index }) => index >= firstIndexes.AfterRollback);
  if (appSpec.readiness !== null && !isPastReadiness) {
    const unusable = await parts.gate.mayUse(command, chosen.deploymentId);
    if (unusable !== null) return unsuccessful('Failed', unusable, validated.warnings);
    const redaction = await redactionOf(parts, command, true);
    if (typeof redaction === 'string') return unsuccessful('Failed', redaction, validated.warnings);
    const { logsFolder, scriptLog: logFile } = parts.layout.deployment(command.deploymentGroupId, command.deploymentId);
    await parts.world.files.makeFolder(logsFolder);
    const unready = await checkReadiness({ readiness: appSpec.readiness, archiveFolder: chosen.folder, logFile, environment: environmentOf(parts, command, command.event), redaction }, parts.world, context);
    if (unready !== null) return { ...unready, warnings: [...validated.warnings, ...unready.warnings] };
  }
  const scripts = appSpec.hooks['AfterRollback'] ?? [];
  if (command.deploymentCreator !== 'codeDeployRollback' || scripts.length === 0) return validated;
  const ending = await runScripts(parts, command, context, chosen, { event: 'AfterRollback', scripts, firstIndex: firstIndexes.AfterRollback });
  return { ...ending, warnings: [...validated.warnings, ...ending.warnings] };
}

interface ChosenFolder {
  readonly folder: string;
  readonly name: string;
  readonly deploymentId: string;
  readonly isCurrent: boolean;
}

/** The unpacked revision the event uses; null when the group has no such revision yet. */
async function chooseFolder({ world, layout }: RunEventParts, command: RunEventCommand, group: GroupRecord): Promise<ChosenFolder | null> {
  const { deploymentGroupId, deploymentId, event, deploymentCreator, deploymentType } = command;
  const current = layout.deployment(deploymentGroupId, deploymentId).archive;
  const hasCurrentArchive = (await world.files.list(current)).length > 0;
  const choice = chooseArchive({ event, creator: deploymentCreator, deploymentType, hasCurrentArchive });
  if (choice === 'current') return { folder: current, name: 'revision being deployed', deploymentId, isCurrent: true };
  const id = choice === 'lastSuccessful' ? group.lastSuccessful : group.mostRecent;
  if (id === null) return null;
  const name = `${choice === 'lastSuccessful' ? 'last successful' : 'most recent'} revision, of ${id}`;
  return { folder: layout.deployment(deploymentGroupId, id).archive, name, deploymentId: id, isCurrent: false };
}

export interface ScriptsToRun {
  /** What they are told they run for; the attempt's own event, or one that only this host knows. */
  readonly event: string;
  readonly scripts: readonly HookScript[];
  readonly firstIndex: number;
  /** For their environment, besides what every script gets. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Runs scripts of a revision as a part of the attempt, or goes on with them after a restart. Throws when the agent leaves. */
export async function runScripts(parts: RunEventParts, command: RunEventCommand, context: AttemptContext, chosen: ChosenFolder, run: ScriptsToRun): Promise<Ending> {
  const unusable = await parts.gate.mayUse(command, chosen.deploymentId);
  if (unusable !== null) {
    // An earlier revision from before the owner asked for signatures must not keep the signed one from coming.
    return chosen.isCurrent ? unsuccessful('Failed', unusable) : success('Succeeded', [`${run.event} of the ${chosen.name} was skipped. ${unusable}`]);
  }
  const isBegun = context.scriptStarts.some(({ index }) => index >= run.firstIndex && index < run.firstIndex + run.scripts.length);
  const redaction = await redactionOf(parts, command, !isBegun);
  if (typeof redaction === 'string') return unsuccessful('Failed', redaction);
  const { world, layout } = parts;
  const deployment = layout.deployment(command.deploymentGroupId, command.deploymentId);
  await world.files.makeFolder(deployment.logsFolder);
  const event = {
    event: run.event,
    scripts: run.scripts,
    firstIndex: run.firstIndex,
    archiveFolder: chosen.folder,
    archiveName: chosen.name,
    stateFolder: layout.hookAttempt(command.attemptId),
    logFile: deployment.scriptLog,
    environment: { ...environmentOf(parts, command, run.event), ...run.variables },
    graceMs: parts.hookGraceMs,
    killSignal: context.cancelled,
    redaction,
    ...(context.onOutput === undefined ? {} : { onOutput: context.onOutput }),
    allowedUsers: parts.gate.policy.allowedUsers,
    ...(parts.supervisorPath === undefined ? {} : { supervisorPath: parts.supervisorPath }),
  };
  const result = await runThroughTrouble(event, { ...world, files: filesUntil(context.leaving, world.files) }, context);
  if (result.stuck !== undefined) await noteStuck(parts, command, result.stuck);
  return endingOf(result);
}

/**
 * What must not be shown: the group's secrets and the host's own. Where these cannot be known nothing is begun, as the sentence
 * says; of scripts that run already all of the output is withheld.
 */
async function redactionOf({ world, redact }: RunEventParts, command: RunEventCommand, mayRefuse: boolean): Promise<Redaction | string> {
  const opened = await openHostSecrets(redact ?? [], world.files);
  if (typeof opened !== 'string') return new Redaction([...(command.redact ?? []), ...opened.values], opened.shapes);
  return mayRefuse ? opened : new Redaction([], [], true);
}

function environmentOf({ hookEnvironment, root }: RunEventParts, command: RunEventCommand, lifecycleEvent: string): Readonly<Record<string, string>> {
  return buildEnvironment({
    // The host's own word counts for more than the group's.
    base: { ...command.environment, ...hookEnvironment },
    lifecycleEvent,
    deploymentId: command.deploymentId,
    applicationName: command.applicationName,
    deploymentGroupName: command.deploymentGroupName,
    deploymentGroupId: command.deploymentGroupId,
    origin: originOf(command.revision),
    root: root ?? '',
    attempt: command.attemptId,
  });
}

const mostTroubles = 4;

/**
 * The engine throws when the disk fails it, be it for a moment (no more descriptors), while the script runs on. So it is
 * asked again, as after a restart, with what is journalled by then. Throws the last trouble when it will not end.
 */
async function runThroughTrouble(event: EventRun, world: World, context: AttemptContext): Promise<EventResult> {
  const startedScripts = [...context.scriptStarts];
  const scriptStarting = async (start: ScriptStart): Promise<void> => {
    await context.recordScriptStart(start);
    startedScripts.push(start);
  };
  for (let troubles = 0; ; troubles += 1) {
    try {
      return await runEvent(event, world, { startedScripts: [...startedScripts], scriptStarting });
    } catch (error) {
      if (context.leaving.aborted || troubles >= mostTroubles || error instanceof JournalBroken) throw error;
      context.log.warn({ reason: (error as Error).message }, `The agent lost sight of ${event.event} and looks again.`);
      await world.clock.sleep(1_000 * 2 ** troubles, context.leaving);
    }
  }
}

/** What the engine says, as a report does. */
export function endingOf(result: EventResult): Ending {
  const outcomes = { succeeded: 'Succeeded', failed: 'Failed', timed_out: 'Failed', cancelled: 'Cancelled', interrupted: 'Interrupted' } as const;
  const { errorCode, scriptName, message, logTail, warnings } = result;
  return { outcome: outcomes[result.outcome.kind], diagnostics: { errorCode, scriptName, message, logTail }, warnings };
}

/**
 * Scripts outlive the agent. When it leaves, the files door shuts for the engine, which so lets go of the script at its
 * next look; what it had journalled and the script's own files are all that the next agent needs.
 */
function filesUntil(leaving: AbortSignal, files: Files): Files {
  const open = (): Files => {
    leaving.throwIfAborted();
    return files;
  };
  return {
    read: async (path) => open().read(path),
    readRange: async (path, offset, length) => open().readRange(path, offset, length),
    size: async (path) => open().size(path),
    writeAtomically: async (path, bytes, mode) => open().writeAtomically(path, bytes, mode),
    createExclusively: async (path, bytes) => open().createExclusively(path, bytes),
    openAppend: async (path) => open().openAppend(path),
    freeRange: async (path, offset, length) => open().freeRange(path, offset, length),
    list: async (folder) => open().list(folder),
    makeFolder: async (folder, mode) => open().makeFolder(folder, mode),
    remove: async (path) => open().remove(path),
  };
}

/** What a revision in CodeDeploy's shape says for the hooks' environment. Anything unexpected counts as absent. */
export function originOf(revision: Readonly<Record<string, unknown>>): BundleOrigin {
  const s3 = fieldsOf(revision['s3Location']);
  const [bucket, key] = [s3['bucket'], s3['key']].map(textOf);
  if (bucket && key) return { kind: 's3', bucket, key, version: textOf(s3['version']), eTag: textOf(s3['eTag']) };
  const commit = textOf(fieldsOf(revision['gitHubLocation'])['commitId']);
  return commit === null ? { kind: 'other' } : { kind: 'github', commit };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Text fit for an environment variable, else null. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && !value.includes('\0') && Buffer.byteLength(value) <= 4096 ? value : null;
}
