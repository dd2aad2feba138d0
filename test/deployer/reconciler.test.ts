import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { makeReconciler, type Reconciler } from '../../server/deployer/reconciler.ts';
import type { World } from '../../world/world.ts';
import { silentLog } from '../../world/log.ts';
import { aController, aDeployment, aGroup, anInstance, type TestController } from '../operations/a-controller.ts';
import { SimClock } from '../simulation/sim-clock.ts';

describe('the reconciler, woken often', () => {
  let c: TestController;
  let clock: SimClock;
  let reconciler: Reconciler;
  let deploymentId: string;
  /** What one transaction takes. */
  let tookMs: number;
  let plannedAt: number[];

  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web-1');
    await aGroup(c);
    deploymentId = await aDeployment(c);
    clock = new SimClock();
    plannedAt = [];
    tookMs = 0;
    reconciler = makeReconciler({
      store: {
        ...c.store,
        async transaction(work) {
          plannedAt.push(clock.monotonic());
          if (tookMs > 0) await clock.sleep(tookMs);
          return c.store.transaction(work);
        },
      },
      world: { ...c.services.world, clock, log: silentLog } as World,
      presence: { isConnected: () => true, listeningSince: 0, limits: { eventStartMs: 300_000, eventMs: 3_600_000, deploymentMs: 28_800_000 } },
      lookEveryMs: 1_000_000,
      send() {},
      changed() {},
      whereabouts: { region: 'eu-test-1', accountId: '123456789012' },
    });
    // The first plan begins the deployment; from then on there is nothing to do.
    reconciler.wake(deploymentId);
    await pass(2_000);
    plannedAt.length = 0;
  });
  afterEach(async () => {
    await reconciler.close();
    await c.close();
  });

  async function pass(ms: number): Promise<void> {
    let isOver = false;
    clock.after(ms, () => (isOver = true));
    await clock.run(Infinity, () => isOver, () => {});
  }
  /** Instants of planning, counted from now on. */
  async function plansDuring(ms: number, wakeEveryMs: number): Promise<readonly number[]> {
    const start = clock.monotonic();
    for (let at = 0; at < ms; at += wakeEveryMs) clock.after(at, () => reconciler.wake(deploymentId));
    await pass(ms);
    return plannedAt.map((at) => at - start);
  }

  it('plans at every wake while planning is quick', async () => {
    tookMs = 5;
    assert.deepEqual(await plansDuring(100, 20), [0, 20, 40, 60, 80]);
  });

  it('rests as long as a plan took beyond the quick, and heeds after it what came meanwhile', async () => {
    tookMs = 50;
    assert.deepEqual(await plansDuring(400, 10), [0, 90, 180, 270, 360]);
    await pass(200);
  });

  it('never rests longer than a second', async () => {
    tookMs = 5_000;
    assert.deepEqual(await plansDuring(12_000, 100), [0, 6_000]);
  });

  it('is not planned again after a rest in which nothing came', async () => {
    tookMs = 50;
    assert.deepEqual(await plansDuring(1_000, 1_000), [0]);
  });

  it('waits half a second where deadlines moved only, however often they do', async () => {
    const start = clock.monotonic();
    for (let at = 0; at < 400; at += 50) clock.after(at, () => reconciler.wakeSoon(deploymentId));
    await pass(1_400);
    assert.deepEqual(plannedAt.map((at) => at - start), [500]);
  });

  it('heeds moved deadlines with whatever wakes it sooner', async () => {
    const start = clock.monotonic();
    reconciler.wakeSoon(deploymentId);
    clock.after(100, () => reconciler.wake(deploymentId));
    await pass(1_400);
    assert.deepEqual(plannedAt.map((at) => at - start), [100]);
  });
});
