// Answers remembered for clients that ask twice. SDKs resend a call whose answer was lost under the same invocation id;
// without this memory a CreateDeployment that succeeded would meet its own deployment on the second try. The memory is
// per process and bounded: it serves seconds of network trouble, not restarts.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';

const keptMs = 10 * 60_000;
const mostKept = 10_000;

export interface Invocations {
  /** What `perform` gave for `key` in the last ten minutes, or gives now. Those asking meanwhile share one execution. */
  once<T>(key: string, perform: () => Promise<T>): Promise<T>;
}

export function rememberInvocations(clock: Clock, most: number = mostKept): Invocations {
  const kept = new Map<string, { readonly until: number; readonly answer: Promise<unknown> }>();
  return {
    once<T>(key: string, perform: () => Promise<T>): Promise<T> {
      const now = clock.monotonic();
      // Insertion order is the order of expiry.
      for (const [old, { until }] of kept) {
        if (until > now && kept.size < most) break;
        kept.delete(old);
      }
      const known = kept.get(key);
      if (known !== undefined) return known.answer as Promise<T>;
      const entry = { until: now + keptMs, answer: perform() };
      kept.set(key, entry);
      entry.answer.catch((error: unknown) => {
        if (isWorthAnotherTry(error) && kept.get(key) === entry) kept.delete(key);
      });
      return entry.answer;
    },
  };
}

/** A refusal stays one; throttling and defects of ours may be gone the next time. */
export function isWorthAnotherTry(error: unknown): boolean {
  return !(error instanceof Failure) || ['ThrottlingException', 'ServiceUnavailable', 'InternalFailure'].includes(error.code);
}
