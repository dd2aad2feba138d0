// One script, from start or re-attachment to its end. The life of a start, told by the files of its folder:
//
//   journalled ── supervisor claims ──▶ claimed ── pid ──▶ running ── exit ──▶ ended (code or signal)
//        │                                 └──────── supervisor and script gone, no exit ──▶ interrupted
//        └─ the engine claims (after a restart) ──▶ void: never started, so a fresh start is allowed
//
// A script is started at most once because both sides create the claim with O_EXCL and only the supervisor that won
// executes anything. An `exit` file is final, whatever the clock or the boot says; but one of a script that somebody told
// to end, and that did not make a success of it, means that it was interrupted. A restartable script that was interrupted
// gets another start, in a folder of its own: this one stays ended.
//
// Where the world has units, the supervisor runs in one, out of reach of whatever ends the agent; else in a session. All
// that is said above holds for both, and either kind of agent goes on with what the other has started.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { ProcessIdentity } from '../world/processes.ts';
import type { UnitState } from '../world/units.ts';
import type { World } from '../world/world.ts';
import type { ScriptOutput } from './script-output.ts';
import { agentClaim, decodeClaim, decodeExit, decodePid, encodeStart, endArguments, fileNames, startArguments, unitOf } from './supervisor-files.ts';
import type { ExitRecord, PidRecord } from './supervisor-files.ts';

export type InterruptionCause = 'host_rebooted' | 'unknown';

export type ScriptEnd =
  | { readonly kind: 'exited'; readonly exit: ExitRecord; readonly isNotExecutable: boolean }
  /** `stuck`: what survived SIGKILL, when something did. */
  | { readonly kind: 'timed_out' | 'cancelled'; readonly isStuck: boolean; readonly stuck?: StuckScript }
  | { readonly kind: 'interrupted'; readonly cause: InterruptionCause }
  | { readonly kind: 'not_started' };

/** By what the processes of a start that survived SIGKILL can be found again; `leader` null when it is gone itself. */
export interface StuckScript {
  readonly attempt: string;
  readonly supervisorPath: string;
  readonly leader: ProcessIdentity | null;
}

type Verdict = 'timed_out' | 'cancelled';

export interface ScriptStart {
  readonly supervisorPath: string;
  readonly folder: string;
  readonly attempt: string;
  readonly cwd: string;
  readonly path: string;
  readonly command: readonly string[];
  /** Without FAIRLEAD_ATTEMPT, which the supervisor adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** For people who look at the host's units. */
  readonly description: string;
  /** How long the script may take with all that belongs to ending it. */
  readonly mostMs: number;
}

export interface Watch {
  readonly folder: string;
  readonly attempt: string;
  readonly supervisorPath: string;
  /** By the monotonic clock. */
  readonly deadlineAt: number;
  readonly graceMs: number;
  readonly cancel: AbortSignal;
  readonly output: ScriptOutput;
  /** Resolves when the supervisor is gone; null where it is no child of ours and is looked for instead. */
  readonly supervisorGone: Promise<unknown> | null;
}

const shortestPollMs = 10;
const longestPollMs = 200;
/** How long a claim may stay without the pid file that follows it at once, before the supervisor is taken for gone. */
const settlingMs = 5_000;
/** How long after SIGKILL a process may linger before it is called stuck. */
const stuckAfterMs = 10_000;
/** How much longer than a script may take its unit is left to an agent that is there to end it. */
const agentFirstMs = 10_000;

/**
 * Starts the supervisor of a script in a folder that exists. `exited` resolves when it is gone; null where it is no child
 * of ours. Rejects when it cannot be started.
 */
export async function startScript(world: World, start: ScriptStart): Promise<{ readonly exited: Promise<unknown> | null }> {
  const { supervisorPath, folder, attempt, cwd, path, command, environment } = start;
  const supervisor = { stateFolder: folder, attempt, cwd, script: path, command };
  if (world.units === undefined) return world.processes.startDetached({ file: '/bin/sh', args: startArguments(supervisorPath, supervisor), env: environment, cwd: '/' });
  await world.files.createExclusively(join(folder, fileNames.start), Buffer.from(encodeStart(supervisor, environment)));
  const args = ['-i', '/bin/sh', supervisorPath, 'unit', folder];
  await world.units.start({ name: unitOf(attempt), description: start.description, file: '/usr/bin/env', args, mostMs: start.mostMs + stuckAfterMs + agentFirstMs });
  return { exited: null };
}

