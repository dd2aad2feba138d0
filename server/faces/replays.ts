// Signed writes remembered for as long as their signature may be current, so that a recorded request does nothing when
// it is played again: it gets the first answer. What would surprise: signatures count in whole seconds, and botocore
// does not sign its invocation id, so two honest calls alike within one second carry one signature. Those differ in
// their invocation ids and arrive together; a different id that comes later is a replay made to look new.
// Per process and bounded, like the memory of invocations.

import type { Clock } from '../../world/clock.ts';
import { isWorthAnotherTry } from './invocations.ts';

/** Longer than a signature is current: five minutes before its time and five after. */
const keptMs = 15 * 60_000;
const mostKept = 100_000;
/** Calls signed within one second arrive within this time. */
const togetherMs = 2_000;

export interface Replays {
  /** What `perform` gives, or gave when this signature was seen before. */
  once<T>(signature: string, invocationId: string | null, perform: () => Promise<T>): Promise<T>;
}

interface Seen {
  readonly at: number;
  /** By invocation id, '' for none; the first is what a replay gets. */
  readonly answers: Map<string, Promise<unknown>>;
}

export function rememberSignatures(clock: Clock, most: number = mostKept): Replays {
  const kept = new Map<string, Seen>();
  return {
    once<T>(signature: string, invocationId: string | null, perform: () => Promise<T>): Promise<T> {
      const now = clock.monotonic();
      // Insertion order is the order of expiry.
      for (const [old, { at }] of kept) {
        if (at + keptMs > now && kept.size < most) break;
        kept.delete(old);
      }
      const id = invocationId ?? '';
      const seen = kept.get(signature) ?? { at: now, answers: new Map<string, Promise<unknown>>() };
      const known = seen.answers.get(id) ?? (now - seen.at < togetherMs ? undefined : [...seen.answers.values()][0]);
      if (known !== undefined) return known as Promise<T>;
      const answer = perform();
      seen.answers.set(id, answer);
      kept.set(signature, seen);
      answer.catch((error: unknown) => {
        if (isWorthAnotherTry(error) && seen.answers.get(id) === answer) seen.answers.delete(id);
      });
      return answer;
    },
  };
}
