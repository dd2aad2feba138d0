// Which executor carries out which lifecycle event. The fleet simulation hands in models in place of the real three
// (agent/commands/): the rest of the agent cannot tell.

import type { OutputLine } from '../hooks/script-output.ts';
import type { HostHold } from '../protocol/model/host-hold.ts';
import { scriptableEvents } from '../protocol/model/lifecycle-order.ts';
import type { DiagnosticsFrame, FinishCommand, RunEventCommand } from '../protocol/session/frames.ts';
import type { Log } from '../world/log.ts';
import type { GroupRecord, ScriptStart } from './journal-state.ts';
import { isDiskFull } from './reserve.ts';

/** How an attempt ended; becomes the report. */
export interface Ending {
  readonly outcome: 'Succeeded' | 'Failed' | 'Cancelled' | 'Interrupted';
  readonly diagnostics: DiagnosticsFrame;
  readonly warnings: readonly string[];
  /** Of DownloadBundle: the events of its AppSpec with scripts marked as `once`; absent when there are none. */
  readonly onceEvents?: readonly string[];
}

/** What an executor is given besides the command. */
export interface AttemptContext {
  /** Lines about this attempt: they carry its deployment and event. */
  readonly log: Log;
  /** What the group had on this host when the attempt began. */
  readonly group: GroupRecord;
  /** Scripts of this attempt that were started before: by an agent that has died since. */
  readonly scriptStarts: readonly ScriptStart[];
  /** Journals that a script is about to be started; resolves when durable, and only then may it be. */
  recordScriptStart(start: ScriptStart): Promise<void>;
  /** Says what on this host holds the event back, before it begins; null: nothing does any more. */
  readonly held?: (hold: HostHold | null) => void;
  /** Takes the lines that scripts print; given only where someone wants them. After a restart they come again. */
  readonly onOutput?: (line: OutputLine) => void;
  /** Aborted when the server gives the attempt up: end what runs, and say how that went. */
  readonly cancelled: AbortSignal;
  /** Aborted when the agent stops: let scripts run on, and return soon. What is returned then is not reported. */
  readonly leaving: AbortSignal;
}

/**
 * Carries out one lifecycle event. Called again for the same attempt after a restart of the agent, with what the journal
 * recorded: it must then go on, not begin again with what must happen once. Throwing counts as a failure of the event.
 */
export type Executor = (command: RunEventCommand, context: AttemptContext) => Promise<Ending>;

export interface Executors {
  /** Puts right what a crash has left half done on the disk. Called once, before any attempt goes on. */
  recover(openAttempts: ReadonlySet<string>): Promise<void>;
  readonly downloadBundle: Executor;
  readonly install: Executor;
  /** The scripts of any of the nine events that have scripts. */
  readonly runHooks: Executor;
  /** How an attempt ended is durable: what was kept to go on with it may go. */
  ended?(command: RunEventCommand): Promise<void>;
  /** A deployment to this host has ended: notes it on the disk for those who do not read the journal. */
  finish(command: FinishCommand): Promise<void>;
}

/** The executor for a lifecycle event; null for one that has nothing to do on a host. */
export function executorFor(executors: Executors, event: string): Executor | null {
  if (event === 'DownloadBundle') return executors.downloadBundle;
  if (event === 'Install') return executors.install;
  return scriptableEvents.some((scriptable) => scriptable === event) ? executors.runHooks : null;
}

export function success(message = 'Succeeded', warnings: readonly string[] = []): Ending {
  return { outcome: 'Succeeded', diagnostics: { errorCode: 'Success', scriptName: '', message, logTail: '' }, warnings };
}

/** An event whose executor threw. */
export function failedBy(error: unknown): Ending {
  const reason = error instanceof Error ? error.message : String(error);
  return unsuccessful('Failed', isDiskFull(error) ? `A disk of this host is full (${reason}). Free some space on it and deploy again.` : reason);
}

/** An ending without a script to blame. */
export function unsuccessful(outcome: Exclude<Ending['outcome'], 'Succeeded'>, message: string, warnings: readonly string[] = []): Ending {
  return { outcome, diagnostics: { errorCode: 'UnknownError', scriptName: '', message, logTail: '' }, warnings };
}
