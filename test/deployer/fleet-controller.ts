// The parts that make instances and let them go, over a fresh store and beside a real reconciler: a clock that is told to pass, a
// webhook that is told what to answer, and instances that come when a claim says so.

import { makeEffects, type Effects } from '../../server/deployer/effects.ts';
import { makeExecutors } from '../../server/deployer/executors.ts';
import { provisionExecutor, releaseExecutor } from '../../server/deployer/fleet-executors.ts';
import { makeProvisioner, type Provisioner } from '../../server/deployer/provisioner.ts';
import { makeReconciler, type Reconciler } from '../../server/deployer/reconciler.ts';
import { makeReleaser } from '../../server/deployer/releaser.ts';
import { makeTrafficWatch } from '../../server/deployer/traffic-watch.ts';
import { explain } from '../../server/explain.ts';
import type { SignedQuestion } from '../../server/notifiers/registry.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';
import { aController, aGroup, anInstance, type TestController } from '../operations/a-controller.ts';
import { SimClock } from '../simulation/sim-clock.ts';

export interface FleetController {
  readonly c: TestController;
  /** What the provider was asked, repeated requests included. */
  readonly asked: SignedQuestion[];
  /** Whose sessions were ended. */
  readonly expelled: string[];
  /** What it answers; throws what it fails with. */
  answer: (question: SignedQuestion) => string;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** An instance that enrols and stays connected. */
  comes(name: string, tags?: { Key: string; Value: string }[]): Promise<string>;
  statusOf(deploymentId: string): Promise<string>;
  why(deploymentId: string): Promise<string>;
  readonly reconciler: Reconciler;
  close(): Promise<void>;
}

export const limits = { eventStartMs: 300_000, eventMs: 3_600_000, deploymentMs: 28_800_000 };

/** Application web with group blue of web-1 and web-2, whose replacements the provider asg makes. */
export async function aFleetController(over: Parameters<typeof aGroup>[1] = {}): Promise<FleetController> {
  const c = await aController();
  const clock = new SimClock();
  const random = c.services.world.random;
  // One time for what is written and what is counted.
  Object.defineProperty(c, 'now', { get: () => clock.now(), set: () => {} });
  const world = { ...c.services.world, clock, random, log: silentLog } as World;
  const asked: SignedQuestion[] = [];
  const isConnected = (id: string): boolean => c.connected.has(id);
  const presence = { isConnected, listeningSince: 0, limits };
  let reconciler: Reconciler | null = null;
  let provisioner: Provisioner | null = null;
  let effects: Effects | null = null;
  const wake = (deploymentId: string): void => reconciler?.wake(deploymentId);
  const webhooks = {
    post: async (question: SignedQuestion) => {
      asked.push(question);
      return { status: 200, headers: {}, body: fleet.answer(question) };
    },
  };
  const options = { store: c.store, webhooks, openSecret: (sealed: string, boundTo: string) => c.services.secrets.open(sealed, boundTo) };
  effects = makeEffects({ store: c.store, world, executors: makeExecutors({ notifier: { send: () => Promise.resolve() }, fleet: { Provision: provisionExecutor(options), Release: releaseExecutor({ ...options, now: () => clock.now(), expel: (id) => void c.expelled.push(id) }) } }), changed: wake });
  const traffic = makeTrafficWatch({ store: c.store, world, routers: c.services.trafficRouters, changed: wake, seen() {}, lookEveryMs: 15_000 });
  provisioner = makeProvisioner({ store: c.store, world, isConnected, wake, moveTraffic: () => traffic.nudge() });
  const releaser = makeReleaser({ store: c.store, world, lookEveryMs: 15_000, listeningSince: () => 0, carryOut: () => effects.nudge(), moveTraffic: () => traffic.nudge(), changed() {} });
  reconciler = makeReconciler({
    store: c.store,
    world,
    presence,
    lookEveryMs: 15_000,
    send() {},
    changed() {},
    carryOut: () => effects.nudge(),
    moveTraffic: () => traffic.nudge(),
    ended: () => releaser.look(),
    whereabouts: { region: 'eu-test-1', accountId: '123456789012' },
    held(deploymentId, waitingOn) {
      if (waitingOn.some((hold) => hold.reason === 'ProvisioningWait' && hold.here >= hold.wanted)) provisioner.takeIn(deploymentId);
    },
  });
  Object.assign(c.services, { wake, lookForReleases: () => releaser.look() });
  const fleet: FleetController = {
    c,
    asked,
    expelled: c.expelled,
    answer: () => '',
    reconciler,
    async pass(ms) {
      let isOver = false;
      clock.after(ms, () => (isOver = true));
      await clock.run(Infinity, () => isOver, () => {});
    },
    async comes(name, tags = []) {
      const id = await anInstance(c, name, tags);
      c.connected.add(id);
      provisioner.look();
      return id;
    },
    async statusOf(deploymentId) {
      return (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo.status!;
    },
    async why(deploymentId) {
      return (await c.store.transaction((tx) => explain(tx, deploymentId, clock.now(), presence))).sentences.join(' ');
    },
    async close() {
      await reconciler.close();
      await provisioner.close();
      await releaser.close();
      await traffic.close();
      await effects.close();
      await c.close();
    },
  };
  await c.call(registry.putTrafficRouter, { name: 'front', router: { kind: 'none' } });
  await c.call(registry.putFleetProvider, { name: 'asg', webhookUrl: 'https://ops.example/fleets', provisionWaitSeconds: 600 });
  for (const name of ['web-1', 'web-2']) await fleet.comes(name, [{ Key: 'Env', Value: 'prod' }]);
  await aGroup(c, { ...madeByProvider, ...over });
  return fleet;
}

export const madeByProvider = {
  autoScalingGroups: ['asg'],
  deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
  loadBalancerInfo: { elbInfoList: [{ name: 'front' }] },
  blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' }, terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE' } },
} satisfies Parameters<typeof aGroup>[1];
