// Blue/green on one host, without a balancer: two slots at one listening socket, by the bundle and the hooks of
// examples/steady-web/one-host, a real controller and a real agent. In place of systemd stands slot-keeper.ts.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Load } from '../../examples/traffic/load.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { untilItFails } from './bench.ts';
import { summary } from './nothing-lost.ts';
import { proveNothingLost, ratePerSecond } from './proof.ts';
import { startSlotHost, systemctlBelow, type SlotHost } from './slot-host.ts';
import { applicationName, SteadyFleet, warmMs } from './steady-fleet.ts';
import { tell } from './tell.ts';

const overlay = path.join(import.meta.dirname, '../../examples/steady-web/one-host');

describe('two slots on one host, at one socket,', function () {
  this.timeout(200_000);
  let steady: SteadyFleet;
  let host: SlotHost;
  let version = 0;

  const begin = (): Promise<string> => steady.begin('web', String((version += 1)), 'CodeDeployDefault.AllAtOnce');
  before(async () => {
    steady = await SteadyFleet.start([{ name: 'web-1', tags: ['role=web'] }], { overlay, settingsOf: (_, folder) => [`systemctl=${systemctlBelow(folder)}`, 'ready_seconds=3'] });
    const [port = 0] = await stablePorts(1);
    host = await startSlotHost({ port, folder: steady.fleet.folder, root: steady.fleet.rootOf('web-1'), warmMs });
    await steady.client.call(createDeploymentGroup, {
      applicationName,
      deploymentGroupName: 'web',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    });
    await steady.succeeds(await begin());
  });
  after(async () => {
    await host?.[Symbol.asyncDispose]();
    await steady?.[Symbol.asyncDispose]();
  });

  it('lose requests when the old one is killed as soon as the new one is ready', async () => {
    await host.killWith('SIGKILL');
    await using load = new Load({ url: host.url, ratePerSecond });
    const seen = await untilItFails(load, 5, async () => void (await steady.succeeds(await begin())));
    await host.killWith('SIGTERM');
    tell(summary(await load.stop()));
    assert.ok(seen !== null, 'a careless hand-over lost nothing: the proof below would prove nothing');
  });

  it('lose none in six hand-overs', async () => {
    let first = 0;
    const report = await proveNothingLost(steady, host, async () => {
      first = version;
      for (let time = 0; time < 6; time += 1) await steady.succeeds(await begin());
    });
    for (let one = first; one <= version; one += 1) assert.ok((report.versions[one] ?? 0) > 0, `nobody was answered by version ${one}`);
    assert.deepEqual(Object.keys(report.names).toSorted(), ['blue', 'green']);
  });

  it('go on with the old one, and lose none, when the new one never becomes ready', async () => {
    const report = await proveNothingLost(steady, host, async () => {
      const deploymentId = await steady.begin('web', await steady.brokenRevision('broken'), 'CodeDeployDefault.AllAtOnce');
      const { end, last } = await steady.follow(deploymentId);
      assert.equal(end, 'Failed');
      assert.match(last.targets[0]!.instanceTarget.lifecycleEvents.find(({ status }) => status === 'Failed')!.diagnostics!.logTail!, /is not ready after 3 s/);
    });
    assert.deepEqual(report.versions, { [version]: report.sent });
  });
});
