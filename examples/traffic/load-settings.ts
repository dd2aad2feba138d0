// What the load generator is told and what it tells: the messages between it, a process of its own, and whoever started it.

export interface LoadSettings {
  readonly url: string;
  readonly ratePerSecond: number;
}

/** One request that did not end as it should: anything but an answer 200 that says who gave it. */
export interface Failure {
  /** Which of the requests, counted from 0. */
  readonly number: number;
  /** Since the start of the load: when it was sent, and how long until it failed. */
  readonly sentMs: number;
  readonly tookMs: number;
  readonly method: 'GET' | 'POST';
  readonly connection: 'kept' | 'own';
  /** `ECONNRESET`, `status 503`. */
  readonly why: string;
}

export interface LoadCounts {
  /** Due by now, by the clock alone. */
  readonly planned: number;
  readonly sent: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Answers by version, and by the name of who gave them. */
  readonly versions: Readonly<Record<string, number>>;
  readonly names: Readonly<Record<string, number>>;
}

export interface LoadReport extends LoadCounts {
  readonly tookMs: number;
  /** How long after it was due a request was sent: a generator without processor time is late. */
  readonly lateness: Latencies;
  readonly latency: Latencies;
  /** The first hundred. */
  readonly failures: readonly Failure[];
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type FromGenerator =
  | { readonly kind: 'began'; readonly atMs: number }
  | { readonly kind: 'counts'; readonly counts: LoadCounts }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'report'; readonly report: LoadReport };
