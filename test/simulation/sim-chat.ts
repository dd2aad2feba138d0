// Where the triggers of a simulated group lead: a far end that is slow, loses some of what it is told before it has taken it,
// and some answers after it has.

import { DeliveryTrouble, type Notice } from '../../server/notifiers/notifier.ts';
import type { Notifiers } from '../../server/notifiers/registry.ts';
import type { Clock } from '../../world/clock.ts';
import type { SimRandom } from './sim-random.ts';

export class SimChat {
  /** Every notice taken, in order, repeated ones included. */
  readonly heard: Notice[] = [];
  /** How many notices were taken, or would have been but for a crash; told before each is, and again after it. */
  #acts = 0;
  acted: (count: number) => void = () => {};

  /** The way there of one controller process: with it, it ends. */
  door(clock: Clock, random: SimRandom, isAlive: () => boolean): Notifiers {
    return {
      whyNotTarget: () => null,
      whyNotWebhook: () => null,
      post: () => Promise.reject(new DeliveryTrouble('nobody is asked anything here.')),
      send: async (notice) => {
        await clock.sleep(5 + random.below(400));
        if (!isAlive()) return new Promise<void>(() => {});
        if (random.chance(0.2)) throw new DeliveryTrouble('chat cannot be reached.');
        this.acted((this.#acts += 1));
        if (!isAlive()) return new Promise<void>(() => {});
        this.heard.push(notice);
        this.acted((this.#acts += 1));
        if (!isAlive()) return new Promise<void>(() => {});
        await clock.sleep(5 + random.below(400));
        if (random.chance(0.1)) throw new DeliveryTrouble('chat did not answer in time.');
      },
    };
  }
}
