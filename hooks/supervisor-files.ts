// The protocol between the engine and supervisor.sh: one folder per script start, and these files in it. Whoever plays
// the supervisor (supervisor.sh in the real world, a model in a simulation) writes them exactly so. Pure.
//
//   claim    created with O_EXCL before anything else. `supervisor PID TICKS` by the supervisor: the script starts now.
//            `agent` by the engine: the script was not started and never will be; a supervisor that finds it ends at once.
//   pid      `PID TICKS SUPERVISORPID SUPERVISORTICKS`, renamed into place before the script is executed. The script's
//            process leads its own session and group under that PID.
//   stdout   what the script wrote, appended to by the script itself.
//   stderr   likewise.
//   refused  there when the script could not be made executable; the exit is then `code 126`.
//   exit     `code N` or `signal N`, synced and renamed into place after the script ended. Final.
//   notice   private to the supervisor.
// The engine keeps more: `cut` (a stream was emptied; how many
// bytes of it are gone is in `cut-stdout` or `cut-stderr`) and `verdict` (`timed_out` or `cancelled`, written before the
// first signal: from then on that is how the script ended).

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
} as const;

/** The variable by which everything a script started can be found, wherever it fled to. Its value is unique to the start. */
export const attemptVariable = 'FAIRLEAD_ATTEMPT';

export type ExitRecord = { readonly kind: 'code'; readonly code: number } | { readonly kind: 'signal'; readonly signal: number };

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

/** Arguments of `/bin/sh` that send `signal` to all that carry the attempt's mark (`0` only counts). Prints the number found. */
export function endArguments(supervisorPath: string, attempt: string, signal: '0' | 'TERM' | 'KILL'): readonly string[] {
  return [supervisorPath, 'end', attempt, signal];
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
  return exit.kind === 'code' ? `code ${exit.code}\n` : `signal ${exit.signal}\n`;
}

export function decodeExit(text: string): ExitRecord | null {
  const match = /^(code|signal) ([0-9]{1,3})\n$/.exec(text);
  if (match === null) return null;
  const value = Number(match[2]);
  return match[1] === 'code' ? { kind: 'code', code: value } : { kind: 'signal', signal: value };
}

function identity(pid: string | undefined, startedTicks: string | undefined): ProcessIdentity {
  return { pid: Number(pid), startedTicks: startedTicks ?? '' };
}
