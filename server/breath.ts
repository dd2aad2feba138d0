// Work that is long and cannot wait takes a breath every few milliseconds, in which what has come in meanwhile is dealt
// with: calls of the API and frames of agents need not wait for the whole plan of a large deployment.

import type { Clock } from '../world/clock.ts';

/** Shorter than anybody notices, long enough for breaths to cost nothing. */
const everyMs = 8;

export interface Breath {
  /** Resolves at once, or, when it is time again, after others have had their turn. */
  take(): Promise<void>;
}

/** For what is small. */
export const noBreath: Breath = { take: () => Promise.resolve() };

/** `letOthers` resolves when what has come in so far has had its turn; absent: nobody is waited for. */
export function makeBreath(clock: Pick<Clock, 'monotonic'>, letOthers?: () => Promise<void>): Breath {
  let last = clock.monotonic();
  return {
    async take() {
      if (letOthers === undefined || clock.monotonic() - last < everyMs) return;
      await letOthers();
      last = clock.monotonic();
    },
  };
}