/** After a restart: makes sure the start never happens, unless it has. True when this start is void. */
export async function revokeStart(world: World, folder: string): Promise<boolean> {
  await world.files.makeFolder(folder);
  if (await world.files.createExclusively(join(folder, fileNames.claim), Buffer.from(agentClaim))) return true;
  return isRevoked(world, folder);
}

/** Did the engine claim this start itself, so that nothing came of it? */
export async function isRevoked(world: World, folder: string): Promise<boolean> {
  return decodeClaim(await readText(world, join(folder, fileNames.claim)))?.kind === 'agent';
}

/** A supervisor that finds no room for what it claims with starts nothing. */
async function isClaimEmpty(world: World, folder: string): Promise<boolean> {
  return (await world.files.size(join(folder, fileNames.claim))) === 0;
}

/** The exit on record; null while there is none, or when the script was being ended: then the ending has to be completed. */
export async function readFinalExit(world: World, { folder, attempt }: Pick<Watch, 'folder' | 'attempt'>): Promise<ScriptEnd | null> {
  return (await readVerdict(world, folder)) === null ? readExit(world, { folder, attempt }) : null;
}

async function readVerdict(world: World, folder: string): Promise<Verdict | null> {
  const text = await readText(world, join(folder, fileNames.verdict));
  return text === 'timed_out' || text === 'cancelled' ? text : null;
}

async function readExit(world: World, { folder, attempt }: Pick<Watch, 'folder' | 'attempt'>): Promise<ScriptEnd | null> {
  const exit = decodeExit(await readText(world, join(folder, fileNames.exit)));
  if (exit === null) return null;
  if (exit.isTold === true && !(exit.kind === 'code' && exit.code === 0)) return whyCutShort(world, attempt);
  const isNotExecutable = exit.kind === 'code' && exit.code === 126 && (await world.files.size(join(folder, fileNames.refused))) !== null;
  return { kind: 'exited', exit, isNotExecutable };
}

/** Why a script was ended that we did not end. Only where its time was up while no agent was there to see it is it known. */
async function whyCutShort(world: World, attempt: string): Promise<ScriptEnd> {
  const unit = await lookAtUnit(world, attempt);
  return unit?.isTimedOut === true ? { kind: 'timed_out', isStuck: false } : { kind: 'interrupted', cause: 'unknown' };
}

/** Null where there are no units, or nobody who knows about them answers: then the files have to do. */
async function lookAtUnit(world: World, attempt: string): Promise<UnitState | null> {
  return (await world.units?.look(unitOf(attempt)).catch(() => null)) ?? null;
}

/** Follows a claimed start to its end: exit, time-out, cancellation or interruption. Output is followed meanwhile. */
export async function awaitScript(world: World, watch: Watch): Promise<ScriptEnd> {
  const pause = pauser(world, watch);
  const verdict = await readVerdict(world, watch.folder);
  if (verdict !== null) return endScript(world, watch, pause, verdict);
  const settleBy = world.clock.monotonic() + settlingMs;
  for (;;) {
    // Looked at before the exit file: what is gone now has written its exit before.
    const isGone = await isEverythingGone(world, watch, pause.isSupervisorGone(), settleBy);
    const end = await readExit(world, watch);
    await watch.output.follow();
    if (end !== null) return end;
    if (isGone && ((await revokeStart(world, watch.folder)) || (pause.isSupervisorGone() && (await isClaimEmpty(world, watch.folder))))) return { kind: 'not_started' };
    if (isGone) return whyCutShort(world, watch.attempt);
    if (watch.cancel.aborted) return endScript(world, watch, pause, 'cancelled');
    const remainingMs = watch.deadlineAt - world.clock.monotonic();
    if (remainingMs <= 0) return endScript(world, watch, pause, 'timed_out');
    await pause.sleep(remainingMs);
  }
}

/** SIGTERM to the group, grace, SIGKILL to the group and to all that carry the attempt's mark or are in its unit, wherever they went. */
async function endScript(world: World, watch: Watch, pause: Pauser, kind: Verdict): Promise<ScriptEnd> {
  await world.files.createExclusively(join(watch.folder, fileNames.verdict), Buffer.from(kind));
  const script = await findScript(world, watch, pause);
  if (script === null && (await revokeStart(world, watch.folder))) return { kind, isStuck: false };
  if (script !== null) await world.processes.endGroup(script, 'terminate');
  const graceEndsAt = world.clock.monotonic() + watch.graceMs;
  while (world.clock.monotonic() < graceEndsAt) {
    const isLeaderGone = script === null || !(await world.processes.isAlive(script));
    if (isLeaderGone && (await signalMarked(world, watch, '0')) === 0) break;
    await watch.output.follow();
    await pause.sleep(graceEndsAt - world.clock.monotonic());
  }
  if (script !== null) await world.processes.endGroup(script, 'kill');
  await signalMarked(world, watch, 'KILL');
  const stuckAt = world.clock.monotonic() + stuckAfterMs;
  pause.hurry();
  const remains: StuckScript = { attempt: watch.attempt, supervisorPath: watch.supervisorPath, leader: script };
  while (await isStillThere(world, remains)) {
    if (world.clock.monotonic() >= stuckAt) return { kind, isStuck: true, stuck: remains };
    await pause.sleep(stuckAt - world.clock.monotonic());
  }
  return { kind, isStuck: false };
}

