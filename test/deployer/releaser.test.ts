import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { DeliveryTrouble } from '../../server/notifiers/notifier.ts';
import { findLiveInstance } from '../../server/store/instances.ts';
import { aDeployment, aGroup } from '../operations/a-controller.ts';
import { aFleetController, type FleetController } from './fleet-controller.ts';

const green = (deploymentId: string) => [{ Key: 'fairlead-deployment', Value: deploymentId }];

describe('instances that are let go', () => {
  let f: FleetController;
  beforeEach(async () => {
    f = await aFleetController();
  });
  afterEach(() => f.close());

  const releases = () => f.asked.filter(({ event }) => event === 'Release');
  const namesIn = ({ text }: { readonly text: string }) => (JSON.parse(text) as { instances: { instanceName: string }[] }).instances.map(({ instanceName }) => instanceName);
  const isLive = async (name: string) => (await findLiveInstance(f.c.store.db, name)) !== null;
  const fleetOf = async (deploymentId: string) => (await f.c.call(registry.getDeployment, { deploymentId })).deploymentInfo.providedFleet!;
  const began = async (over: Parameters<typeof aDeployment>[1] = {}): Promise<string> => {
    const deploymentId = await aDeployment(f.c, over);
    await f.pass(1_000);
    return deploymentId;
  };

  it('after too few came in time: those that did, and those that were only named; the originals stay', async () => {
    f.answer = ({ event }) => (event === 'Provision' ? JSON.stringify({ instances: ['web-8'] }) : '');
    const deploymentId = await began();
    const id = await f.comes('web-7', green(deploymentId));
    await f.pass(620_000);
    assert.equal(await f.statusOf(deploymentId), 'Failed');
    assert.deepEqual(releases().map(namesIn), [['web-7', 'web-8']]);
    const { instances, ...body } = JSON.parse(releases()[0]!.text) as { instances: unknown[] } & Record<string, unknown>;
    assert.deepEqual(body, { request: 'release', requestId: releases()[0]!.id, fleetProvider: 'asg', deploymentId, applicationName: 'web', deploymentGroupName: 'blue' });
    assert.deepEqual(instances[0], { instanceName: 'web-7', tags: green(deploymentId) });
    assert.deepEqual([await isLive('web-7'), await isLive('web-1'), f.expelled], [false, true, [id]]);
    assert.deepEqual((await fleetOf(deploymentId)).releases, ['web-7', 'web-8'].map((instanceName) => ({ instanceName, state: 'Released' })));
    assert.match(await f.why(deploymentId), /The fleet provider asg has taken away web-7, web-8\./);
  });

  it('after a stop: once they are seen out of rotation, in which nobody had put them', async () => {
    const deploymentId = await began();
    const ids = [await f.comes('web-7', green(deploymentId)), await f.comes('web-8', green(deploymentId))];
    await f.pass(1_000);
    // What an absent agent has not taken is taken back.
    for (const id of ids) f.c.connected.delete(id);
    await f.c.call(registry.stopDeployment, { deploymentId });
    await f.pass(30_000);
    assert.equal(await f.statusOf(deploymentId), 'Stopped');
    assert.deepEqual(releases().map(namesIn), [['web-7', 'web-8']]);
    const routes = await f.c.store.db.selectFrom('traffic_routes').selectAll().where('target_id', '=', 'web-7').execute();
    assert.deepEqual(routes.map(({ wanted, state }) => [wanted, state]), [['Blocked', 'OutOfService']]);
  });

  it('that come when the deployment has failed already are not forgotten; what comes much later is none of its business', async () => {
    const deploymentId = await began();
    await f.pass(610_000);
    assert.equal(await f.statusOf(deploymentId), 'Failed');
    await f.comes('web-7', green(deploymentId));
    await f.pass(20_000);
    assert.deepEqual(releases().map(namesIn), [['web-7']]);
    await f.pass(1_200_000);
    await f.comes('web-9', green(deploymentId));
    await f.pass(60_000);
    assert.equal(releases().length, 1);
    assert.ok(await isLive('web-9'));
  });

  it('and that another group needs stay, with that as the reason, until it does not any more', async () => {
    await aGroup(f.c, { deploymentGroupName: 'watched', onPremisesInstanceTagFilters: [{ Key: 'watch', Value: 'yes', Type: 'KEY_AND_VALUE' }] });
    const deploymentId = await began();
    await f.comes('web-7', [...green(deploymentId), { Key: 'watch', Value: 'yes' }]);
    await f.pass(640_000);
    assert.deepEqual(releases(), []);
    assert.match(await f.why(deploymentId), /web-7 is not let go: it is in deployment group watched/);
    await f.c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'watched' });
    await f.pass(20_000);
    assert.deepEqual(releases().map(namesIn), [['web-7']]);
  });

  it('are not of the group by their tags: neither what was made and not taken, nor what is on its way out', async () => {
    const deploymentId = await began();
    f.answer = () => { throw new DeliveryTrouble('ops.example answered 503.'); };
    await f.comes('web-7', [...green(deploymentId), { Key: 'Env', Value: 'prod' }]);
    await f.pass(620_000);
    assert.ok(releases().length > 0);
    f.answer = () => '';
    const next = await began();
    assert.equal((JSON.parse(f.asked.findLast(({ event }) => event === 'Provision')!.text) as { instanceCount: number }).instanceCount, 2);
    assert.equal(await f.statusOf(next), 'InProgress');
  });

  it('are asked for again under one id until the provider says yes, and hold up no other deployment', async () => {
    let isDown = true;
    f.answer = ({ event }) => {
      if (event === 'Release' && isDown) throw new DeliveryTrouble('ops.example answered 503.');
      return '';
    };
    const deploymentId = await began();
    await f.comes('web-7', green(deploymentId));
    await f.pass(700_000);
    assert.ok(releases().length > 3);
    assert.equal(new Set(releases().map(({ id }) => id)).size, 1);
    assert.match(await f.why(deploymentId), /is asked to take away web-7\. Last it was: ops\.example answered 503\./);
    const next = await began();
    assert.equal(f.asked.filter(({ event }) => event === 'Provision').length, 2);
    assert.equal(await f.statusOf(next), 'InProgress');
    isDown = false;
    await f.pass(1_000_000);
    assert.deepEqual((await fleetOf(deploymentId)).releases, [{ instanceName: 'web-7', state: 'Released' }]);
  });

  for (const [how, trouble] of [['is never answered for a day', new DeliveryTrouble('ops.example answered 503.')], ['is refused for good', new DeliveryTrouble('ops.example answered 410.', false)]] as const) {
    it(`and whose request ${how} are a notice with the deployment, and instances still`, async () => {
      const deploymentId = await began();
      await f.comes('web-7', green(deploymentId));
      f.answer = () => { throw trouble; };
      await f.pass(26 * 3_600_000);
      const { deploymentInfo } = await f.c.call(registry.getDeployment, { deploymentId });
      assert.deepEqual(deploymentInfo.providedFleet?.releases, [{ instanceName: 'web-7', state: 'Unanswered', answer: trouble.message }]);
      assert.ok(deploymentInfo.deploymentStatusMessages!.some((said) => /was asked to take away web-7, and never said yes: see to it by hand/.test(said)));
      assert.match(await f.why(deploymentId), /never said yes: ops\.example answered .* fairlead instance deregister/);
      assert.ok(await isLive('web-7'));
    }).timeout(60_000);
  }
});
