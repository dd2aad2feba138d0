// Frames of one agent at no more than so many a second. Those that come faster are kept in order and handed on in time,
// and the connection is not read meanwhile, so that the sender feels it and nothing is lost: no more waits here than what
// had been read already.

import type { Clock, Timer } from '../../world/clock.ts';

export interface PacedConnection {
  pause(): void;
  resume(): void;
}

export class FramePace {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #connection: PacedConnection;
  readonly #take: (frame: string) => void;
  readonly #waiting: string[] = [];
  #allowance: number;
  #countedAt: number;
  #timer: Timer | null = null;

  constructor(clock: Clock, perSecond: number, connection: PacedConnection, take: (frame: string) => void) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#connection = connection;
    this.#take = take;
    this.#allowance = perSecond;
    this.#countedAt = clock.monotonic();
  }

  hear(frame: string): void {
    if (this.#timer === null && this.#mayTake()) return this.#take(frame);
    this.#waiting.push(frame);
    if (this.#timer !== null) return;
    this.#connection.pause();
    this.#wait();
  }

  /** Forgets what waits. The connection is read again, so that it can be closed in an orderly way. */
  end(): void {
    this.#waiting.length = 0;
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    this.#connection.resume();
  }

  #mayTake(): boolean {
    const now = this.#clock.monotonic();
    this.#allowance = Math.min(this.#perSecond, this.#allowance + ((now - this.#countedAt) * this.#perSecond) / 1000);
    this.#countedAt = now;
    if (this.#allowance < 1) return false;
    this.#allowance -= 1;
    return true;
  }

  /** Not for each frame alone: timers are coarser than that. */
  #wait(): void {
    this.#timer = this.#clock.after(Math.max(20, 1000 / this.#perSecond), () => {
      while (this.#waiting.length > 0 && this.#mayTake()) this.#take(this.#waiting.shift()!);
      if (this.#waiting.length > 0) return this.#wait();
      this.#timer = null;
      this.#connection.resume();
    });
  }
}
