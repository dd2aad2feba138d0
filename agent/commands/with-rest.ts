// An agent has nothing to do nearly all the time, and what it took to start or to carry out a deployment is not needed meanwhile.
// So when nothing was carried out for a moment it is asked to rest: once, until there was something again.

import type { Clock, Timer } from '../../world/clock.ts';
import type { Executor, Executors } from '../executors.ts';

const quietMs = 2_000;

/** The executors, with `rest` called when none was at work for two seconds; the first time after the start. */
export function withRest(executors: Executors, clock: Pick<Clock, 'after'>, rest: () => void): Executors {
  let atWork = 0;
  let timer: Timer | null = clock.after(quietMs, rest);
  const counted =
    (executor: Executor): Executor =>
    async (command, context) => {
      timer?.cancel();
      timer = null;
      atWork += 1;
      try {
        return await executor(command, context);
      } finally {
        atWork -= 1;
        if (atWork === 0) timer = clock.after(quietMs, rest);
      }
    };
  return { ...executors, downloadBundle: counted(executors.downloadBundle), install: counted(executors.install), runHooks: counted(executors.runHooks) };
}
