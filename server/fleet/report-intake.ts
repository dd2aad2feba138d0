// Reports of all agents, gathered for a moment and stored together: one transaction, and one sync of the disk, for as many
// as came meanwhile. Each session hears when its own are stored, so that it acknowledges nothing before. The more there is
// to do, the longer the round, and the more it takes along.

import type { World } from '../../world/world.ts';
import type { Store } from '../store/store.ts';
import { Failure } from '../../protocol/errors.ts';
import { storeReports, type InstanceReports, type Reported } from './reports.ts';

/** Much shorter than anybody notices, long enough for what the network has brought at once. */
const gatherMs = 1;
/** Of one transaction: a sync costs as much as some hundred rows. */
const reportsAtOnce = 2_000;

export interface ReportIntake {
  /** Resolves when these are stored; rejects when they could not be. */
  store(heard: InstanceReports): Promise<void>;
  /** Finishes what is being stored. What is only gathered is dropped: its agents send it again. */
  close(): Promise<void>;
}

interface Waiting {
  readonly heard: InstanceReports;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

export function makeReportIntake(store: Store, world: Pick<World, 'clock'>, reported: (change: Reported) => void): ReportIntake {
  const gathered: Waiting[] = [];
  let round: Promise<void> | null = null;
  let isClosed = false;

  function gather(): void {
    if (round !== null || gathered.length === 0 || isClosed) return;
    round = new Promise<void>((elapsed) => world.clock.after(gatherMs, elapsed)).then(storeGathered).finally(() => {
      round = null;
      gather();
    });
  }

  async function storeGathered(): Promise<void> {
    if (isClosed) return;
    const batch = take();
    try {
      await storeAll(batch);
    } catch (error) {
      if (batch.length === 1 || error instanceof Failure) return batch.forEach(({ failed }) => failed(error));
      // Whoever says what cannot be stored keeps nobody else from being heard.
      for (const one of batch) await storeAll([one]).catch(one.failed);
    }
  }

  /** The oldest, at least one. */
  function take(): readonly Waiting[] {
    let reports = 0;
    const end = gathered.findIndex(({ heard }) => (reports += heard.reports.length) > reportsAtOnce);
    return gathered.splice(0, end === -1 ? gathered.length : Math.max(1, end));
  }

  async function storeAll(batch: readonly Waiting[]): Promise<void> {
    const changed = await storeReports(store, batch.map(({ heard }) => heard), world.clock);
    for (const { stored } of batch) stored();
    changed.forEach(reported);
  }

  return {
    store: (heard) =>
      new Promise((stored, failed) => {
        gathered.push({ heard, stored, failed });
        gather();
      }),
    async close() {
      isClosed = true;
      await round;
    },
  };
}
