// Follows a stream of whole pictures to the last one. A broken stream is picked up again: every picture is whole, so
// nothing is missed; a server that stays away for a minute ends the watch, not what is watched.

import { Refusal, exitStatus } from './refusal.ts';
import type { Clock } from '../world/clock.ts';

export interface Follower<Picture> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly open: () => AsyncIterable<Picture>;
  readonly show: (before: Picture | null, picture: Picture) => void;
  /** A remark about the watching itself. */
  readonly note: (sentence: string) => void;
  readonly hasEnded: (picture: Picture) => boolean;
  /** A server that is absent from the start is no matter of waiting; the address may be wrong. */
  readonly mustAnswer: boolean;
}

const longestAbsenceMs = 60_000;
const firstRetryMs = 250;
const slowestRetryMs = 5_000;

/** Throws a Refusal when the server refuses or stays away; the signal's reason when aborted. */
export async function followStream<Picture>({ clock, signal, open, show, note, hasEnded, mustAnswer }: Follower<Picture>): Promise<Picture> {
  let before: Picture | null = null;
  let heardAt = clock.monotonic();
  let retryMs = firstRetryMs;
  for (;;) {
    try {
      for await (const picture of open()) {
        heardAt = clock.monotonic();
        retryMs = firstRetryMs;
        show(before, picture);
        before = picture;
      }
      if (before !== null && hasEnded(before)) return before;
      if (clock.monotonic() - heardAt > longestAbsenceMs) throw new Refusal('The server ends the watch again and again without a word.', { status: exitStatus.unreachable });
    } catch (error) {
      const isAbsence = error instanceof Refusal && error.status === exitStatus.unreachable;
      const isHopeless = (before === null && mustAnswer) || clock.monotonic() - heardAt > longestAbsenceMs;
      if (!isAbsence || isHopeless) throw error;
      note(`${error.message} Trying again.`);
    }
    await clock.sleep(retryMs, signal);
    retryMs = Math.min(slowestRetryMs, retryMs * 2);
  }
}
