// A process in the simulation: alive until it is killed. What it was waiting for then never comes, as with kill -9.

import type { Clock } from '../../world/clock.ts';
import type { Log, LogFields } from '../../world/log.ts';
import type { SimClock } from './sim-clock.ts';

/** A host's, which may be put wrong. */
export interface WallClock {
  aheadMs: number;
}

export class SimProcess {
  #isAlive = true;
  readonly #death = Promise.withResolvers<void>();
  /** Settles when it is killed. */
  readonly died: Promise<void> = this.#death.promise;

  readonly isAlive = (): boolean => this.#isAlive;

  kill(): void {
    this.#isAlive = false;
    this.#death.resolve();
  }

  /** Time as this process has it: after its death nothing fires. */
  clock(clock: SimClock, wall: WallClock = { aheadMs: 0 }): Clock {
    return {
      now: () => clock.now() + wall.aheadMs,
      monotonic: () => clock.monotonic(),
      sleep: (ms, signal) => new Promise((resolve, reject) => {
        clock.sleep(ms, signal).then(
          () => this.#isAlive && resolve(),
          (error: unknown) => this.#isAlive && reject(error as Error),
        );
      }),
      after: (ms, act) => clock.after(ms, () => this.#isAlive && act()),
    };
  }
}

/** A log that goes into the trace, so that two runs of one seed can be compared line by line. */
export function traceLog(write: (line: string) => void, fields: LogFields = {}): Log {
  const line = (level: string) => (more: LogFields, sentence: string): void => {
    write(`${level} ${sentence} ${JSON.stringify({ ...fields, ...more })}`);
  };
  return {
    debug: () => {},
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (more) => traceLog(write, { ...fields, ...more }),
  };
}
