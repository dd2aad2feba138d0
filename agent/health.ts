// Whether the agent still does its work. The watchdog is fed only while the session's loop makes progress: a timer of
// its own would keep feeding it when that loop hangs.

import type { Clock } from '../world/clock.ts';

export interface Health {
  /** The session's loop went round once more. */
  progress(): void;
  /** Has it done so within `withinMs`? */
  isWell(withinMs: number): boolean;
}

export function openHealth(clock: Clock): Health {
  let lastProgressAt = clock.monotonic();
  return {
    progress() {
      lastProgressAt = clock.monotonic();
    },
    isWell: (withinMs) => clock.monotonic() - lastProgressAt <= withinMs,
  };
}
