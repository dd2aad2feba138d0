// Rolling through the hosts of a group behind HAProxy, by a real controller and real agents. Each host's service is killed
// with -9 when its ApplicationStop comes: what was still under way would be lost, and seen.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import { openConversation } from '../../examples/traffic/conversation.ts';
import { Haproxy } from '../../examples/traffic/haproxy.ts';
import { Load } from '../../examples/traffic/load.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { upload } from '../../examples/traffic/upload.ts';
import type { HaproxyRouter } from '../../protocol/model/traffic-router.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { updateDeploymentGroup } from '../../protocol/operations/update-deployment-group.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { summary } from './nothing-lost.ts';
import { proveNothingLost, ratePerSecond } from './proof.ts';
import { applicationName, SteadyFleet } from './steady-fleet.ts';
import { tell } from './tell.ts';

const oneAtATime = 'CodeDeployDefault.OneAtATime';
const halfAtATime = 'CodeDeployDefault.HalfAtATime';

describe('rolling through four hosts behind HAProxy', function () {
  this.timeout(400_000);
  let steady: SteadyFleet;
  let haproxy: Haproxy;
  let version = 0;

  const begin = (config = halfAtATime): Promise<string> => steady.begin('web', String((version += 1)), config);
  const putRouter = (more: Partial<HaproxyRouter> = {}): Promise<unknown> =>
    steady.client.call(putTrafficRouter, { name: 'web', router: { kind: 'haproxy', nodes: [{ address: `unix:${haproxy.adminSocket}` }], backends: ['web'], reloadGraceSeconds: 3, ...more } });
  const controlTraffic = (isControlled: boolean): Promise<unknown> =>
    steady.client.call(updateDeploymentGroup, {
      applicationName,
      currentDeploymentGroupName: 'web',
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: isControlled ? 'WITH_TRAFFIC_CONTROL' : 'WITHOUT_TRAFFIC_CONTROL' },
    });
  /** Of the servers, in which state HAProxy has them. */
  const statuses = async (): Promise<Readonly<Record<string, string>>> => Object.fromEntries(await Promise.all(steady.hosts.map(async ({ name }) => [name, (await haproxy.stat('web', name)).status ?? ''] as const)));
  const isIn = async (name: string, status: RegExp): Promise<boolean> => status.test((await statuses())[name] ?? '');

  before(async () => {
    steady = await SteadyFleet.start(['web-1', 'web-2', 'web-3', 'web-4'].map((name) => ({ name, tags: ['role=web'] })));
    const [port = 0] = await stablePorts(1);
    haproxy = await Haproxy.start({ port, backends: { web: steady.hosts } }, path.join(steady.fleet.folder, 'haproxy'));
    await putRouter();
    await steady.client.call(createDeploymentGroup, {
      applicationName,
      deploymentGroupName: 'web',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
    });
    await steady.succeeds(await begin('CodeDeployDefault.AllAtOnce'));
    await haproxy.allUp();
  });

  after(async () => {
    await haproxy?.[Symbol.asyncDispose]();
    await steady?.[Symbol.asyncDispose]();
  });

  it('loses requests without traffic control', async () => {
    await controlTraffic(false);
    await using load = new Load({ url: haproxy.url, ratePerSecond });
    await steady.succeeds(await begin());
    await controlTraffic(true);
    await haproxy.allUp();
    const report = await load.stop();
    tell(summary(report));
    assert.ok(report.failed > 0, 'a careless deployment lost nothing: the proofs below would prove nothing');
  });

  it('loses none in 24 swaps', async () => {
    let seen: number[] = [];
    let swaps = 0;
    const report = await proveNothingLost(steady, haproxy, async () => {
      seen = [];
      for (swaps = 0; swaps < 24; swaps += 4) {
        seen.push(version);
        await steady.succeeds(await begin(swaps < 4 ? oneAtATime : halfAtATime));
      }
    });
    assert.equal(swaps, 24);
    for (const one of [...seen, version]) assert.ok((report.versions[one] ?? 0) > 0, `nobody was answered by version ${one}`);
    assert.deepEqual(Object.keys(report.names).toSorted(), steady.hosts.map(({ name }) => name));
  });

  it('loses none behind two HAProxys at once: a host is out of rotation when it is so at both', async () => {
    const [port = 0] = await stablePorts(1);
    await using second = await Haproxy.start({ port, backends: { web: steady.hosts } }, path.join(steady.fleet.folder, 'haproxy-2'));
    await second.allUp();
    await putRouter({ nodes: [{ address: `unix:${haproxy.adminSocket}` }, { address: `unix:${second.adminSocket}` }] });
    await proveNothingLost(steady, haproxy, async () => {
      await using load = new Load({ url: second.url, ratePerSecond: ratePerSecond / 2 });
      await steady.succeeds(await begin());
      await second.allUp();
      const atSecond = await load.stop();
      assert.deepEqual(atSecond.failures, []);
      tell(`at the second: ${summary(atSecond)}`);
      return { elsewhere: atSecond.sent };
    }).finally(() => putRouter());
  });

  it('waits for an upload of eight seconds, and loses nothing when the controller is killed with -9 in the middle of that', async () => {
    const report = await proveNothingLost(steady, haproxy, async () => {
      // In turn, so each host has one.
      const isBack = Promise.withResolvers<void>();
      const uploads = steady.hosts.map(() => upload(haproxy.url, 8_000, isBack.promise));
      const ends = Promise.all(uploads);
      ends.catch(() => undefined);
      const before = String(version);
      const deploymentId = await begin();
      await comesTrue('a host is draining', async () => Object.values(await statuses()).includes('DRAIN'));
      const [draining] = Object.entries(await statuses()).find(([, status]) => status === 'DRAIN')!;
      await steady.fleet.killHard('server');
      await steady.fleet.restart('server');
      await steady.fleet.connected(steady.hosts.length);
      assert.ok(await isIn(draining, /DRAIN/), `${draining} should still be draining: its upload goes on`);
      isBack.resolve();
      assert.ok((await ends).every((end) => end.version === before), 'an upload was answered by another version than that which it was sent to');
      await steady.succeeds(deploymentId);
      await haproxy.allUp();
      return { requests: uploads.length };
    });
    assert.ok((report.versions[version] ?? 0) > 0);
  });

  it('cuts a WebSocket off when it is told to, and nothing else', async () => {
    await putRouter({ cutAfterSeconds: 4 });
    const report = await proveNothingLost(steady, haproxy, async () => {
      const conversations = await Promise.all(steady.hosts.map(() => openConversation(haproxy.url)));
      assert.deepEqual(conversations.map(({ heard }) => heard()), steady.hosts.map(() => String(version)));
      await steady.succeeds(await begin());
      assert.deepEqual(await Promise.all(conversations.map(({ closed }) => closed)), [1006, 1006, 1006, 1006]);
      const another = await openConversation(haproxy.url);
      assert.equal(another.heard(), String(version));
      another.close();
      return { conversations: conversations.length + 1 };
    }).finally(() => putRouter());
    assert.ok((report.versions[version] ?? 0) > 0);
  });

  // Whoever asks while there is no HAProxy gets nothing; what counts is what comes after.
  const survives = async (kill: () => Promise<void>): Promise<void> => {
    const held = steady.hosts[0]!.name;
    await using load = new Load({ url: haproxy.url, ratePerSecond });
    await steady.hold(held);
    const deploymentId = await begin();
    await comesTrue(`${held} is out of rotation`, async () => isIn(held, /MAINT/));
    await comesTrue(`${held} has nothing that could serve`, async () => !(await steady.isListening(held)));
    await kill();
    await haproxy.start();
    const isBackMs = load.elapsedMs;
    await steady.release(held);
    await steady.succeeds(deploymentId);
    await haproxy.allUp();
    const report = await load.stop();
    tell(`${summary(report)}; HAProxy was back after ${Math.round(isBackMs)} ms`);
    assert.deepEqual(report.failures.filter(({ sentMs }) => sentMs > isBackMs), [], 'a host was let in that was not ready');
    assert.ok((report.versions[version] ?? 0) > 0);
  };

  it('has every host in rotation in the end, and none before it is ready, when HAProxy is killed with -9 in the middle of a reload', async () => {
    await survives(async () => {
      await haproxy.saveState();
      haproxy.beginReload();
      await haproxy.killHard();
    });
  });

  it('has so too when HAProxy has forgotten everything by that', async () => {
    await survives(async () => {
      haproxy.beginReload();
      await haproxy.killHard();
      await writeFile(path.join(haproxy.folder, 'server-state'), '');
    });
  });
});
