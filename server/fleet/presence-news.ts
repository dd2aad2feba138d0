// Agents that come and go at about the same time are told of at once: after a restart of the controller all of them come,
// and what a look at one of them costs is the same for many.

import type { Clock, Timer } from '../../world/clock.ts';

/** Much shorter than anybody notices; a break between two looks that lets other work through. */
const gatherMs = 5;

export interface PresenceNews {
  /** An agent came or went. */
  note(instanceId: string): void;
  /** What was noted and not told is dropped; what is being told is finished first. */
  close(): Promise<void>;
}

/** `tell` is called with each instance at least once after it was noted, and never while an earlier call is under way; it must not reject. */
export function makePresenceNews(clock: Pick<Clock, 'after'>, tell: (instanceIds: readonly string[]) => Promise<void>): PresenceNews {
  const noted = new Set<string>();
  let timer: Timer | null = null;
  let telling: Promise<void> | null = null;
  let isClosed = false;

  function tellSoon(): void {
    if (timer !== null || telling !== null || noted.size === 0 || isClosed) return;
    timer = clock.after(gatherMs, () => {
      timer = null;
      const instanceIds = [...noted];
      noted.clear();
      telling = tell(instanceIds).finally(() => {
        telling = null;
        tellSoon();
      });
    });
  }

  return {
    note(instanceId) {
      noted.add(instanceId);
      tellSoon();
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      await telling;
    },
  };
}
