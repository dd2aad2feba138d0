/** Milliseconds since the Unix epoch, by the wall clock. For people and records; never to measure a duration. */
export type Instant = number;

/** Time. Deadlines and intervals are measured on the monotonic clock; wall time may jump. */
export interface Clock {
  /** Wall time in epoch milliseconds. */
  now(): Instant;
  /** Milliseconds on a clock that never goes back, and is one and the same for all processes of one boot. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `act` once after `ms`, unless cancelled. Does not keep the process alive. */
  after(ms: number, act: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}
