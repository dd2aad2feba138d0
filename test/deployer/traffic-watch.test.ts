import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { makeTrafficWatch, type TrafficWatch } from '../../server/deployer/traffic-watch.ts';
import { RouterTrouble } from '../../server/traffic/traffic-router.ts';
import { claimRoutes, wishForRoutes, type RouteWish } from '../../server/store/traffic-routes.ts';
import { silentLog } from '../../world/log.ts';
import { aController, aDeployment, aGroup, anInstance, end, start, type TestController } from '../operations/a-controller.ts';
import { SimClock } from '../simulation/sim-clock.ts';
import { aModelRouter, type ModelRouter } from './a-model-router.ts';

const style = { deploymentStyle: { deploymentType: 'IN_PLACE' as const, deploymentOption: 'WITH_TRAFFIC_CONTROL' as const } };

describe('the watch over traffic', () => {
  let c: TestController;
  let clock: SimClock;
  let watch: TrafficWatch;
  let model: ModelRouter;
  let deploymentId: string;
  let groupId: string;
  const ids = new Map<string, string>();
  const changed: string[] = [];
  let opensWith: RouterTrouble | null;

  beforeEach(async () => {
    c = await aController();
    clock = new SimClock();
    model = aModelRouter();
    changed.length = 0;
    opensWith = null;
    for (const name of ['web1', 'web2', 'web3']) ids.set(name, await anInstance(c, name));
    groupId = await aGroup(c, { ...style, loadBalancerInfo: { elbInfoList: [{ name: 'web' }] } });
    deploymentId = await aDeployment(c);
    await start(c, deploymentId);
    begin();
  });
  afterEach(async () => {
    await watch.close();
    await c.close();
  });

  function begin(): void {
    const openNamed = async () => {
      if (opensWith !== null) throw opensWith;
      return model.router;
    };
    watch = makeTrafficWatch({ store: c.store, world: { clock, log: silentLog }, routers: { openNamed }, changed: (id) => changed.push(id), seen: () => undefined, lookEveryMs: 15_000 });
  }
  async function run(ms: number): Promise<void> {
    let isOver = false;
    clock.after(ms, () => (isOver = true));
    await clock.run(Infinity, () => isOver, () => {});
  }
  async function want(names: string, wish: RouteWish, of = { groupId, deploymentId }): Promise<void> {
    await c.store.transaction(async (tx) => {
      for (const name of names.split(' ')) await wishForRoutes(tx, of, ids.get(name)!, wish, clock.now());
    });
    watch.nudge();
  }
  const route = async (name: string, of = groupId) => {
    const row = await c.store.db.selectFrom('traffic_routes').selectAll().where('instance_id', '=', ids.get(name)!).where('group_id', '=', of).executeTakeFirstOrThrow();
    return { ...row, isTaken: row.taken_at !== null && Number(row.taken_at) >= Number(row.asked_at) };
  };
  const blocked = { wanted: 'Blocked', isForced: false } as const;
  const allowed = { wanted: 'Allowed' } as const;

  it('looks at every target of a deployment before anything is asked for', async () => {
    model.unhealthy.add('web2');
    await run(1_000);
    assert.deepEqual([(await route('web1')).state, (await route('web2')).state], ['InService', 'Unhealthy']);
    assert.deepEqual(model.asked, []);
    assert.ok(changed.includes(deploymentId));
  });

  it('asks for what is wanted, in one question for all, and writes down when it was taken and what was then seen', async () => {
    model.inFlight.set('web1', 2);
    await want('web1 web2', blocked);
    await run(1_000);
    assert.equal(model.asked[0], 'block web1 web2');
    const draining = await route('web1');
    assert.deepEqual([draining.isTaken, draining.state, draining.in_flight], [true, 'Draining', 2]);
    model.inFlight.delete('web1');
    await run(1_000);
    const out = await route('web1');
    assert.deepEqual([out.state, out.in_flight], ['OutOfService', 0]);
    assert.ok(Number(out.observed_at) >= Number(out.taken_at));
  });

  it('makes a plan that was made before something was seen be made again', async () => {
    await run(1_000);
    const version = async () => Number((await c.store.db.selectFrom('deployments').select('version').executeTakeFirstOrThrow()).version);
    const before = await version();
    await want('web1', blocked);
    await run(2_000);
    const after = await version();
    assert.ok(after > before);
    await run(10_000);
    assert.equal(await version(), after, 'what is no news changes no version');
  });

  it('asks again what a router forgot, without being told', async () => {
    await want('web1', blocked);
    await run(2_000);
    model.blocked.clear();
    model.asked.length = 0;
    await run(3_000);
    assert.deepEqual(model.asked, ['block web1']);
    assert.equal((await route('web1')).state, 'OutOfService');
  });

  it('asks again now and then while a target drains, as some routers go in steps', async () => {
    model.inFlight.set('web1', 1);
    await want('web1', blocked);
    await run(5_000);
    assert.deepEqual(model.asked, ['block web1', 'block web1', 'block web1']);
  });

  it('cuts off what is under way when that is wanted', async () => {
    model.inFlight.set('web1', 1);
    await want('web1', blocked);
    await run(1_000);
    await want('web1', { wanted: 'Blocked', isForced: true });
    await run(1_000);
    assert.equal(model.asked.at(-1), 'force web1');
    assert.equal((await route('web1')).state, 'OutOfService');
  });

  it('lets in by the health check alone, and knows since when it has been passed', async () => {
    await want('web1', blocked);
    await run(1_000);
    model.unhealthy.add('web1');
    await want('web1', allowed);
    await run(3_000);
    assert.equal((await route('web1')).state, 'Unhealthy');
    assert.deepEqual(model.asked, ['block web1', 'allow web1'], 'what is on its way is not asked for again');
    model.unhealthy.clear();
    await run(1_000);
    const served = await route('web1');
    assert.equal(served.state, 'InService');
    await run(5_000);
    assert.equal((await route('web1')).since, served.since);
    model.unhealthy.add('web1');
    await run(2_000);
    model.unhealthy.clear();
    await run(2_000);
    assert.ok(Number((await route('web1')).since) > Number(served.since), 'a break begins it anew');
  });

  it('tries again what could not be asked, and says why until it is taken', async () => {
    model.refusal = new RouterTrouble('The admin socket is busy.');
    await want('web1', blocked);
    await run(3_000);
    const waiting = await route('web1');
    assert.deepEqual([waiting.isTaken, waiting.trouble, waiting.is_trouble_final, waiting.state], [false, 'The admin socket is busy.', 0, 'InService']);
    model.refusal = null;
    await run(1_000);
    const taken = await route('web1');
    assert.deepEqual([taken.isTaken, taken.trouble, taken.state], [true, null, 'OutOfService']);
  });

  it('asks for each alone when one of them is refused for good', async () => {
    model.strange.add('web2');
    await want('web1 web2 web3', blocked);
    await run(1_000);
    const [one, two, three] = [await route('web1'), await route('web2'), await route('web3')];
    assert.deepEqual([one.isTaken, two.isTaken, three.isTaken], [true, false, true]);
    assert.deepEqual([two.trouble, two.is_trouble_final, two.state], ['There is no server web2.', 1, 'Absent']);
  });

  it('says of a name that means nothing that asking again will not help', async () => {
    opensWith = new RouterTrouble('Nobody has defined the traffic router web.', false);
    await run(2_000);
    const lost = await route('web1');
    assert.deepEqual([lost.trouble, lost.is_trouble_final], ['Nobody has defined the traffic router web.', 1]);
  });

  it('goes on after it was killed: asks again what may not have been taken, and believes only what it sees itself', async () => {
    await want('web1', blocked);
    await run(1_000);
    await watch.close();
    const before = await route('web1');
    await c.store.transaction((tx) => wishForRoutes(tx, { groupId, deploymentId }, ids.get('web2')!, blocked, clock.now()));
    model.blocked.add('web2');
    model.asked.length = 0;
    clock.after(5_000, () => undefined);
    await run(5_000);
    begin();
    await run(1_000);
    assert.deepEqual(model.asked, ['block web2']);
    const [one, two] = [await route('web1'), await route('web2')];
    assert.ok(Number(one.observed_at) > Number(before.observed_at), 'it has looked itself');
    assert.ok(two.isTaken);
  });

  it('keeps out what a deployment left broken, long after its end, and lets the others be', async () => {
    await want('web1', blocked);
    await run(1_000);
    await want('web1', { wanted: 'Blocked', isKeptOut: true });
    await end(c, deploymentId, 'Failed');
    await run(60_000);
    assert.deepEqual([(await route('web1')).is_settled, (await route('web2')).is_settled], [0, 1]);
    model.blocked.clear();
    await run(60_000);
    assert.deepEqual([...model.blocked], ['web1']);
  });

  it('lets back in what was not touched, whether its deployment is over or not', async () => {
    await want('web1', blocked);
    await run(1_000);
    model.refusal = new RouterTrouble('It does not answer.');
    await want('web1', allowed);
    await end(c, deploymentId, 'Failed');
    await run(60_000);
    assert.equal((await route('web1')).isTaken, false);
    model.refusal = null;
    await run(60_000);
    const back = await route('web1');
    assert.deepEqual([back.state, back.is_settled, model.blocked.size], ['InService', 1, 0]);
  });

  it('lets in a member that two groups share only when neither wants it out', async () => {
    const other = await aGroup(c, { ...style, deploymentGroupName: 'green', loadBalancerInfo: { elbInfoList: [{ name: 'web' }] } });
    const second = await aDeployment(c, { deploymentGroupName: 'green' });
    await c.store.transaction((tx) => claimRoutes(tx, { groupId: other, deploymentId: second }, [...ids.values()]));
    await start(c, second);
    await want('web1', blocked);
    await want('web1', blocked, { groupId: other, deploymentId: second });
    await run(2_000);
    await want('web1', allowed);
    await run(5_000);
    assert.equal(model.blocked.has('web1'), true);
    assert.match((await route('web1')).trouble ?? '', /Another deployment group that web1 is in wants it out of rotation/);
    await want('web1', allowed, { groupId: other, deploymentId: second });
    await run(2_000);
    assert.deepEqual([model.blocked.has('web1'), (await route('web1')).state, (await route('web1')).trouble], [false, 'InService', null]);
  });

  it('forgets the routes of a group that is deleted', async () => {
    await want('web1', blocked);
    await run(1_000);
    await c.store.transaction((tx) => tx.deleteFrom('traffic_routes').where('group_id', '=', groupId).execute());
    model.asked.length = 0;
    model.blocked.clear();
    await run(60_000);
    assert.deepEqual(model.asked, []);
  });
});
