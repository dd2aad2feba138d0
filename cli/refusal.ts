// What ends a command before its work is done, on its way to the reader: what happened, what to do next, and the exit
// status that says so to scripts. Everything else that is thrown is a defect of ours and keeps its stack.

/** Exit statuses scripts may rely on. */
export const exitStatus = {
  succeeded: 0,
  /** The deployment failed, or what was looked at is not valid. */
  failed: 1,
  /** Wrong usage, or the server said no. Nothing was changed. */
  refused: 2,
  /** The deployment was stopped. */
  stopped: 3,
  /** No answer from the server. */
  unreachable: 4,
  /** A defect of ours (EX_SOFTWARE). */
  defect: 70,
  /** Ctrl-C, as shells spell it. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

export class Refusal extends Error {
  /** What to do next: whole sentences, one a line; empty when the message says it. */
  readonly advice: readonly string[];
  readonly status: ExitStatus;
  /** The catalogue's code when the server refused; null when we did. */
  readonly code: string | null;

  constructor(message: string, more: { readonly advice?: readonly string[]; readonly status?: ExitStatus; readonly code?: string } = {}) {
    super(message);
    this.name = 'Refusal';
    this.advice = more.advice ?? [];
    this.status = more.status ?? exitStatus.refused;
    this.code = more.code ?? null;
  }
}
