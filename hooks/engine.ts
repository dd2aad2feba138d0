// One lifecycle event: its scripts in order, the first failure ends it. A script's misfortune is a result, never an
// exception; only the journal or the state folder's disk failing is thrown. Safe to call again after the agent died: scripts that ended
// give their recorded exit, one that runs is waited for, and none is started twice (see ./script-run.ts). The one
// exception is what its author marked as restartable: if it was cut short while no agent looked, it is started again, as
// a start of its own in the journal and on the disk, three times at most.

import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '../world/world.ts';
import type { HookScript } from './appspec/appspec.ts';
import { Redaction } from './redaction.ts';
import { isUserName, planRunAs } from './run-as.ts';
import type { RunAsPlan } from './run-as.ts';
import { ScriptLog } from './script-log.ts';
import { ScriptOutput } from './script-output.ts';
import type { OutputLine } from './script-output.ts';
import { findCrlfInterpreter, findInterpreter, locateScript } from './script-path.ts';
import { awaitScript, endRemains, isRevoked, readFinalExit, revokeStart, startScript } from './script-run.ts';
import type { InterruptionCause, ScriptEnd, StuckScript } from './script-run.ts';
import { nameSignal } from './signal-names.ts';
import { attemptVariable, fileNames } from './supervisor-files.ts';

export interface EventRun {
  /** Lifecycle event name. */
  readonly event: string;
  readonly scripts: readonly HookScript[];
  /** Number of the first of them; 0 when not given. Scripts of one attempt are told apart by number. */
  readonly firstIndex?: number;
  /** The unpacked bundle in which locations resolve. */
  readonly archiveFolder: string;
  /** Which revision that is, for messages: such as `last successful revision`. */
  readonly archiveName: string;
  /** A folder of this attempt alone; each start gets a folder in it. */
  readonly stateFolder: string;
  /** scripts.log of the current deployment, appended to. */
  readonly logFile: string;
  /** The whole environment (see ./environment.ts). Its FAIRLEAD_ATTEMPT must be unique to this attempt. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory of the scripts; `/` when not given. */
  readonly cwd?: string;
  /** Between SIGTERM and SIGKILL; 10,000 when not given. */
  readonly graceMs?: number;
  /** Aborted to cancel: the running script is ended, the rest is not started. */
  readonly killSignal: AbortSignal;
  /** Users scripts may run as by the host's policy, or null for any. */
  readonly allowedUsers: readonly string[] | null;
  /** Values that must be seen neither in lines nor in scripts.log nor in the tail; `refuseSecrets` has no complaint of them. */
  readonly redact?: readonly string[];
  /** Lines as they come. After a restart they come again, with the same offsets. Must not throw. */
  readonly onOutput?: (line: OutputLine) => void;
  /** Of each script's output, the first bytes kept in scripts.log; 1 MiB when not given. The last 16 KiB are kept besides. */
  readonly keptLogBytes?: number;
  /** Where supervisor.sh is; beside this file when not given (a bundled agent ships it elsewhere). */
  readonly supervisorPath?: string;
}

/** That a script is about to be started: to be durable before `scriptStarting` resolves. */
export interface StartedScript {
  readonly index: number;
  readonly stateFolder: string;
  readonly bootId: string;
  /** Wall time; deadlines after a restart are measured from here. */
  readonly startedAt: number;
  /** Size of scripts.log when the script started, in bytes: a later life of the agent writes anew what follows. */
  readonly logLength?: number;
}

export interface EventPort {
  /** What earlier lives of the agent journalled for this attempt, in order. */
  readonly startedScripts: readonly StartedScript[];
  scriptStarting(start: StartedScript): Promise<void>;
}

export type HookErrorCode = 'Success' | 'ScriptMissing' | 'ScriptNotExecutable' | 'ScriptTimedOut' | 'ScriptFailed' | 'UnknownError';

export type HookOutcome =
  | { readonly kind: 'succeeded' }
  /** Both null when the script could not be run at all. */
  | { readonly kind: 'failed'; readonly exitCode: number | null; readonly signal: string | null }
  /** `isStuck`: a process survived SIGKILL (uninterruptible sleep). */
  | { readonly kind: 'timed_out' | 'cancelled'; readonly isStuck: boolean }
  | { readonly kind: 'interrupted'; readonly cause: InterruptionCause };

export interface EventResult {
  readonly outcome: HookOutcome;
  readonly errorCode: HookErrorCode;
  /** The location of the script that decided the outcome; empty on success. */
  readonly scriptName: string;
  readonly message: string;
  /** The last lines of the event, below 2048 bytes, on success as well (CodeDeploy reports none then). */
  readonly logTail: string;
  /** What the operator should know however the event ended: scripts that were started again. */
  readonly warnings: readonly string[];
  /** Processes of the script that survived SIGKILL; absent when there are none. */
  readonly stuck?: StuckScript;
}