/** Ends whatever still carries the mark of a start whose own process is gone. */
export async function endRemains(world: World, supervisorPath: string, attempt: string): Promise<void> {
  await signalMarked(world, { supervisorPath, attempt }, 'KILL');
}

/** Is anything of a start still there: its leader, or whatever else carries its mark? */
export async function isStillThere(world: World, script: StuckScript): Promise<boolean> {
  return (script.leader !== null && (await world.processes.isAlive(script.leader))) || (await signalMarked(world, script, '0')) > 0;
}

async function findScript(world: World, watch: Watch, pause: Pauser): Promise<ProcessIdentity | null> {
  const giveUpAt = world.clock.monotonic() + settlingMs;
  for (;;) {
    const pids = await readPids(world, watch.folder);
    if (pids !== null) return pids.script;
    const isClaimed = (await world.files.size(join(watch.folder, fileNames.claim))) !== null;
    if (!isClaimed || pause.isSupervisorGone() || world.clock.monotonic() >= giveUpAt) return null;
    await pause.sleep(giveUpAt - world.clock.monotonic());
  }
}

async function signalMarked(world: World, watch: Pick<Watch, 'supervisorPath' | 'attempt'>, signal: '0' | 'KILL'): Promise<number> {
  const command = { file: '/bin/sh', args: endArguments(watch.supervisorPath, watch.attempt, signal), env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' };
  const { stdout } = await world.processes.run(command, stuckAfterMs);
  return Number.parseInt(stdout, 10) || 0;
}

/** Neither the supervisor nor the script lives, so no exit will ever be written. */
async function isEverythingGone(world: World, watch: Watch, isSupervisorGone: boolean, settleBy: number): Promise<boolean> {
  if (!isSupervisorGone && watch.supervisorGone !== null) return false;
  const pids = await readPids(world, watch.folder);
  if (pids !== null) {
    return !(await world.processes.isAlive(pids.supervisor)) && !(await world.processes.isAlive(pids.script));
  }
  const claim = decodeClaim(await readText(world, join(watch.folder, fileNames.claim)));
  if (claim === null && isSupervisorGone) return true;
  if (claim?.kind === 'supervisor') return !(await world.processes.isAlive(claim.supervisor));
  return world.clock.monotonic() >= settleBy && (await lookAtUnit(world, watch.attempt))?.kind !== 'running';
}

async function readPids(world: World, folder: string): Promise<PidRecord | null> {
  return decodePid(await readText(world, join(folder, fileNames.pid)));
}

async function readText(world: World, path: string): Promise<string> {
  const bytes = await world.files.read(path);
  return bytes === null ? '' : Buffer.from(bytes).toString('latin1');
}

interface Pauser {
  /** Sleeps for a growing while, at most `mostMs`; woken early when the supervisor ends or the cancellation comes. */
  sleep(mostMs: number): Promise<void>;
  isSupervisorGone(): boolean;
  /** Begins again with short sleeps. */
  hurry(): void;
}

function pauser(world: World, watch: Watch): Pauser {
  let isGone = false;
  let pollMs = shortestPollMs;
  let wake = (): void => {};
  void watch.supervisorGone?.then(() => {
    isGone = true;
    wake();
  });
  return {
    async sleep(mostMs) {
      const alarm = new AbortController();
      wake = () => alarm.abort();
      if (!watch.cancel.aborted) watch.cancel.addEventListener('abort', wake, { once: true });
      if (!isGone) await world.clock.sleep(Math.max(1, Math.min(pollMs, mostMs)), alarm.signal).catch(() => {});
      else await world.clock.sleep(Math.max(1, Math.min(shortestPollMs, mostMs)));
      watch.cancel.removeEventListener('abort', wake);
      pollMs = Math.min(longestPollMs, pollMs * 1.5);
    },
    isSupervisorGone: () => isGone,
    hurry: () => {
      pollMs = shortestPollMs;
    },
  };
}
