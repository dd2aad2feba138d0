// From one fleet to another and back behind HAProxy, by a real controller and real agents. A host's old service is killed with -9
// when the next version comes to it: by that the traffic must have left it long ago.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import { Haproxy } from '../../examples/traffic/haproxy.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { upload } from '../../examples/traffic/upload.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { updateDeploymentGroup } from '../../protocol/operations/update-deployment-group.ts';
import { proveNothingLost } from './proof.ts';
import { applicationName, SteadyFleet } from './steady-fleet.ts';

type Colour = 'blue' | 'green';
const hostsOf = { blue: ['blue-1', 'blue-2'], green: ['green-1', 'green-2'] } as const;
const tagged = (colour: Colour) => [{ Key: 'fleet', Value: colour, Type: 'KEY_AND_VALUE' as const }];
const control = 'WITH_TRAFFIC_CONTROL';

describe('from one fleet to another behind HAProxy', function () {
  this.timeout(400_000);
  let steady: SteadyFleet;
  let haproxy: Haproxy;
  let version = 1;
  let serving: Colour = 'blue';

  const begin = (to: Colour, revision: string | RevisionLocation): Promise<string> =>
    steady.begin('web', revision, 'CodeDeployDefault.AllAtOnce', { onPremisesInstanceTagFilters: tagged(to) });
  const other = (): Colour => (serving === 'blue' ? 'green' : 'blue');
  const move = async (): Promise<void> => {
    version += 1;
    await steady.succeeds(await begin(other(), String(version)));
    serving = other();
  };
  const statusOf = async (name: string): Promise<string> => (await haproxy.stat('web', name)).status ?? '';
  /** Those that HAProxy sends requests to. */
  const inRotation = async (): Promise<readonly string[]> => {
    const statuses = await Promise.all(steady.hosts.map(({ name }) => statusOf(name)));
    return steady.hosts.map(({ name }) => name).filter((_, index) => statuses[index]!.startsWith('UP'));
  };

  before(async () => {
    steady = await SteadyFleet.start((['blue', 'green'] as const).flatMap((colour) => hostsOf[colour].map((name) => ({ name, tags: [`fleet=${colour}`] }))), { settingsOf: () => ['ready_seconds=12'] });
    const [port = 0] = await stablePorts(1);
    haproxy = await Haproxy.start({ port, backends: { web: steady.hosts } }, path.join(steady.fleet.folder, 'haproxy'));
    await steady.client.call(putTrafficRouter, { name: 'web', router: { kind: 'haproxy', nodes: [{ address: `unix:${haproxy.adminSocket}` }], backends: ['web'], reloadGraceSeconds: 3 } });
    await steady.client.call(createDeploymentGroup, {
      applicationName,
      deploymentGroupName: 'web',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
      onPremisesInstanceTagFilters: tagged('blue'),
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: control },
      loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
    });
    await steady.succeeds(await steady.begin('web', String(version), 'CodeDeployDefault.AllAtOnce'));
    await steady.client.call(updateDeploymentGroup, {
      applicationName,
      currentDeploymentGroupName: 'web',
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: control },
      blueGreenDeploymentConfiguration: {
        greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' },
        deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
        terminateBlueInstancesOnDeploymentSuccess: { action: 'KEEP_ALIVE' },
      },
    });
  });

  after(async () => {
    await haproxy?.[Symbol.asyncDispose]();
    await steady?.[Symbol.asyncDispose]();
  });

  it('loses no request in six moves', async () => {
    let first = 0;
    const report = await proveNothingLost(steady, haproxy, async () => {
      first = version;
      for (let time = 0; time < 6; time += 1) {
        await move();
        assert.deepEqual(await inRotation(), hostsOf[serving]);
      }
    });
    assert.equal(version - first, 6);
    for (let one = first; one <= version; one += 1) assert.ok((report.versions[one] ?? 0) > 0, `nobody was answered by version ${one}`);
    assert.deepEqual(Object.keys(report.names).toSorted(), [...hostsOf.blue, ...hostsOf.green]);
  });

  it('stays where it is, and loses none, when the new version never becomes ready', async () => {
    const report = await proveNothingLost(steady, haproxy, async () => {
      const { end } = await steady.follow(await begin(other(), await steady.brokenRevision('broken')));
      assert.equal(end, 'Failed');
      assert.deepEqual(await inRotation(), hostsOf[serving]);
    });
    assert.deepEqual(report.versions, { [version]: report.sent });
  });

  it('waits for uploads of eight seconds, and loses nothing when the controller is killed with -9 in the middle of that', async () => {
    const report = await proveNothingLost(steady, haproxy, async () => {
      const before = String(version);
      const leaving = hostsOf[serving];
      const isBack = Promise.withResolvers<void>();
      // In turn, so each host has one.
      const uploads = leaving.map(() => upload(haproxy.url, 8_000, isBack.promise));
      const ends = Promise.all(uploads);
      ends.catch(() => undefined);
      version += 1;
      const deploymentId = await begin(other(), String(version));
      const isDraining = async (): Promise<boolean> => (await Promise.all(leaving.map((name) => statusOf(name)))).every((status) => status === 'DRAIN');
      await comesTrue('the old fleet is draining', isDraining);
      await steady.fleet.killHard('server');
      await steady.fleet.restart('server');
      await steady.fleet.connected(steady.hosts.length);
      assert.ok(await isDraining(), 'the old fleet should still be draining: its uploads go on');
      isBack.resolve();
      assert.ok((await ends).every((end) => end.version === before), 'an upload was answered by another version than that which it was sent to');
      await steady.succeeds(deploymentId);
      serving = other();
      assert.deepEqual(await inRotation(), hostsOf[serving]);
      return { requests: uploads.length };
    });
    assert.deepEqual(Object.keys(report.versions), [String(version - 1), String(version)]);
  });
});
