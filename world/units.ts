// Services that the host's service manager runs for us, each in a control group of its own, until they have ended (systemd
// calls them transient units). What runs there is no child of ours: it outlives us, however we end.

export interface UnitStart {
  /** With its suffix `.service`. A name that is taken is refused, also by a service that has ended and was not forgotten. */
  readonly name: string;
  /** For people; one line. */
  readonly description: string;
  /** Absolute path. Anyone on the host may see file and arguments. */
  readonly file: string;
  readonly args: readonly string[];
  /** When the service manager ends the service and all in its group by itself. Counts until `file` has ended, not longer. */
  readonly mostMs: number;
}

/** `exited`: its process ended with 0, and what else is in its group lives on. `failed`: it ended otherwise, and the group was ended. */
export interface UnitState {
  readonly kind: 'absent' | 'running' | 'exited' | 'failed';
  /** Did the service manager end it because its time was up? */
  readonly isTimedOut: boolean;
}

export interface Units {
  /** Starts a service with no environment worth relying on, standard input and output closed. Rejects when it is refused. */
  start(unit: UnitStart): Promise<void>;
  /** What is known of a service. Rejects when the service manager does not answer. */
  look(name: string): Promise<UnitState>;
  /** Those whose name begins so, whatever their state. */
  list(prefix: string): Promise<readonly { readonly name: string; readonly kind: UnitState['kind'] }[]>;
  /** Lets go of one that has ended. Ends whatever is left in its group. Silent when there is none. */
  forget(name: string): Promise<void>;
}
