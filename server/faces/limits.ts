// What the front door puts up with, and the defaults; docs/limits.md tells them. Bodies of uploads are bounded by the
// artifact store instead.

export interface FaceLimits {
  /** All header fields together, in bytes. */
  readonly maxHeaderBytes: number;
  /** Header fields of one request. */
  readonly maxHeaders: number;
  /** A JSON body. */
  readonly maxBodyBytes: number;
  /** One frame of an agent's session. */
  readonly maxFrameBytes: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** For a JSON body to arrive whole; for an upload, between two pieces. */
  readonly requestTimeoutMs: number;
  /** An idle connection is kept this long for the next request. */
  readonly keepAliveTimeoutMs: number;
  /** Beyond that none is taken in, agents' sessions included. */
  readonly maxConnections: number;
  /** Connections from one address, a second, that prove nothing. */
  readonly newcomersPerSecond: number;
  /** Calls of POST /v1/enroll that enrol nobody: from one address, and from all. */
  readonly enrollmentsPerMinute: number;
  readonly enrollmentsPerMinuteInAll: number;
  /** Between two comments on a quiet watch stream. */
  readonly watchKeepAliveMs: number;
}

export const defaultLimits: FaceLimits = {
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 64,
  maxBodyBytes: 1024 * 1024,
  maxFrameBytes: 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 72_000,
  maxConnections: 20_000,
  newcomersPerSecond: 20,
  enrollmentsPerMinute: 5,
  enrollmentsPerMinuteInAll: 100,
  watchKeepAliveMs: 15_000,
};
