// Wall clocks that are put wrong, and right again, while something is counted from the instants in the rows.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { openSteadyTime, stepSince, type ClockMark, type SteadyTime } from '../../server/steady-time.ts';
import { insertDeployment } from '../../server/store/deployments.ts';
import type { Store } from '../../server/store/store.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';
import { SimClock } from '../simulation/sim-clock.ts';
import { aDeployment, aDeploymentDocument } from '../store/rows.ts';
import { stores } from '../store/stores.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

for (const { name, open } of stores) {
  describe(`time over ${name}`, () => {
    let store: Store;
    let clock: SimClock;
    let aheadMs: number;
    let databaseAheadMs: number | null;
    let times: SteadyTime[];
    const now = (): number => clock.now() + aheadMs;
    const world = (bootId: string): Pick<World, 'clock' | 'log' | 'processes'> => ({
      clock: { now, monotonic: () => clock.monotonic(), sleep: (ms) => clock.sleep(ms), after: (ms, act) => clock.after(ms, act) },
      log: silentLog,
      processes: { bootId: () => Promise.resolve(bootId) } as World['processes'],
    });
    beforeEach(async () => {
      store = await open();
      clock = new SimClock();
      aheadMs = 0;
      databaseAheadMs = null;
      times = [];
    });
    afterEach(async () => {
      for (const time of times) time.close();
      await store.close();
    });

    /** A controller comes to be on a boot; the clock of its database is told by hand. */
    async function start(bootId = 'boot'): Promise<SteadyTime> {
      const { now: _own, ...rest } = store;
      const ahead = databaseAheadMs;
      const time = await openSteadyTime(ahead === null ? rest : { ...rest, now: () => Promise.resolve(clock.now() + ahead) }, world(bootId));
      times.push(time);
      return time;
    }
    async function pass(ms: number): Promise<void> {
      let isOver = false;
      clock.after(ms, () => (isOver = true));
      await clock.run(clock.monotonic() + ms, () => isOver, () => {});
    }
    const followed = (time: SteadyTime): Promise<number> => new Promise((resolve) => time.onStep(resolve));
    const startedAt = async (deploymentId: string): Promise<number | null> =>
      (await store.db.selectFrom('deployments').select('started_at').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow()).started_at;
    const aRunningDeployment = (at: number): Promise<void> => insertDeployment(store.db, aDeployment('d-1', { status: 'InProgress', started_at: at, document: aDeploymentDocument() }));

    it('follows what differs by little at once, and moves nothing', async () => {
      const time = await start();
      await aRunningDeployment(time.clock.now());
      aheadMs = 400;
      assert.equal(time.clock.now(), now());
      aheadMs = 0;
      assert.equal(time.clock.now(), now());
      assert.equal(await startedAt('d-1'), now());
    });

    for (const [how, byMs] of [['an hour ahead', hourMs], ['an hour back', -hourMs], ['10 days back', -10 * dayMs], ['400 days ahead', 400 * dayMs]] as const) {
      it(`goes on along the old line when the wall clock is put ${how}, until all instants have been moved with it`, async () => {
        const time = await start();
        const since = time.clock.now();
        await aRunningDeployment(since);
        await pass(60_000);
        const moved = followed(time);
        aheadMs = byMs;
        assert.equal(time.clock.now() - since, 60_000);
        const age = await store.transaction(async (tx) => {
          const { started_at: started } = await tx.selectFrom('deployments').select('started_at').executeTakeFirstOrThrow();
          return time.clock.now() - started!;
        });
        assert.equal(age, 60_000, 'new time was seen beside old instants, or old time beside new ones');
        assert.equal(await moved, byMs);
        assert.equal(time.clock.now(), now());
        assert.equal(time.clock.now() - (await startedAt('d-1'))!, 60_000);
        // What counts by elapsed time has not noticed.
        assert.equal(time.elapsed(), since + 60_000);
      });
    }

    it('moves them when the wall clock was put wrong while no controller ran, if the host was not restarted', async () => {
      const first = await start();
      const since = first.clock.now();
      await aRunningDeployment(since);
      first.close();
      aheadMs = -hourMs;
      await pass(30_000);
      const time = await start();
      assert.equal(time.clock.now(), now());
      assert.equal(time.clock.now() - (await startedAt('d-1'))!, 30_000);
      assert.equal(time.elapsed(), since + 30_000);
    });

    it('holds a host’s clock against the database’s, where that has one, when the host is another', async () => {
      databaseAheadMs = 7_000;
      const first = await start('one host');
      const since = first.clock.now();
      await aRunningDeployment(since);
      first.close();
      await pass(30_000);
      aheadMs = 2 * hourMs;
      const time = await start('another host');
      assert.equal(time.clock.now() - (await startedAt('d-1'))!, 30_000);
    });

    it('takes it for time that has passed when the host was restarted and nothing else tells', async () => {
      const first = await start('one boot');
      await aRunningDeployment(first.clock.now());
      first.close();
      aheadMs = 2 * hourMs;
      const time = await start('the next boot');
      assert.equal(time.clock.now() - (await startedAt('d-1'))!, 2 * hourMs);
    });

    it('never believes that time has gone back: a host without a clock of its own starts in the past', async () => {
      const first = await start('one boot');
      await aRunningDeployment(first.clock.now());
      await pass(180_000);
      first.close();
      aheadMs = -1_000 * dayMs;
      const time = await start('the next boot');
      const age = time.clock.now() - (await startedAt('d-1'))!;
      assert.ok(age >= 120_000 && age <= 180_000, `${age}`);
      // And then its clock is put right.
      const moved = followed(time);
      aheadMs = 0;
      time.clock.now();
      await moved;
      assert.equal(time.clock.now() - (await startedAt('d-1'))!, age);
    });

    it('tries again when the step could not be followed, and stays on the old line until then', async () => {
      let isAway = false;
      const { now: _own, ...rest } = store;
      const sometimesAway: Store = { ...rest, transaction: (work) => (isAway ? Promise.reject(new Error('no database')) : store.transaction(work)) };
      const time = await openSteadyTime(sometimesAway, world('boot'));
      times.push(time);
      await aRunningDeployment(time.clock.now());
      isAway = true;
      aheadMs = hourMs;
      await pass(1_500);
      assert.equal(time.clock.now(), clock.now());
      await pass(1_500);
      assert.equal(time.clock.now(), clock.now());
      await pass(1_500);
      assert.equal(await startedAt('d-1'), clock.now() - clock.monotonic());
      isAway = false;
      const moved = followed(time);
      assert.equal(time.clock.now(), clock.now());
      assert.equal(await moved, hourMs);
      assert.equal(time.clock.now(), now());
      assert.equal(await startedAt('d-1'), now() - clock.monotonic());
    });
  });
}

describe('the step since a mark was left', () => {
  const mark: ClockMark = { bootId: 'a', at: 1_000_000, offsetMs: 900_000, skewMs: 50, stepsMs: 0 };
  it('is none where there is no mark', () => {
    assert.equal(stepSince(null, { bootId: 'a', at: 5, offsetMs: 5, skewMs: null }), 0);
  });
  it('is told by the monotonic clock within one boot, whatever the database says', () => {
    assert.equal(stepSince(mark, { bootId: 'a', at: 2_000_000, offsetMs: 900_300, skewMs: 9_999 }), 300);
  });
  it('is told by the database’s clock after that', () => {
    assert.equal(stepSince(mark, { bootId: 'b', at: 2_000_000, offsetMs: 7, skewMs: -950 }), -1_000);
  });
  it('is what the clock has gone back where nothing tells, and never a way ahead', () => {
    assert.equal(stepSince({ ...mark, skewMs: null }, { bootId: 'b', at: 999_000, offsetMs: 7, skewMs: null }), -1_000);
    assert.equal(stepSince({ ...mark, skewMs: null }, { bootId: 'b', at: 9_000_000, offsetMs: 7, skewMs: null }), 0);
  });
});
