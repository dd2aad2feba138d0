// Child processes, as the hook engine needs them: a session of their own, ended as a group, and findable again
// after this process died. Scripts write to files (not to our pipes), so that they outlive us.

export interface Command {
  /** Absolute path or a name looked up in PATH. Never a shell string. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What it takes to recognise a process again after a restart: a pid alone may have been given to another. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/PID/stat), as text. */
  readonly startedTicks: string;
}

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone. `code` is null when a signal ended it. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/**
 * Another Node on a module of this program, talked to in lines. Ends when its input does; until then it keeps this process
 * alive from each `send` to the next `rest`.
 */
export interface Helper {
  readonly exited: StartedProcess['exited'];
  send(line: string): void;
  /** One listener. */
  onLine(listener: (line: string) => void): void;
  rest(): void;
  /** Closes its input. */
  end(): void;
  kill(): void;
}

export type EndHow = 'terminate' | 'kill';

export interface Processes {
  /**
   * Starts a command in a new session and process group, standard input closed, output discarded, so that it lives on
   * when this process dies. Rejects when it cannot be started (no such file, not executable, no more processes).
   */
  startDetached(command: Command): Promise<StartedProcess>;
  /** Runs a short command to its end and returns its output (at most 1 MiB each). For `runuser --version` and the like. */
  run(command: Command, timeoutMs: number): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
  /** Is this very process (same pid, same start) still there? Zombies count as gone. */
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** Sends SIGTERM or SIGKILL to the whole process group led by it. Silent when it is gone. */
  endGroup(process: ProcessIdentity, how: EndHow): Promise<void>;
  /** Starts a helper under a name, with this process's flags and environment. Rejects when it cannot be started. */
  startHelper(module: URL, name: string): Promise<Helper>;
  /** Kills all helpers of that name, whoever started them, and resolves when they are gone. */
  endHelpers(name: string): Promise<void>;
  /** Changes with every boot of the host; an interrupted hook with another boot id did not survive. */
  bootId(): Promise<string>;
}
