// What is remembered of agents as they come and go: what they say of themselves, and when they were last seen. Stored
// together: after a restart of the controller all of them come at once.

import type { World } from '../../world/world.ts';
import { sawInstances, type Sighting } from '../store/instances.ts';
import type { Store } from '../store/store.ts';
import { makeTogether } from './together.ts';

export interface Sightings {
  /** Resolves when it is stored; rejects when it could not be. */
  store(sighting: Sighting): Promise<void>;
  /** Finishes what is being stored. */
  close(): Promise<void>;
}

export function makeSightings(store: Store, { clock }: Pick<World, 'clock'>): Sightings {
  const storeAll = (sightings: readonly Sighting[]): Promise<void> =>
    store.transaction(async (tx) => {
      // Read inside, so that no step of the wall clock comes between it and the instants beside it.
      const now = clock.now();
      await sawInstances(tx, sightings, now);
    });
  const together = makeTogether(clock, storeAll);
  return { store: (sighting) => together.add(sighting), close: () => together.close() };
}
