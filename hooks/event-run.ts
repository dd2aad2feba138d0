// What the engine is asked to run for one lifecycle event, what it tells its caller before each start, and how it ended.

import type { Redaction } from './redaction/redaction.ts';
import type { HookScript } from './appspec/appspec.ts';
import type { OutputLine } from './script-output.ts';
import type { InterruptionCause, StuckScript } from './script-run.ts';

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
  /** What must be seen neither in lines nor in scripts.log nor in the tail. */
  readonly redaction?: Redaction;
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
  readonly startedAt: number;
  /** By the monotonic clock of that boot: deadlines after a restart of the agent are measured from here. Absent in what agents before wrote. */
  readonly startedMonotonicMs?: number;
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
