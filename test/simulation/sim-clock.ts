// Simulated time: a heap of timers. Time moves only when nothing is left to do: after each timer the real event loop
// turns once, so that promise chains settle, and only then the next timer fires. Whoever never comes to rest (wakes again and
// again with nothing to do) is found by how often: a fleet at its busiest fires some four hundred timers in ten seconds.

import type { Clock, Timer } from '../../world/clock.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
  isCancelled: boolean;
}

const spanMs = 10_000;
const mostInSpan = 5_000;

export class SimClock implements Clock {
  #nowMs = 0;
  #order = 0;
  #span = { index: 0, fired: 0 };
  readonly #heap: Entry[] = [];
  /** Wall time at the start: a fixed day, so that traces repeat. */
  readonly #epochMs = Date.UTC(2026, 0, 5, 9, 0, 0);

  now(): number {
    return this.#epochMs + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      const stop = (): void => {
        timer.cancel();
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  after(ms: number, act: () => void): Timer {
    const entry: Entry = { at: this.#nowMs + Math.max(0, ms), order: (this.#order += 1), act, isCancelled: false };
    this.#push(entry);
    return {
      cancel() {
        entry.isCancelled = true;
      },
    };
  }

  /** Fires timers until `isDone` says so, `untilMs` is reached, or nothing is left. Returns whether `isDone` held. */
  async run(untilMs: number, isDone: () => boolean, afterEach: () => void): Promise<boolean> {
    for (;;) {
      await settle();
      afterEach();
      if (isDone()) return true;
      const next = this.#pop();
      if (next === null || next.at > untilMs) return false;
      this.#nowMs = next.at;
      this.#count();
      next.act();
    }
  }

  #count(): void {
    const index = Math.floor(this.#nowMs / spanMs);
    this.#span = index === this.#span.index ? { index, fired: this.#span.fired + 1 } : { index, fired: 1 };
    if (this.#span.fired > mostInSpan) throw new Error(`somebody never comes to rest: ${mostInSpan} timers fired in ${spanMs / 1000} s`);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): Entry | null {
    const heap = this.#heap;
    for (;;) {
      const top = heap[0];
      if (top === undefined) return null;
      const last = heap.pop()!;
      if (heap.length > 0) {
        let i = 0;
        for (;;) {
          let child = 2 * i + 1;
          if (child >= heap.length) break;
          if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
          if (!isBefore(heap[child]!, last)) break;
          heap[i] = heap[child]!;
          i = child;
        }
        heap[i] = last;
      }
      if (!top.isCancelled) return top;
    }
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** One real turn of the event loop: every promise chain that can go on has gone on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
