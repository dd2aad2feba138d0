// One lifecycle event: its scripts in order, the first failure ends it. A script's misfortune is a result, never an
// exception; only the journal or the state folder's disk failing is thrown. Safe to call again after the agent died: scripts that ended
// give their recorded exit, one that runs is waited for, and none is started twice (see ./script-run.ts). The one
// exception is what its author marked as restartable: if it was cut short while no agent looked, it is started again, as
// a start of its own in the journal and on the disk, three times at most.

import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from '../world/world.ts';
import type { HookScript } from './appspec/appspec.ts';
import type { EventPort, EventResult, EventRun, StartedScript } from './event-run.ts';
import { Redaction } from './redaction/redaction.ts';
import { ScriptLog } from './script-log.ts';
import { ScriptOutput } from './script-output.ts';
import { findCrlfInterpreter, findInterpreter, locateScript } from './script-path.ts';
import { awaitScript, endRemains, isRevoked, readFinalExit, revokeStart, startScript } from './script-run.ts';
import type { InterruptionCause, ScriptEnd } from './script-run.ts';
import { planUser } from './script-user.ts';
import { attemptVariable, fileNames } from './supervisor-files.ts';
import { judge, reasonOf, refuse } from './verdict.ts';
import type { Failure } from './verdict.ts';

const succeeded: Failure = { outcome: { kind: 'succeeded' }, errorCode: 'Success', scriptName: '', message: 'Succeeded' };
const defaultKeptLogBytes = 1_048_576;
const headBytes = 256;
/** How often a restartable script is started again. */
const mostRestarts = 3;

/** Runs the scripts of one event, or goes on where an earlier life of the agent left them. */
export async function runEvent(event: EventRun, world: World, port: EventPort): Promise<EventResult> {
  if (event.scripts.length === 0) return { ...succeeded, logTail: '', warnings: [] };
  const log = new ScriptLog(world, event.logFile, event.keptLogBytes ?? defaultKeptLogBytes);
  const life: Life = { event, world, port, log, redaction: event.redaction ?? new Redaction([]), bootId: await world.processes.bootId(), isLogRestored: false, warnings: [] };
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
    if (end !== null && !(end.kind === 'interrupted' && script.restartable)) return judge(script, end);
    if (end?.kind === 'interrupted') {
      // Counts starts that came to nothing as well: a bound is a bound.
      if (earlier.length > mostRestarts || life.event.killSignal.aborted) return judge(script, end);
      await prepareRestart(life, script, last, end.cause, earlier.length);
    }
  }
  if (life.event.killSignal.aborted) return judge(script, { kind: 'cancelled', isStuck: false });
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
  const plan = await planUser(world, script, located.path, event.allowedUsers);
  if (plan.kind === 'refused') return refuse(script, 'ScriptFailed', plan.sentence);

  const folder = join(event.stateFolder, earlierStarts === 0 ? String(index) : `${index}-${earlierStarts + 1}`);
  const supervisorPath = supervisorPathOf(event);
  const { [attemptVariable]: _, ...environment } = event.environment;
  const start = { index, stateFolder: folder, bootId: life.bootId, startedAt: world.clock.now(), startedMonotonicMs: world.clock.monotonic(), logLength: await log.size() };
  // Side by side, so that the disk syncs once for both.
  await Promise.all([port.scriptStarting(start), world.files.makeFolder(folder)]);
  log.beginScript();
  const deadlineAt = world.clock.monotonic() + script.timeoutSeconds * 1_000;
  let supervisor: { readonly exited: Promise<unknown> | null };
  try {
    const limits = { description: describe(event), mostMs: script.timeoutSeconds * 1_000 + graceOf(event) };
    supervisor = await startScript(world, { supervisorPath, folder, attempt: attemptOf(event, folder), cwd: event.cwd ?? '/', path: located.path, command: plan.command, environment, ...limits });
  } catch (error) {
    if (await revokeStart(world, folder)) {
      return refuse(script, 'UnknownError', `Script at specified location: ${script.location} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
    supervisor = { exited: Promise.resolve() };
  }
  const end = await follow(life, index, folder, deadlineAt, supervisor.exited);
  return judge(script, end);
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
  const hasRebooted = start.bootId !== life.bootId;
  const exit = await readFinalExit(world, { folder: start.stateFolder, attempt: attemptOf(life.event, start.stateFolder) });
  const known = exit?.kind === 'interrupted' && hasRebooted ? { ...exit, cause: 'host_rebooted' as const } : exit;
  const recorded = known ?? (isFollowed(life, start.index) ? succeededScript : null);
  // After a reboot a missing claim proves nothing (it may have been lost with the power), only our own claim does.
  const isVoid = recorded === null && (hasRebooted ? await isRevoked(world, start.stateFolder) : await revokeStart(world, start.stateFolder));
  if (isVoid) return null;

  await restoreLog(life, script, start);
  log.beginScript();
  if (recorded !== null || hasRebooted) {
    await outputOf(life, start.index, start.stateFolder).finish();
    return recorded ?? { kind: 'interrupted', cause: 'host_rebooted' };
  }
  // Of the same boot; the wall clock may have been stepped meanwhile.
  const elapsedMs = Math.max(0, start.startedMonotonicMs === undefined ? world.clock.now() - start.startedAt : world.clock.monotonic() - start.startedMonotonicMs);
  const deadlineAt = world.clock.monotonic() + script.timeoutSeconds * 1_000 - elapsedMs;
  return follow(life, start.index, start.stateFolder, deadlineAt, null);
}

const succeededScript: ScriptEnd = { kind: 'exited', exit: { kind: 'code', code: 0 }, isNotExecutable: false };

/** Was a later script of the event started? Then this one has succeeded, even if a power cut has taken its exit. */
function isFollowed({ event, port }: Life, index: number): boolean {
  const end = (event.firstIndex ?? 0) + event.scripts.length;
  return port.startedScripts.some((start) => start.index > index && start.index < end);
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
    graceMs: graceOf(event),
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

/** The mark of one start: what an earlier, successful script left running does not carry the mark of a later one. */
function attemptOf(event: EventRun, folder: string): string {
  return `${event.environment[attemptVariable] ?? event.stateFolder}.${folder.slice(event.stateFolder.length + 1)}`;
}

function graceOf(event: EventRun): number {
  return event.graceMs ?? 10_000;
}

function describe({ event, environment }: EventRun): string {
  return `Hook ${event} of ${environment['DEPLOYMENT_ID'] ?? 'a deployment'}, and what it left running`.replaceAll(/[^ -~]/g, '?');
}

function supervisorPathOf(event: EventRun): string {
  return event.supervisorPath ?? shippedSupervisor();
}

/** supervisor.sh beside this file. */
export function shippedSupervisor(): string {
  return fileURLToPath(new URL('./supervisor.sh', import.meta.url));
}
