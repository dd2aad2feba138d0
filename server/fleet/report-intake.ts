// Reports of all agents, stored together. Each session hears when its own are stored, so that it acknowledges nothing
// before; what is dropped at the end its agents send again.

import type { World } from '../../world/world.ts';
import type { Store } from '../store/store.ts';
import { storeReports, type InstanceReports, type Reported } from './reports.ts';
import { makeTogether } from './together.ts';

export interface ReportIntake {
  /** Resolves when these are stored; rejects when they could not be. */
  store(heard: InstanceReports): Promise<void>;
  /** Finishes what is being stored. */
  close(): Promise<void>;
}

export function makeReportIntake(store: Store, world: Pick<World, 'clock'>, reported: (change: Reported) => void): ReportIntake {
  const storeAll = async (heard: readonly InstanceReports[]): Promise<void> => (await storeReports(store, heard, world.clock)).forEach(reported);
  const together = makeTogether(world.clock, storeAll, ({ reports }) => reports.length);
  return { store: (heard) => together.add(heard), close: () => together.close() };
}