type Failure = Omit<EventResult, 'logTail' | 'warnings'>;

const succeeded: Failure = { outcome: { kind: 'succeeded' }, errorCode: 'Success', scriptName: '', message: 'Succeeded' };
const defaultKeptLogBytes = 1_048_576;
const headBytes = 256;
/** How often a restartable script is started again. */
const mostRestarts = 3;

/** Runs the scripts of one event, or goes on where an earlier life of the agent left them. */
export async function runEvent(event: EventRun, world: World, port: EventPort): Promise<EventResult> {
  if (event.scripts.length === 0) return { ...succeeded, logTail: '', warnings: [] };
  const log = new ScriptLog(world, event.logFile, event.keptLogBytes ?? defaultKeptLogBytes);
  const life: Life = { event, world, port, log, redaction: new Redaction(event.redact ?? []), bootId: await world.processes.bootId(), isLogRestored: false, warnings: [] };
  const first = event.firstIndex ?? 0;
  try {
    const header = `LifecycleEvent - ${event.event}`;
    const isBegun = port.startedScripts.some(({ index }) => index >= first && index < first + event.scripts.length);
    if (isBegun) log.remember(header);
    else await log.note(header);
    for (const [position, script] of event.scripts.entries()) {
      const failure = await runScript(life, script, first + position);
      if (failure !== null) return { ...failure, logTail: log.tail, warnings: life.warnings };
    }
    return { ...succeeded, logTail: log.tail, warnings: life.warnings };
  } finally {
    await log.close();
  }
}

interface Life {
  readonly event: EventRun;
  readonly world: World;
  readonly port: EventPort;
  readonly log: ScriptLog;
  readonly redaction: Redaction;
  readonly bootId: string;
  /** Has what an earlier life logged been taken back, to be written again? */
  isLogRestored: boolean;
  readonly warnings: string[];
}

async function runScript(life: Life, script: HookScript, index: number): Promise<Failure | null> {
  const earlier = life.port.startedScripts.filter((start) => start.index === index);
  const last = earlier.at(-1);
  if (last !== undefined) {
    for (const start of earlier.slice(0, -1)) {
      if (script.restartable && !(await isRevoked(life.world, start.stateFolder))) life.warnings.push(`Script at specified location: ${script.location} was interrupted before and started again, as it is marked as restartable.`);
    }
    const end = await reattach(life, script, last);
    if (end !== null && !(end.kind === 'interrupted' && script.restartable)) return judge(life, script, end);
    if (end?.kind === 'interrupted') {
      // Counts starts that came to nothing as well: a bound is a bound.
      if (earlier.length > mostRestarts || life.event.killSignal.aborted) return judge(life, script, end);
      await prepareRestart(life, script, last, end.cause, earlier.length);
    }
  }
  if (life.event.killSignal.aborted) return judge(life, script, { kind: 'cancelled', isStuck: false });
  return startFresh(life, script, index, earlier.length);
}

