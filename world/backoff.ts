// How long to wait before dialling again. Full jitter: the delay is drawn evenly from the whole window, so that a
// thousand agents that lost one controller at one instant do not come back at one instant. The window doubles with
// each failed attempt up to a cap.

export interface Backoff {
  /** Shortest delay. */
  readonly leastMs: number;
  /** Upper end of the first window. */
  readonly firstMs: number;
  /** Upper end of every window from the cap on. */
  readonly mostMs: number;
}

export const reconnectBackoff: Backoff = { leastMs: 200, firstMs: 1_000, mostMs: 15_000 };

/**
 * Milliseconds to wait before attempt number `attempt` (0 for the first after a break). `below` draws a whole number
 * in [0, n), as in world/random.ts.
 */
export function reconnectDelayMs(attempt: number, below: (n: number) => number, backoff: Backoff = reconnectBackoff): number {
  if (!Number.isInteger(attempt) || attempt < 0) throw new Error(`There is no attempt number ${attempt}: attempts count from 0.`);
  const upperMs = Math.min(backoff.mostMs, backoff.firstMs * 2 ** attempt);
  return backoff.leastMs + below(upperMs - backoff.leastMs + 1);
}
