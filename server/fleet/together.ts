// What many ask for at about the same time is gathered for a moment and done at once: one transaction, and one sync of the
// disk, for as many as came meanwhile. The more there is to do, the longer the round and the moment before the next, and the
// more it takes along.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';

/** Much shorter than anybody notices, long enough for what the network has brought at once. */
const gatherMs = 1;
/** Where there is much to do: a part of what the last round took, so that the next has more to do at once. */
const gatherShare = 0.25;
const longestGatherMs = 25;
/** Of one round: a sync costs as much as some hundred rows, and others wait for its end. */
const mostAtOnce = 2_000;

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

/** `act` does all of them or none. Whose they are: what cannot be done is tried once more for each of them apart. */
export function makeTogether<Item>(clock: Pick<Clock, 'after' | 'monotonic'>, act: (items: readonly Item[]) => Promise<void>, whose: (item: Item) => unknown = (item) => item): Together<Item> {
  const gathered: Waiting<Item>[] = [];
  let round: Promise<void> | null = null;
  let tookMs = 0;
  let isClosed = false;

  function gather(): void {
    if (round !== null || gathered.length === 0 || isClosed) return;
    const forMs = Math.min(longestGatherMs, Math.max(gatherMs, gatherShare * tookMs));
    round = new Promise<void>((elapsed) => clock.after(forMs, elapsed)).then(actOnGathered).finally(() => {
      round = null;
      gather();
    });
  }

  async function actOnGathered(): Promise<void> {
    if (isClosed) return;
    const began = clock.monotonic();
    const batch = gathered.splice(0, mostAtOnce);
    try {
      await actOn(batch);
    } catch (error) {
      const lots = [...Map.groupBy(batch, ({ item }) => whose(item)).values()];
      if (lots.length === 1 || error instanceof Failure) return batch.forEach(({ failed }) => failed(error));
      // Whoever asks for what cannot be done keeps nobody else waiting.
      for (const lot of lots) await actOn(lot).catch((reason: unknown) => lot.forEach(({ failed }) => failed(reason)));
    } finally {
      tookMs = clock.monotonic() - began;
    }
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
