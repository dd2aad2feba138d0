// The protocol between the engine and supervisor.sh: one folder per script start, and these files in it. Whoever plays
// the supervisor (supervisor.sh in the real world, a model in a simulation) writes them exactly so. Pure.
//
//   claim    created with O_EXCL before anything else. `supervisor PID TICKS` by the supervisor: the script starts now.
//            `agent` by the engine: the script was not started and never will be; a supervisor that finds it ends at once.
//   pid      `PID TICKS SUPERVISORPID SUPERVISORTICKS`, written before the script is executed. The script's process leads
//            its own session and group under that PID.
//   stdout   what the script wrote, appended to by the script itself.
//   stderr   likewise.
//   refused  there when the script could not be made executable; the exit is then `code 126`.
//   exit     `none` in a line of 17 bytes before the claim is made, so that there is room; `code N` or `signal N` written over
//            it, with blanks at the end, after the script ended; synced where the agent that started the supervisor is
//            gone by then, for otherwise that one's journal remembers it. Final. With ` told` behind it the supervisor had been
//            sent SIGTERM before: the host went down, or somebody ended the unit.
//   notice   private to the supervisor.
//   start    what a supervisor in a unit of systemd is to do and the script's environment, as lines of shell. Readable by its
//            owner alone, unlike the arguments and variables of units; emptied as soon as it has been read.
// Each is written in one go and ends in a newline, without which it counts as not there yet.
// The engine keeps more: `cut` (a stream was emptied; how many
// bytes of it are gone is in `cut-stdout` or `cut-stderr`) and `verdict` (`timed_out` or `cancelled`, written before the
// first signal: from then on that is how the script ended).

import { createHash } from 'node:crypto';
import type { ProcessIdentity } from '../world/processes.ts';

export const fileNames = {
  claim: 'claim',
  pid: 'pid',
  stdout: 'stdout',
  stderr: 'stderr',
  refused: 'refused',
  exit: 'exit',
  cut: 'cut',
  verdict: 'verdict',
  start: 'start',
} as const;

/** The variable by which everything a script started can be found, wherever it fled to. Its value is unique to the start. */
export const attemptVariable = 'FAIRLEAD_ATTEMPT';

export type ExitRecord =
  | { readonly kind: 'code'; readonly code: number; readonly isTold?: true }
  | { readonly kind: 'signal'; readonly signal: number; readonly isTold?: true };

export type ClaimRecord = { readonly kind: 'agent' } | { readonly kind: 'supervisor'; readonly supervisor: ProcessIdentity };

export interface PidRecord {
  readonly script: ProcessIdentity;
  readonly supervisor: ProcessIdentity;
}

export interface SupervisorStart {
  readonly stateFolder: string;
  /** Value of FAIRLEAD_ATTEMPT for the script; passed as an argument so that the supervisor itself does not carry it. */
  readonly attempt: string;
  readonly cwd: string;
  /** Absolute path of the script file, made executable if it is not. */
  readonly script: string;
  /** What to execute: the script itself, or a program that runs it as another user. */
  readonly command: readonly string[];
}

/** Arguments of `/bin/sh` that start a script. */
export function startArguments(supervisorPath: string, start: SupervisorStart): readonly string[] {
  return [supervisorPath, 'run', start.stateFolder, start.attempt, start.cwd, start.script, ...start.command];
}

/** The reverse of `startArguments`, for a model of the supervisor; null when these are not such arguments. */
export function readStartArguments(args: readonly string[]): SupervisorStart | null {
  const [, verb, stateFolder, attempt, cwd, script, ...command] = args;
  if (verb !== 'run' || stateFolder === undefined || attempt === undefined || cwd === undefined || script === undefined) return null;
  return { stateFolder, attempt, cwd, script, command };
}

/** The file `start` for a supervisor that is started as `supervisor.sh unit STATE`. Names that no shell can export are left out. */
export function encodeStart(start: SupervisorStart, environment: Readonly<Record<string, string>>): string {
  const variables = Object.entries(environment).filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !readOnlyInBash.has(name));
  const words = [start.attempt, start.cwd, start.script, ...start.command];
  return [...variables.map(([name, value]) => `export ${name}=${quoted(value)}`), `set -- ${words.map(quoted).join(' ')}`, ''].join('\n');
}

/** Giving one of these a value ends a bash that plays sh. */
const readOnlyInBash: ReadonlySet<string> = new Set(['UID', 'EUID', 'PPID', 'BASHOPTS', 'SHELLOPTS', 'BASH_VERSINFO']);

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The unit of systemd in which a start runs, where it does: a name that can be had once. */
export function unitOf(attempt: string): string {
  const dot = attempt.lastIndexOf('.');
  return `${unitPrefixOf(attempt.slice(0, dot))}${attempt.slice(dot + 1)}.service`;
}

export const hookUnitPrefix = 'fairlead-hook-';

/** What the units of all starts of one attempt begin with. */
export function unitPrefixOf(attemptId: string): string {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,149}$/.test(attemptId);
  return `${hookUnitPrefix}${isPlain ? attemptId : createHash('sha256').update(attemptId).digest('hex')}.`;
}

/** Arguments of `/bin/sh` that send `signal` to all that carry the mark of a start or are in its unit (`0` only counts). Prints the number found. */
export function endArguments(supervisorPath: string, attempt: string, signal: '0' | 'TERM' | 'KILL'): readonly string[] {
  return [supervisorPath, 'end', attempt, signal, unitOf(attempt)];
}

/** Arguments of `/bin/sh` that print how many processes are in the control group of a unit. */
export function groupArguments(supervisorPath: string, unit: string): readonly string[] {
  return [supervisorPath, 'group', unit];
}

export const agentClaim = 'agent\n';

export function encodeClaim(claim: ClaimRecord): string {
  return claim.kind === 'agent' ? agentClaim : `supervisor ${claim.supervisor.pid} ${claim.supervisor.startedTicks}\n`;
}

/** Null for a claim not written out yet. */
export function decodeClaim(text: string): ClaimRecord | null {
  if (text === agentClaim) return { kind: 'agent' };
  const match = /^supervisor ([0-9]+) ([0-9]+)\n$/.exec(text);
  return match === null ? null : { kind: 'supervisor', supervisor: identity(match[1], match[2]) };
}

export function encodePid(record: PidRecord): string {
  const { script, supervisor } = record;
  return `${script.pid} ${script.startedTicks} ${supervisor.pid} ${supervisor.startedTicks}\n`;
}

export function decodePid(text: string): PidRecord | null {
  const match = /^([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+)\n$/.exec(text);
  return match === null ? null : { script: identity(match[1], match[2]), supervisor: identity(match[3], match[4]) };
}

export function encodeExit(exit: ExitRecord): string {
  return `${exit.kind === 'code' ? `code ${exit.code}` : `signal ${exit.signal}`}${exit.isTold === true ? ' told' : ''}\n`;
}

export function decodeExit(text: string): ExitRecord | null {
  const match = /^(code|signal) ([0-9]{1,3})( told)? *\n$/.exec(text);
  if (match === null) return null;
  const value = Number(match[2]);
  const told = match[3] === undefined ? {} : { isTold: true as const };
  return match[1] === 'code' ? { kind: 'code', code: value, ...told } : { kind: 'signal', signal: value, ...told };
}

function identity(pid: string | undefined, startedTicks: string | undefined): ProcessIdentity {
  return { pid: Number(pid), startedTicks: startedTicks ?? '' };
}
