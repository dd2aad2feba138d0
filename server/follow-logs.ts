// The stream behind FollowDeploymentLogs: what is there first, then what comes, until the deployment has ended and its
// output has arrived. The last output follows the report that ended the deployment, so it is waited for a little; of a
// host that is gone it may never come, so not for long.

import type { LogPage } from '../protocol/model/log-piece.ts';
import type { Clock, Timer } from '../world/clock.ts';
import type { Changes } from './changes.ts';

/** How long after the end of the deployment the first output of an event may still come. */
const shortGraceMs = 1_000;
/** How long output that has begun is waited for. */
const longGraceMs = 15_000;

export interface LogSource {
  page(after: number): Promise<LogPage>;
  hasEnded(): Promise<boolean>;
}

/** Pages as they fill, none of them empty but perhaps the first and the last. Throws what the source throws. */
export async function* followLogs(changes: Changes, clock: Clock, deploymentId: string, after: number, source: LogSource, signal: AbortSignal): AsyncGenerator<LogPage> {
  let wakeReader = (): void => {};
  let isNews = true;
  const wake = (): void => {
    isNews = true;
    wakeReader();
  };
  const stopListening = changes.listen(deploymentId, wake);
  signal.addEventListener('abort', wake);
  let timer: Timer | null = null;
  let place = after;
  let endedAt: number | null = null;
  let isFirst = true;
  try {
    while (!signal.aborted) {
      if (!isNews) {
        await new Promise<void>((resolve) => (wakeReader = resolve));
        continue;
      }
      isNews = false;
      timer?.cancel();
      if (endedAt === null && (await source.hasEnded())) endedAt = clock.monotonic();
      const page = await source.page(place);
      place = page.nextAfter;
      const waitedMs = endedAt === null ? 0 : clock.monotonic() - endedAt;
      const isOver = endedAt !== null && !page.hasMore && waitedMs >= (page.isComplete ? shortGraceMs : longGraceMs);
      if (isFirst || isOver || page.pieces.length > 0) yield page;
      isFirst = false;
      if (isOver) return;
      if (page.hasMore) isNews = true;
      else if (endedAt !== null) timer = clock.after(shortGraceMs, wake);
    }
  } finally {
    timer?.cancel();
    stopListening();
    signal.removeEventListener('abort', wake);
  }
}
