import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { DeliveryTrouble } from '../../server/notifiers/notifier.ts';
import { listHostsOf } from '../../server/store/fleet-hosts.ts';
import { aDeployment, aGroup, anUpload } from '../operations/a-controller.ts';
import { aFleetController, madeByProvider, type FleetController } from './fleet-controller.ts';

const green = (deploymentId: string) => [{ Key: 'fairlead-deployment', Value: deploymentId }];

describe('instances that a fleet provider makes', () => {
  let f: FleetController;
  beforeEach(async () => {
    f = await aFleetController();
  });
  afterEach(() => f.close());

  const targetsOf = async (deploymentId: string) => (await f.c.store.db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).orderBy('target_id').execute()).map(({ target_id: id, label }) => `${id} ${label}`);
  const began = async (): Promise<string> => {
    const deploymentId = await aDeployment(f.c);
    await f.pass(1_000);
    return deploymentId;
  };

  it('are asked for by a signed request that says how many, for what, and by which tag they are known', async () => {
    const deploymentId = await began();
    assert.equal(f.asked.length, 1);
    const [{ text, event, id, url, secret }] = f.asked as [(typeof f.asked)[0]];
    assert.deepEqual([event, url, secret], ['Provision', 'https://ops.example/fleets', null]);
    const body = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual({ ...body, until: null }, {
      request: 'provision', requestId: id, fleetProvider: 'asg', deploymentId, applicationName: 'web', deploymentGroupName: 'blue', instanceCount: 2, until: null,
      originals: ['web-1', 'web-2'].map((instanceName) => ({ instanceName, tags: [{ Key: 'Env', Value: 'prod' }] })),
      tags: green(deploymentId),
    });
    assert.equal(await f.statusOf(deploymentId), 'InProgress');
    assert.match(await f.why(deploymentId), /^Waiting for instances that the fleet provider asg makes: 0 of 2 are here; the deployment fails in 10 min, at .* named no instance yet\.$/);
    assert.deepEqual(await targetsOf(deploymentId), []);
  });

  it('are its targets once as many are here, beside the originals as they are then', async () => {
    const deploymentId = await began();
    await f.comes('web-7', green(deploymentId));
    await f.pass(1_000);
    assert.match(await f.why(deploymentId), /1 of 2 are here/);
    await f.comes('web-3', [{ Key: 'Env', Value: 'prod' }]);
    await f.comes('web-8', green(deploymentId));
    await f.pass(1_000);
    assert.deepEqual(await targetsOf(deploymentId), ['web-1 Blue', 'web-2 Blue', 'web-3 Blue', 'web-7 Green', 'web-8 Green']);
    assert.match(await f.why(deploymentId), /3 original instances stay in service until the replacement instances serve/);
    assert.deepEqual((await listHostsOf(f.c.store.db, deploymentId)).map(({ name, state }) => [name, state]), [['web-7', 'Made'], ['web-8', 'Made']]);
  });

  it('may be named in the answer, or later through the API, in parts and more than once', async () => {
    f.answer = () => JSON.stringify({ instances: ['web-7'] });
    const deploymentId = await began();
    assert.match(await f.why(deploymentId), /Named and not here: web-7\. The provider named web-7\./);
    for (const instanceNames of [['web-8'], ['web-8', 'web-7']]) await f.c.call(registry.putProvisionedInstances, { deploymentId, instanceNames });
    await f.comes('web-7');
    await f.comes('web-8');
    await f.pass(1_000);
    assert.deepEqual(await targetsOf(deploymentId), ['web-1 Blue', 'web-2 Blue', 'web-7 Green', 'web-8 Green']);
  });

  it('that were there before count only by their tag: nobody has what serves elsewhere taken for new by saying its name', async () => {
    await f.comes('db-1', [{ Key: 'Env', Value: 'db' }]);
    f.answer = () => JSON.stringify({ instances: ['db-1', { instanceName: 'web-7' }] });
    const deploymentId = await began();
    await f.comes('web-7');
    await f.pass(1_000);
    assert.match(await f.why(deploymentId), /1 of 2 are here.*Named and not here: db-1\./);
    assert.deepEqual(await targetsOf(deploymentId), []);
  });

  it('are asked for again under the same id after the webhook failed, with growing pauses', async () => {
    let attempts = 0;
    f.answer = () => {
      if ((attempts += 1) < 4) throw new DeliveryTrouble('ops.example answered 503.');
      return '';
    };
    const deploymentId = await began();
    assert.match(await f.why(deploymentId), /ops\.example answered 503\./);
    await f.pass(120_000);
    assert.equal(f.asked.length, 4);
    assert.equal(new Set(f.asked.map(({ id }) => id)).size, 1);
    assert.equal(new Set(f.asked.map(({ text }) => text)).size, 1);
  });

  it('that do not come in time fail the deployment, and those that are named afterwards are noted all the same', async () => {
    const deploymentId = await began();
    await f.comes('web-7', green(deploymentId));
    await f.pass(600_000);
    const { deploymentInfo } = await f.c.call(registry.getDeployment, { deploymentId });
    assert.deepEqual([deploymentInfo.status, deploymentInfo.errorInformation?.code], ['Failed', 'TIMEOUT']);
    assert.match(deploymentInfo.errorInformation!.message!, /^2 instances were asked of the fleet provider asg, and within 10 min 1 came\./);
    await f.c.call(registry.putProvisionedInstances, { deploymentId, instanceNames: ['web-9'] });
    assert.ok((await listHostsOf(f.c.store.db, deploymentId)).some(({ name }) => name === 'web-9'));
  });

  for (const [how, refuse] of [
    ['in its answer', () => JSON.stringify({ failure: 'The quota is used up' })],
    ['with a status that is final', () => { throw new DeliveryTrouble('ops.example answered 422.', false); }],
  ] as const) {
    it(`that the provider will not make, ${how}, fail it at once`, async () => {
      f.answer = refuse;
      const deploymentId = await began();
      const { errorInformation } = (await f.c.call(registry.getDeployment, { deploymentId })).deploymentInfo;
      assert.equal(errorInformation?.code, 'AUTO_SCALING_CONFIGURATION');
      assert.match(errorInformation.message!, /The quota is used up\.|answered 422\./);
    });
  }

  it('are not waited for once it is stopped, nor asked for any more', async () => {
    f.answer = () => { throw new DeliveryTrouble('ops.example answered 503.'); };
    const deploymentId = await began();
    const before = f.asked.length;
    await f.c.call(registry.stopDeployment, { deploymentId });
    await f.pass(300_000);
    assert.deepEqual([await f.statusOf(deploymentId), f.asked.length], ['Stopped', before]);
  });

  it('are as many as the group says, where it says so, and a group without instances must', async () => {
    const empty = { deploymentGroupName: 'new', onPremisesInstanceTagFilters: [] };
    await aGroup(f.c, { ...madeByProvider, ...empty });
    const refusedAtLast = await aDeployment(f.c, { deploymentGroupName: 'new' });
    await f.pass(1_000);
    assert.equal((await f.c.call(registry.getDeployment, { deploymentId: refusedAtLast })).deploymentInfo.errorInformation?.code, 'NO_INSTANCES');
    const three = { blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP' as const, instanceCount: 3 } } };
    await f.c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'new', ...three });
    const deploymentId = await aDeployment(f.c, { deploymentGroupName: 'new' });
    await f.pass(1_000);
    assert.equal((JSON.parse(f.asked.at(-1)!.text) as { instanceCount: number }).instanceCount, 3);
    for (const name of ['n-1', 'n-2', 'n-3']) await f.comes(name, green(deploymentId));
    await f.pass(1_000);
    assert.deepEqual(await targetsOf(deploymentId), ['n-1 Green', 'n-2 Green', 'n-3 Green']);
  });
});

