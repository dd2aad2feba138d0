// Reports of all agents, stored together. Each session hears when its own are stored, so that it acknowledges nothing
// before; what is dropped at the end its agents send again.
//
// A session hands its reports over one by one and does not wait in between. So that none is stored whose predecessor was
// not, those of one round are stored all or none, and a session whose report could not be stored hands over no more, nor is
// what it handed over already taken: it closes, and the agent sends all of it again.

import type { World } from '../../world/world.ts';
import { makeBreath } from '../breath.ts';
import type { Store } from '../store/store.ts';
import { storeReports, type InstanceReports, type Reported } from './reports.ts';
import { makeTogether } from './together.ts';

export interface SessionReports extends InstanceReports {
  /** Whether the session goes on. */
  readonly isLive: () => boolean;
}

export interface ReportIntake {
  /** Resolves when these are stored, or its session has ended; rejects when they could not be. */
  store(heard: SessionReports): Promise<void>;
  /** Finishes what is being stored. */
  close(): Promise<void>;
}

export function makeReportIntake(store: Store, world: Pick<World, 'clock'>, reported: (change: Reported) => void, letOthers?: () => Promise<void>): ReportIntake {
  const storeAll = async (heard: readonly SessionReports[]): Promise<void> => (await storeReports(store, heard.filter(({ isLive }) => isLive()), world.clock, makeBreath(world.clock, letOthers))).forEach(reported);
  const together = makeTogether(world.clock, storeAll, ({ instanceId }) => instanceId);
  return { store: (heard) => together.add(heard), close: () => together.close() };
}
