// What holds attempts back on this host, as it is now: noted by whoever is held back, told to the controller by the session.

import type { HostHold } from '../protocol/model/host-hold.ts';
import { type HeldAttempt, mostHolds } from '../protocol/session/hold-frames.ts';

export class HostHolds {
  readonly #held = new Map<string, HeldAttempt>();
  #hear: (() => void) | null = null;
  #isChanged = false;

  /** Null: nothing holds it back any more. */
  note({ attemptId, deploymentId }: Pick<HeldAttempt, 'attemptId' | 'deploymentId'>, hold: HostHold | null): void {
    const before = this.#held.get(attemptId);
    if (JSON.stringify(before?.hold ?? null) === JSON.stringify(hold)) return;
    if (hold === null) this.#held.delete(attemptId);
    else this.#held.set(attemptId, { attemptId, deploymentId, hold });
    this.#tellSoon();
  }

  /** Of those held back longest, as many as are told. */
  get now(): readonly HeldAttempt[] {
    return [...this.#held.values()].slice(0, mostHolds);
  }

  /** Calls `hear` after every change, instead of who was called before; null: nobody. */
  onChange(hear: (() => void) | null): void {
    this.#hear = hear;
  }

  /** Once for all that changes in one go. */
  #tellSoon(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    void Promise.resolve().then(() => {
      this.#isChanged = false;
      this.#hear?.();
    });
  }
}
