// Frames over one ordered, reliable connection: what ws gives in the real world and a seeded network in the simulation. And
// one question over a stream socket, for programs that answer in text, such as HAProxy.

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
  /** Reads no more frames until `resume`: the other end is held back. Some that were read already may still come. */
  pause(): void;
  resume(): void;
  /** Exactly one listener each; set before the first event-loop turn ends. */
  onFrame(listener: (frame: string) => void): void;
  onClose(listener: (code: number, reason: string) => void): void;
}

export interface Network {
  /** Dials the controller's session endpoint. Rejects with an Error whose message says what to check. */
  connect(url: string, options: ConnectOptions): Promise<Connection>;
  /**
   * Connects to a stream socket, sends `text`, and resolves with all that is said until the other side ends. Rejects with an
   * Error whose message says what to check; nobody can tell then whether the text arrived.
   */
  exchange(address: SocketAddress, text: string, options: ExchangeOptions): Promise<string>;
}

/** A unix socket on this host, or a TCP port. */
export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

export interface ExchangeOptions {
  readonly timeoutMs: number;
  /** A longer answer is an error. */
  readonly mostBytes: number;
  readonly signal?: AbortSignal;
}

/** PEM of an authority to trust besides the system's, or of the only one. */
export type Trust = string | { readonly only: string };

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** Absent: the system's. */
  readonly ca?: Trust;
  readonly signal?: AbortSignal;
}
