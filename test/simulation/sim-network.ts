// A seeded network: ordered, reliable connections with latency, that break, and links that go silent for a while (frames
// are lost without either end being told, as when a cable is cut). Single frames are never lost out of the middle: TCP.

import type { Connection, Network } from '../../world/network.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimRandom } from './sim-random.ts';

export interface NetworkFaults {
  /** Chance, per frame sent, that the connection breaks instead. */
  readonly breaks: number;
  /** One-way delay in milliseconds, drawn below this. */
  readonly latencyMs: number;
}

interface End {
  onFrame: ((frame: string) => void) | null;
  onClose: ((code: number, reason: string) => void) | null;
  isOpen: boolean;
  /** Does the process that holds this end still live? */
  readonly isAlive: () => boolean;
  deliverAt: number;
  /** Frames that came while it was not read; null while it is. */
  unread: string[] | null;
}

export class SimNetwork {
  readonly #clock: SimClock;
  readonly #random: SimRandom;
  faults: NetworkFaults;
  #listener: { accept: (connection: Connection) => void; isAlive: () => boolean } | null = null;
  readonly #cut = new Set<string>();
  readonly #open = new Set<{ readonly name: string; readonly sever: (code: number, reason: string) => void; readonly ends: readonly [End, End] }>();

  constructor(clock: SimClock, random: SimRandom, faults: NetworkFaults) {
    this.#clock = clock;
    this.#random = random;
    this.faults = faults;
  }

  /** The controller takes connections from now on, until its process dies. */
  listen(accept: (connection: Connection) => void, isAlive: () => boolean): void {
    this.#listener = { accept, isAlive };
  }

  /** The network door of one process. */
  door(name: string, isAlive: () => boolean): Network {
    return {
      connect: async (_url, options) => {
        await this.#clock.sleep(1 + this.#random.below(this.faults.latencyMs));
        if (!isAlive()) return new Promise(() => {});
        if (this.#cut.has(name)) {
          await this.#clock.sleep(options.timeoutMs);
          throw new Error(`No answer from the controller within ${options.timeoutMs} ms.`);
        }
        const listener = this.#listener;
        if (listener === null || !listener.isAlive()) throw new Error('Connection refused.');
        const [near, far] = this.#pair(name, isAlive, listener.isAlive);
        listener.accept(far);
        return near;
      },
      exchange: () => Promise.reject(new Error('there are no other sockets here')),
    };
  }

  /** Frames of this host are lost, silently, until `heal`. */
  cut(name: string): void {
    this.#cut.add(name);
  }

  /** Frames lost meanwhile are lost for good, so the old connections end: TCP never drops out of the middle. */
  heal(name: string): void {
    if (this.#cut.delete(name)) this.breakAll(name);
  }

  /** A process died: its kernel closes its connections, and the other ends hear of it. */
  processDied(): void {
    for (const open of [...this.#open]) {
      if (open.ends.some((end) => !end.isAlive())) open.sever(1006, 'connection reset');
    }
  }

  /** Breaks every connection of this host, both ends told. */
  breakAll(name: string): void {
    for (const open of [...this.#open]) if (open.name === name) open.sever(1006, 'connection reset');
  }

  #pair(name: string, isNearAlive: () => boolean, isFarAlive: () => boolean): [Connection, Connection] {
    const end = (isAlive: () => boolean): End => ({ onFrame: null, onClose: null, isOpen: true, isAlive, deliverAt: 0, unread: null });
    const near = end(isNearAlive);
    const far = end(isFarAlive);
    const open = {
      name,
      ends: [near, far] as const,
      sever: (code: number, reason: string): void => {
        this.#open.delete(open);
        for (const side of [near, far]) this.#closeEnd(side, code, reason);
      },
    };
    this.#open.add(open);
    return [this.#connection(name, near, far, open.sever), this.#connection(name, far, near, open.sever)];
  }

  #closeEnd(side: End, code: number, reason: string): void {
    if (!side.isOpen) return;
    side.isOpen = false;
    this.#clock.after(1, () => {
      if (side.isAlive()) side.onClose?.(code, reason);
    });
  }

  #connection(name: string, mine: End, theirs: End, sever: (code: number, reason: string) => void): Connection {
    return {
      remote: name,
      bufferedBytes: 0,
      send: (frame) => {
        if (!mine.isOpen || !mine.isAlive() || this.#cut.has(name)) return;
        if (this.#random.chance(this.faults.breaks)) return sever(1006, 'connection reset');
        const at = Math.max(theirs.deliverAt, this.#clock.monotonic() + 1 + this.#random.below(this.faults.latencyMs));
        theirs.deliverAt = at;
        this.#clock.after(at - this.#clock.monotonic(), () => {
          if (!theirs.isOpen || !theirs.isAlive() || this.#cut.has(name)) return;
          if (theirs.unread === null) theirs.onFrame?.(frame);
          else theirs.unread.push(frame);
        });
      },
      close: (code, reason) => {
        if (!mine.isOpen || !mine.isAlive()) return;
        mine.isOpen = false;
        if (this.#cut.has(name)) return;
        // Orderly: what was sent before arrives first.
        const at = Math.max(theirs.deliverAt, this.#clock.monotonic() + 1);
        theirs.deliverAt = at;
        this.#clock.after(at - this.#clock.monotonic(), () => {
          if (theirs.isOpen && theirs.isAlive()) {
            theirs.isOpen = false;
            theirs.onClose?.(code, reason);
          }
        });
      },
      pause: () => void (mine.unread ??= []),
      resume: () => {
        const unread = mine.unread ?? [];
        mine.unread = null;
        for (const frame of unread) {
          if (mine.unread === null) mine.onFrame?.(frame);
          else (mine.unread as string[]).push(frame);
        }
      },
      onFrame: (listener) => void (mine.onFrame = listener),
      onClose: (listener) => void (mine.onClose = listener),
    };
  }
}