async function startFresh(life: Life, script: HookScript, index: number, earlierStarts: number): Promise<Failure | null> {
  const { event, world, port, log } = life;
  const located = locateScript(event.archiveFolder, script.location);
  if (located.kind === 'refused') return refuse(script, 'UnknownError', located.sentence);
  if ((await world.files.size(located.path)) === null) {
    return refuse(script, 'ScriptMissing', `Script does not exist at specified location: ${script.location} (looked for in the ${event.archiveName}). Put it into the bundle or correct the AppSpec.`);
  }
  await log.note(`Script - ${script.location}`);
  const fault = await findFault(world, located.path);
  if (fault !== null) return refuse(script, 'ScriptFailed', `Script at specified location: ${script.location} cannot be run: ${fault}`);
  const plan = await planUser(life, script, located.path);
  if (plan.kind === 'refused') return refuse(script, 'ScriptFailed', plan.sentence);

  const folder = join(event.stateFolder, earlierStarts === 0 ? String(index) : `${index}-${earlierStarts + 1}`);
  const supervisorPath = supervisorPathOf(event);
  const { [attemptVariable]: _, ...environment } = event.environment;
  await port.scriptStarting({ index, stateFolder: folder, bootId: life.bootId, startedAt: world.clock.now(), logLength: await log.size() });
  await world.files.makeFolder(folder);
  log.beginScript();
  const deadlineAt = world.clock.monotonic() + script.timeoutSeconds * 1_000;
  let supervisor: { readonly exited: Promise<unknown> };
  try {
    supervisor = await startScript(world, { supervisorPath, folder, attempt: attemptOf(event, folder), cwd: event.cwd ?? '/', path: located.path, command: plan.command, environment });
  } catch (error) {
    if (await revokeStart(world, folder)) {
      return refuse(script, 'UnknownError', `Script at specified location: ${script.location} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
    supervisor = { exited: Promise.resolve() };
  }
  const end = await follow(life, index, folder, deadlineAt, supervisor.exited);
  return judge(life, script, end);
}

/** What is wrong with a script that the kernel would say in fewer words; null when it is worth starting. */
async function findFault(world: World, path: string): Promise<string | null> {
  const head = await readHead(world, path);
  if (head === null) return 'it is a folder. Name a file.';
  const cut = findCrlfInterpreter(head);
  if (cut !== null) return `its first line ends in CRLF, so that the interpreter ${JSON.stringify(cut)} is not found. Save it with LF line ends.`;
  const interpreter = findInterpreter(head);
  if (interpreter === null || (await world.files.size(interpreter)) !== null) return null;
  return `its interpreter ${JSON.stringify(interpreter)} is not on this host. Install it, or correct the first line of the script.`;
}

/** Nothing of the start that was cut short may be there beside the next one; and the operator is to know. */
async function prepareRestart(life: Life, script: HookScript, last: StartedScript, cause: InterruptionCause, starts: number): Promise<void> {
  if (cause !== 'host_rebooted') await endRemains(life.world, supervisorPathOf(life.event), attemptOf(life.event, last.stateFolder));
  const sentence = `Script at specified location: ${script.location} was interrupted: ${reasonOf(cause)}. It is marked as restartable and was started again (start ${starts + 1} of ${mostRestarts + 1} at most).`;
  life.warnings.push(sentence);
  await life.log.note(`[fairlead]${sentence}`);
}

/** The first bytes of a file; null of a folder. */
async function readHead(world: World, path: string): Promise<Uint8Array | null> {
  try {
    return (await world.files.readRange(path, 0, headBytes)) ?? new Uint8Array(0);
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'EISDIR') return null;
    throw error;
  }
}

/** The end of a script an earlier life started; null when it was never started and never will be by that start. */
async function reattach(life: Life, script: HookScript, start: StartedScript): Promise<ScriptEnd | null> {
  const { world, log } = life;
  const recorded = await readFinalExit(world, start.stateFolder);
  const hasRebooted = start.bootId !== life.bootId;
  // After a reboot a missing claim proves nothing (it may have been lost with the power), only our own claim does.
  const isVoid = recorded === null && (hasRebooted ? await isRevoked(world, start.stateFolder) : await revokeStart(world, start.stateFolder));
  if (isVoid) return null;

  await restoreLog(life, script, start);
  log.beginScript();
  if (recorded !== null || hasRebooted) {
    await outputOf(life, start.index, start.stateFolder).finish();
    return recorded ?? { kind: 'interrupted', cause: 'host_rebooted' };
  }
  const elapsedMs = Math.max(0, world.clock.now() - start.startedAt);
  const deadlineAt = world.clock.monotonic() + script.timeoutSeconds * 1_000 - elapsedMs;
  return follow(life, start.index, start.stateFolder, deadlineAt, null);
}

/** The first re-attached script takes the log back to where that script began; all that followed is written again. */
async function restoreLog(life: Life, script: HookScript, start: StartedScript): Promise<void> {
  const { world, log } = life;
  const line = `Script - ${script.location}`;
  if (life.isLogRestored) {
    await log.note(line);
    return;
  }
  life.isLogRestored = true;
  log.remember(line);
  if ((await world.files.size(join(start.stateFolder, fileNames.cut))) !== null) return;
  if (start.logLength !== undefined) await log.cutTo(start.logLength);
}

async function follow(life: Life, index: number, folder: string, deadlineAt: number, supervisorGone: Promise<unknown> | null): Promise<ScriptEnd> {
  const { event, world } = life;
  const output = outputOf(life, index, folder);
  const end = await awaitScript(world, {
    folder,
    attempt: attemptOf(event, folder),
    supervisorPath: supervisorPathOf(event),
    deadlineAt,
    graceMs: event.graceMs ?? 10_000,
    cancel: event.killSignal,
    output,
    supervisorGone,
  });
  await output.finish();
  return end;
}

function outputOf(life: Life, index: number, folder: string): ScriptOutput {
  return new ScriptOutput(life.world.files, folder, life.log, life.redaction, (line) => life.event.onOutput?.({ index, restart: restartOf(folder), ...line }));
}

/** Which start of its script a folder belongs to: the first is 0. */
function restartOf(folder: string): number {
  return Number(/-(\d+)$/.exec(basename(folder))?.[1] ?? 1) - 1;
}

/** Asks the host who we are only where a script wants to be someone. */
async function planUser(life: Life, script: HookScript, path: string): Promise<RunAsPlan> {
  const { event, world } = life;
  const facts = { path, isRoot: false, currentUser: '', isUserKnown: true, allowedUsers: event.allowedUsers };
  if ((script.runas === null || script.runas === '') && !script.sudo) return planRunAs(script, facts);
  const user = script.runas === null || script.runas === '' ? 'root' : script.runas;
  const ask = async (...args: string[]): Promise<string | null> => {
    const { code, stdout } = await world.processes.run({ file: 'id', args, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' }, 10_000);
    return code === 0 ? stdout.trim() : null;
  };
  const isUserKnown = isUserName(user) && (await ask('-u', '--', user)) !== null;
  return planRunAs(script, { ...facts, isRoot: (await ask('-u')) === '0', currentUser: (await ask('-un')) ?? '', isUserKnown });
}

/** The mark of one start: what an earlier, successful script left running does not carry the mark of a later one. */
function attemptOf(event: EventRun, folder: string): string {
  return `${event.environment[attemptVariable] ?? event.stateFolder}.${folder.slice(event.stateFolder.length + 1)}`;
}

function supervisorPathOf(event: EventRun): string {
  return event.supervisorPath ?? fileURLToPath(new URL('./supervisor.sh', import.meta.url));
}

/** CodeDeploy's diagnostics for how a script ended; null when the event goes on. */
function judge(life: Life, script: HookScript, end: ScriptEnd): Failure | null {
  const at = `Script at specified location: ${script.location}`;
  const asUser = script.runas === null || script.runas === '' ? '' : ` run as user ${script.runas}`;
  const failure = (outcome: HookOutcome, errorCode: HookErrorCode, message: string): Failure => ({ outcome, errorCode, scriptName: script.location, message });
  switch (end.kind) {
    case 'exited': {
      if (end.isNotExecutable) return refuse(script, 'ScriptNotExecutable', `Unable to set script at specified location: ${script.location} as executable. Give it the executable bit in the bundle.`);
      if (end.exit.kind === 'code' && end.exit.code === 0) return null;
      if (end.exit.kind === 'code') return failure({ kind: 'failed', exitCode: end.exit.code, signal: null }, 'ScriptFailed', `${at}${asUser} failed with exit code ${end.exit.code}`);
      const signal = nameSignal(end.exit.signal);
      return failure({ kind: 'failed', exitCode: null, signal }, 'ScriptFailed', `${at}${asUser} failed: it was ended by ${signal}`);
    }
    case 'timed_out':
      return { ...failure({ kind: 'timed_out', isStuck: end.isStuck }, 'ScriptTimedOut', `${at} failed to complete in ${script.timeoutSeconds} seconds${stuck(end.isStuck)}`), ...stuckOf(end) };
    case 'cancelled':
      return { ...failure({ kind: 'cancelled', isStuck: end.isStuck }, 'UnknownError', `${at} was cancelled${stuck(end.isStuck)}`), ...stuckOf(end) };
    case 'interrupted': {
      const ending = script.restartable ? 'It is restartable, but is not started again now' : 'It was not run again';
      return failure({ kind: 'interrupted', cause: end.cause }, 'UnknownError', `${at} was interrupted: ${reasonOf(end.cause)} before it wrote an exit status. ${ending}; deploy again when the host is ready.`);
    }
    case 'not_started':
      return refuse(script, 'UnknownError', `${at} could not be started: its supervisor ended at once. Check that /bin/sh and util-linux's setsid are installed and that the state folder is on a disk with room.`);
    default:
      return end satisfies never;
  }
}

function reasonOf(cause: InterruptionCause): string {
  return cause === 'host_rebooted' ? 'the host was restarted' : 'its processes were ended from outside';
}

function stuckOf({ stuck: script }: { readonly stuck?: StuckScript }): { readonly stuck?: StuckScript } {
  return script === undefined ? {} : { stuck: script };
}

function stuck(isStuck: boolean): string {
  return isStuck ? '; it is stuck: a process of it survived SIGKILL, look for one in state D on the host. Until it is gone, no new event of the application is begun here' : '';
}

function refuse(script: HookScript, errorCode: HookErrorCode, message: string): Failure {
  return { outcome: { kind: 'failed', exitCode: null, signal: null }, errorCode, scriptName: script.location, message };
}