describe('a group whose replacements are made', () => {
  let f: FleetController;
  beforeEach(async () => {
    f = await aFleetController();
  });
  afterEach(() => f.close());

  it('is not deployed to while nobody is defined who makes them, and says who it would be', async () => {
    await f.c.call(registry.deleteFleetProvider, { name: 'asg' });
    const { message } = await f.c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: await anUpload(f.c) }, 'InvalidAutoScalingGroupException');
    assert.match(message, /^asg of autoScalingGroups is no fleet provider here.*fairlead fleet-provider put asg/);
  });

  it('names no replacements in a deployment, and no number where none are made', async () => {
    const filters = { onPremisesInstanceTagFilters: [{ Key: 'Env', Value: 'prod', Type: 'KEY_AND_VALUE' as const }] };
    await f.c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: await anUpload(f.c), targetInstances: filters }, 'InvalidTargetInstancesException');
    for (const option of [{ action: 'COPY_AUTO_SCALING_GROUP', instanceCount: 0 }, { action: 'DISCOVER_EXISTING', instanceCount: 2 }]) {
      await f.c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', blueGreenDeploymentConfiguration: { greenFleetProvisioningOption: option } }, 'InvalidBlueGreenDeploymentConfigurationException');
    }
  });

  it('is planned with what is known: that they will be made, and how many', async () => {
    const shown = await f.c.call(registry.planDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: await anUpload(f.c) });
    assert.deepEqual([shown.targets, shown.waves, shown.conflicts], [[], [], []]);
    assert.ok(shown.notes.some((note) => /fleet provider asg makes as many instances as the group has when this starts \(2 now\)/.test(note)), shown.notes.join('\n'));
  });

  it('hears PutProvisionedInstances only of deployments that asked, and with something in it', async () => {
    await aGroup(f.c, { deploymentGroupName: 'plain' });
    const deploymentId = await aDeployment(f.c, { deploymentGroupName: 'plain' });
    await f.c.refused(registry.putProvisionedInstances, { deploymentId, instanceNames: ['web-7'] }, 'InvalidDeploymentStatusException');
    await f.c.refused(registry.putProvisionedInstances, { deploymentId }, 'InvalidInputException');
    await f.c.refused(registry.putProvisionedInstances, { deploymentId: 'd-AAAAAAAAA', instanceNames: ['web-7'] }, 'DeploymentDoesNotExistException');
    await f.c.refused(registry.putProvisionedInstances, { deploymentId, instanceNames: ['two words'] }, 'InvalidInstanceNameException');
  });
});
