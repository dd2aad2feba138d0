// Frames over one ordered, reliable connection. What ws gives in the real world and a seeded network in the simulation.

/** One end of a session's connection. Text frames only; order is kept; a break ends it for good. */
export interface Connection {
  /** Who is at the other end, for the log: an address, or a name in the simulation. */
  readonly remote: string;
  /** Queues a frame. A frame sent on a closed connection is dropped silently: the peer resumes later. */
  send(frame: string): void;
  /** Bytes queued and not yet handed to the kernel. */
  readonly bufferedBytes: number;
  /** Ends the connection in an orderly way. Idempotent. */
  close(code: number, reason: string): void;
  /** Exactly one listener each; set before the first event-loop turn ends. */
  onFrame(listener: (frame: string) => void): void;
  onClose(listener: (code: number, reason: string) => void): void;
}

export interface Network {
  /** Dials the controller's session endpoint. Rejects with an Error whose message says what to check. */
  connect(url: string, options: ConnectOptions): Promise<Connection>;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** PEM of the authority to trust besides the system's. */
  readonly ca?: string;
  readonly signal?: AbortSignal;
}
