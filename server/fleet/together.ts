// What many ask for at about the same time is gathered for a moment and done at once: one transaction, and one sync of the
// disk, for as many as came meanwhile. The more there is to do, the longer the round, and the more it takes along.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';

/** Much shorter than anybody notices, long enough for what the network has brought at once. */
const gatherMs = 1;
/** Of one round: a sync costs as much as some hundred rows, and others wait for its end. */
const mostAtOnce = 1_000;

export interface Together<Item> {
  /** Resolves when it is done; rejects when it could not be. */
  add(item: Item): Promise<void>;
  /** Finishes what is being done. What is only gathered is dropped, and nobody hears of it. */
  close(): Promise<void>;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** `act` does all of them or none. `weigh` says how much of a round an item takes; absent: 1. */
export function makeTogether<Item>(clock: Pick<Clock, 'after'>, act: (items: readonly Item[]) => Promise<void>, weigh: (item: Item) => number = () => 1): Together<Item> {
  const gathered: Waiting<Item>[] = [];
  let round: Promise<void> | null = null;
  let isClosed = false;

  function gather(): void {
    if (round !== null || gathered.length === 0 || isClosed) return;
    round = new Promise<void>((elapsed) => clock.after(gatherMs, elapsed)).then(actOnGathered).finally(() => {
      round = null;
      gather();
    });
  }

  async function actOnGathered(): Promise<void> {
    if (isClosed) return;
    const batch = take();
    try {
      await actOn(batch);
    } catch (error) {
      if (batch.length === 1 || error instanceof Failure) return batch.forEach(({ failed }) => failed(error));
      // Whoever asks for what cannot be done keeps nobody else waiting.
      for (const one of batch) await actOn([one]).catch(one.failed);
    }
  }

  /** The oldest, at least one. */
  function take(): readonly Waiting<Item>[] {
    let weight = 0;
    const end = gathered.findIndex(({ item }) => (weight += weigh(item)) > mostAtOnce);
    return gathered.splice(0, end === -1 ? gathered.length : Math.max(1, end));
  }

  async function actOn(batch: readonly Waiting<Item>[]): Promise<void> {
    await act(batch.map(({ item }) => item));
    for (const { done } of batch) done();
  }

  return {
    add: (item) =>
      new Promise((done, failed) => {
        gathered.push({ item, done, failed });
        gather();
      }),
    async close() {
      isClosed = true;
      await round;
    },
  };
}
