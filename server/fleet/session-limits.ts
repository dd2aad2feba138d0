// What one agent's session puts up with, and the defaults.

export interface SessionLimits {
  /** After the connection is open, before anything else. */
  readonly helloWithinMs: number;
  /** From one agent, steadily; a second's worth may come at once. Beyond that it is read more slowly, and nothing is lost. */
  readonly framesPerSecond: number;
  /** Bytes queued towards an agent that does not read, before the session is closed; it resumes. */
  readonly sendBufferBytes: number;
  /** Reports waiting to be stored before the session is closed; it resumes. */
  readonly waitingReports: number;
}

export const defaultSessionLimits: SessionLimits = {
  helloWithinMs: 5_000,
  framesPerSecond: 200,
  sendBufferBytes: 8 * 1024 * 1024,
  waitingReports: 10_000,
};
