// Changes of one nginx's members, gathered: each reload makes a generation of workers that stays until its last connection has
// ended, and the next reload has to wait for that. So what is asked for while one is not over goes into the next together.

import type { NginxLimits, NginxMember, NginxSight } from '../../../protocol/session/nginx.ts';
import type { Clock } from '../../../world/clock.ts';
import { RouterTrouble } from '../traffic-router.ts';
import type { NginxLine } from './line.ts';

/** From the members there are to those there should be. */
export type Change = (members: readonly NginxMember[]) => readonly NginxMember[];

export interface Changes {
  /** Resolves when the change is in a configuration that new workers have. Rejects with RouterTrouble. */
  make(change: Change, signal: AbortSignal): Promise<void>;
}

interface Waiting {
  readonly change: Change;
  readonly signal: AbortSignal;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** Those who ask at the same time are to share a reload. */
const gatherMs = 50;
const busyMs = 500;

export function gatherChanges(line: NginxLine, limits: NginxLimits, clock: Pick<Clock, 'sleep'>): Changes {
  let waiting: Waiting[] = [];
  let isWorking = false;

  async function work(): Promise<void> {
    isWorking = true;
    try {
      await clock.sleep(gatherMs);
      while (waiting.length > 0) if (!(await once())) await clock.sleep(busyMs);
    } finally {
      isWorking = false;
    }
  }

  /** False when nothing could be done yet. */
  async function once(): Promise<boolean> {
    const batch = waiting.filter(({ signal }) => !signal.aborted);
    if (batch.length === 0) return (waiting = []), true;
    // Whoever leaves does not stop the others: the ask has a time of its own.
    const { signal } = new AbortController();
    try {
      const sight = await line.look(signal);
      if (!sight.isRunning) throw new RouterTrouble(`nginx on ${line.name} does not run.`);
      const members = batch.reduce((before, { change }) => change(before), sight.members as readonly NginxMember[]);
      const isDone = JSON.stringify(members) === JSON.stringify(sight.members) || (await applied(sight, members, signal));
      if (isDone) settle(batch, ({ done }) => done());
      return isDone;
    } catch (error) {
      settle(batch, ({ fail }) => fail(error));
      return true;
    }
  }

  async function applied(sight: NginxSight, members: readonly NginxMember[], signal: AbortSignal): Promise<boolean> {
    if (sight.oldWorkers > 0) return false;
    return (await line.apply(sight.digest, members, limits, signal)) !== null;
  }

  function settle(batch: readonly Waiting[], tell: (one: Waiting) => void): void {
    waiting = waiting.filter((one) => !batch.includes(one));
    for (const one of batch) tell(one);
  }

  return {
    make(change, signal) {
      return new Promise((resolve, reject) => {
        const leave = (): void => settle([entry], ({ fail }) => fail(new RouterTrouble(`nginx on ${line.name} was not waited for any longer; the workers of its last reload may not have ended yet.`)));
        const entry: Waiting = {
          change,
          signal,
          done: () => (signal.removeEventListener('abort', leave), resolve()),
          fail: (error) => (signal.removeEventListener('abort', leave), reject(error as Error)),
        };
        waiting.push(entry);
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) return leave();
        if (!isWorking) void work();
      });
    },
  };
}
