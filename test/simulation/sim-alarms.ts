// Alarms of a simulated group: active for some stretches of the story, drawn up front from the seed, and asked about by a
// source that is slow, fails at times, and is sometimes out of reach for longer.

import { AlarmTrouble, type AlarmSource } from '../../server/alarm-sources/alarm-source.ts';
import type { AlarmSources } from '../../server/alarm-sources/registry.ts';
import type { Clock } from '../../world/clock.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimRandom } from './sim-random.ts';

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export class SimAlarms {
  readonly #clock: SimClock;
  readonly #active = new Map<string, readonly Stretch[]>();
  readonly #away: readonly Stretch[];

  constructor(clock: SimClock, random: SimRandom) {
    this.#clock = clock;
    for (const name of ['errors', 'latency']) this.#active.set(name, stretches(random.fork(name), 0.35, 120_000));
    this.#away = stretches(random.fork('away'), 0.15, 180_000);
  }

  /** The way there of one controller process: with it, it ends. */
  door(clock: Clock, random: SimRandom): AlarmSources {
    const source = (name: string): AlarmSource => ({
      read: async () => {
        await clock.sleep(5 + random.below(300));
        const at = this.#clock.monotonic();
        if (random.chance(0.1) || isWithin(this.#away, at)) throw new AlarmTrouble('it cannot be reached.');
        if (random.chance(0.05)) return { state: 'INCONCLUSIVE', detail: 'There is no data.' };
        return isWithin(this.#active.get(name) ?? [], at) ? { state: 'ALARM', detail: 'It is too high.' } : { state: 'OK', detail: 'It is low.' };
      },
    });
    return { open: ({ name }) => source(name), openUndefined: source };
  }
}

function stretches(random: SimRandom, chance: number, mostMs: number): readonly Stretch[] {
  return [0, 1].flatMap(() => {
    const fromMs = random.below(8 * 60_000);
    const toMs = fromMs + 5_000 + random.below(mostMs);
    return random.chance(chance) ? [{ fromMs, toMs }] : [];
  });
}

function isWithin(some: readonly Stretch[], at: number): boolean {
  return some.some(({ fromMs, toMs }) => at >= fromMs && at < toMs);
}
