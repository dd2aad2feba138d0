// A proof: load on the balancer while something is done to the services behind it, requests counted at three places. The
// client counts what it sent and what it was answered, the balancer what it passed on and what it tried again, the services
// what they began and ended. Where the three differ something was lost, or hidden.

import assert from 'node:assert/strict';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import { Load } from '../../examples/traffic/load.ts';
import type { BalancerProgram } from '../../examples/traffic/balancer-program.ts';
import type { LoadReport } from '../../examples/traffic/load-settings.ts';
import { nothingLost } from './nothing-lost.ts';
import type { SteadyFleet } from './steady-fleet.ts';
import { addToTally } from './tally.ts';
import { tell } from './tell.ts';

export const ratePerSecond = 400;

export interface Balancer {
  readonly url: string;
  /** Absent: none of those that are counted in sum. */
  readonly program?: BalancerProgram;
  /** Since it was started: `requests` of clients; and by name whatever it could hide from them, such as asking a second time. Absent: there is none in between. */
  counts?(): Promise<Readonly<Record<string, number>>>;
}

/** What was asked besides the load. */
export interface Besides {
  readonly requests: number;
  /** They count as requests of the balancer, and as no work of the services. */
  readonly conversations: number;
  /** They count as work of the services, and came by another balancer. */
  readonly elsewhere: number;
}

/** Runs `act` under load, again when the load generator was starved. `act` may ask how many requests were sent by now. */
export async function proveNothingLost(steady: SteadyFleet, balancer: Balancer, act: (sent: () => number) => Promise<Partial<Besides> | void>): Promise<LoadReport> {
  const report = await nothingLost(async () => {
    const workBefore = await steady.work();
    const before = (await balancer.counts?.()) ?? {};
    await using load = new Load({ url: balancer.url, ratePerSecond });
    const { requests = 0, conversations = 0, elsewhere = 0 } = (await act(() => load.counts.sent)) ?? {};
    const report = await load.stop();
    const expected = { requests: report.sent + requests + conversations };
    const passed = balancer.counts === undefined ? expected : await passedOn(balancer, before, expected.requests);
    const work = await steady.work();
    if (report.failed === 0) {
      assert.deepEqual(passed, { ...Object.fromEntries(Object.keys(passed).map((name) => [name, 0])), ...expected }, 'the balancer counts other requests than were sent, or hid something from the clients');
      assert.equal(work.begun - workBefore.begun, report.sent + requests + elsewhere, 'the services began other requests than were sent');
      assert.equal(work.ended - workBefore.ended, report.sent + requests + elsewhere, 'the services ended other requests than were sent');
    }
    return report;
  });
  if (balancer.program !== undefined) addToTally(balancer.program, report);
  return report;
}

async function passedOn(balancer: Balancer, before: Readonly<Record<string, number>>, expected: number): Promise<Readonly<Record<string, number>>> {
  const since = async (): Promise<Readonly<Record<string, number>>> => Object.fromEntries(Object.entries((await balancer.counts?.()) ?? {}).map(([name, count]) => [name, count - (before[name] ?? 0)]));
  // It may write down a request a little after it was answered.
  await comesTrue('the balancer has counted', async () => (await since()).requests! >= expected, 5_000).catch(() => undefined);
  const passed = await since();
  tell(`the balancer counts ${Object.entries(passed).map(([name, count]) => `${count} ${name}`).join(', ')}`);
  return passed;
}
