import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { withoutSecrets } from '../../server/audit/entry.ts';
import { findTrafficRouter, openCredentials } from '../../server/store/traffic-routers.ts';
import { aController, aGroup, anInstance, type TestController } from './a-controller.ts';

const none = { kind: 'none' as const };
const nginx = { kind: 'nginx' as const, nodes: [{ address: 'agent:lb-1/shop' }], port: 8080 };
const elbv2 = { kind: 'elbv2' as const, targetGroups: [{ name: 'web' }] };
const haproxy = { kind: 'haproxy' as const, nodes: [{ address: 'unix:/run/haproxy/admin.sock' }], backends: ['web'] };

describe('traffic routers', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('are put, read, listed and deleted, and what is put again takes the place of what was', async () => {
    await c.call(registry.putTrafficRouter, { name: 'front', router: none, description: 'the one in front' });
    const before = c.now;
    c.now += 1_000;
    await c.call(registry.putTrafficRouter, { name: 'front', router: none });
    assert.deepEqual((await c.call(registry.getTrafficRouter, { name: 'front' })).trafficRouter, { name: 'front', router: none, hasCredentials: false, createdAt: before, updatedAt: c.now });
    await c.call(registry.putTrafficRouter, { name: 'a', router: none });
    assert.deepEqual((await c.call(registry.listTrafficRouters, {})).trafficRouters.map(({ name }) => name), ['a', 'front']);
    await c.call(registry.deleteTrafficRouter, { name: 'front' });
    await c.call(registry.deleteTrafficRouter, { name: 'front' });
    await c.refused(registry.getTrafficRouter, { name: 'front' }, 'NotFoundException');
    await c.refused(registry.listTrafficRouters, { nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('that make no sense are refused, with the member at fault', async () => {
    const wrong: [object, string][] = [
      [{ router: { kind: 'carrier-pigeon' } }, 'router.kind'],
      [{ router: { ...haproxy, nodes: [{ address: '/run/haproxy/admin.sock' }] } }, 'router.nodes.0.address'],
      [{ router: { ...haproxy, nodes: [{ address: 'unix:/a' }, { address: 'tcp:lb-1:0' }] } }, 'router.nodes.1.address'],
      [{ router: { ...haproxy, nodes: [{ address: 'unix:/a' }, { address: 'unix:/a' }] } }, 'router.nodes'],
      [{ router: { ...haproxy, backends: ['web', 'web'] } }, 'router.backends'],
      [{ router: { ...haproxy, nodes: [] } }, 'router.nodes'],
      [{ router: { ...haproxy, backends: [] } }, 'router.backends'],
      [{ router: { ...haproxy, backends: ['web; show acl'] } }, 'router.backends[0]'],
      [{ router: { ...haproxy, stickySeconds: -1 } }, 'router.stickySeconds'],
      [{ router: { ...haproxy, nodes: [{ address: 'agent:lb 1' }] } }, 'router.nodes.0.address'],
      [{ router: { ...nginx, nodes: [{ address: 'unix:/run/nginx.sock' }] } }, 'router.nodes.0.address'],
      [{ router: { ...nginx, nodes: [] } }, 'router.nodes'],
      [{ router: { kind: 'nginx', nodes: nginx.nodes } }, 'router.port'],
      [{ router: { ...nginx, port: 0 } }, 'router.port'],
      [{ router: { ...elbv2, targetGroups: [] } }, 'router.targetGroups'],
      [{ router: { ...elbv2, targetGroups: [{ name: 'a' }, { name: 'a' }] } }, 'router.targetGroups'],
      [{ router: { ...elbv2, targetGroups: [{ name: 'a', tagValue: 'blue' }] } }, 'router.targetGroups.0.tagValue'],
      [{ router: { ...elbv2, groupTagKey: 'colour' } }, 'router.targetGroups.0.tagValue'],
      [{ router: { ...elbv2, ruleArn: 'arn:aws:x' } }, 'router.ruleArn'],
      [{ router: none, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, 'credentials'],
    ];
    for (const [over, field] of wrong) assert.equal((await c.refused(registry.putTrafficRouter, { name: 'front', ...over }, 'InvalidInputException')).field, field);
    await c.refused(registry.putTrafficRouter, { name: 'two words', router: none }, 'ValidationException');
  });

  it('of HAProxy are named by its admin sockets', async () => {
    const router = { ...haproxy, nodes: [{ address: 'unix:/run/haproxy/admin.sock' }, { address: 'tcp:lb-1.example:9999' }, { address: 'tcp:[::1]:9999' }], memberTagKey: 'lb', stickySeconds: 0 };
    await c.call(registry.putTrafficRouter, { name: 'front', router });
    assert.deepEqual((await c.call(registry.getTrafficRouter, { name: 'front' })).trafficRouter.router, router);
  });

  it('of nginx are named by the agents beside them', async () => {
    const router = { ...nginx, nodes: [{ address: 'agent:lb-1' }, { address: 'agent:lb-2/shop' }], addressTagKey: 'ip', maxFails: 0 };
    await c.call(registry.putTrafficRouter, { name: 'shop', router });
    assert.deepEqual((await c.call(registry.getTrafficRouter, { name: 'shop' })).trafficRouter.router, router);
  });

  it('keep their credentials to themselves: encrypted at rest, bound to their name, kept when not given again', async () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 's3cret-of-aws' };
    await c.call(registry.putTrafficRouter, { name: 'front', router: elbv2, credentials });
    const row = async () => (await findTrafficRouter(c.store.db, 'front'))!;
    const open = (sealed: string, boundTo: string) => c.services.secrets.open(sealed, boundTo);
    assert.doesNotMatch(JSON.stringify(await row()), /s3cret|AKID/);
    const { trafficRouter } = await c.call(registry.getTrafficRouter, { name: 'front' });
    assert.equal(trafficRouter.hasCredentials, true);
    assert.doesNotMatch(JSON.stringify(trafficRouter), /s3cret|AKID/);
    assert.doesNotMatch(JSON.stringify(withoutSecrets({ name: 'front', router: elbv2, credentials })), /s3cret/);
    await c.call(registry.putTrafficRouter, { name: 'front', router: { ...elbv2, region: 'eu-west-1' } });
    assert.deepEqual(openCredentials(await row(), open), { credentials });
    assert.equal(openCredentials({ ...(await row()), name: 'other' }, open), null);
    await c.call(registry.putTrafficRouter, { name: 'front', router: none });
    assert.equal((await row()).credentials_encrypted, null);
  });

  it('that cannot be asked say so when they are observed, and all members are unknown', async () => {
    await c.call(registry.putTrafficRouter, { name: 'front', router: haproxy });
    await anInstance(c, 'web-1');
    await aGroup(c, { loadBalancerInfo: { targetGroupInfoList: [{ name: 'front' }] } });
    const seen = await c.call(registry.observeTrafficRouter, { name: 'front' });
    assert.deepEqual(seen.members.map(({ instanceName, state }) => [instanceName, state]), [['web-1', 'Unknown']]);
    assert.match(seen.trouble!, /HAProxy/);
  });

  it('are observed with the instances of all groups that name them, each once', async () => {
    await c.call(registry.putTrafficRouter, { name: 'front', router: none });
    for (const name of ['web-1', 'web-2']) await anInstance(c, name);
    await anInstance(c, 'db-1', [{ Key: 'Env', Value: 'db' }]);
    await aGroup(c, { loadBalancerInfo: { targetGroupInfoList: [{ name: 'front' }] } });
    await aGroup(c, { deploymentGroupName: 'green', loadBalancerInfo: { elbInfoList: [{ name: 'front' }] } });
    await aGroup(c, { deploymentGroupName: 'other', onPremisesInstanceTagFilters: [{ Key: 'Env', Value: 'db', Type: 'KEY_AND_VALUE' }] });
    const seen = await c.call(registry.observeTrafficRouter, { name: 'front' });
    assert.deepEqual(seen.members.map(({ instanceName, state }) => [instanceName, state]), [['web-1', 'InService'], ['web-2', 'InService']]);
    assert.deepEqual([seen.drain, seen.hasWeights, seen.findings, seen.trouble], ['time', false, [], undefined]);
  });

  it('that nobody has defined say so when they are observed', async () => {
    const seen = await c.call(registry.observeTrafficRouter, { name: 'nowhere' });
    assert.match(seen.trouble!, /nowhere.*fairlead traffic-router put nowhere/);
    assert.deepEqual([seen.members, seen.findings], [[], []]);
  });
});

describe('the routers of a deployment group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await c.call(registry.putTrafficRouter, { name: 'front', router: none });
    await c.call(registry.putTrafficRouter, { name: 'back', router: none });
  });
  afterEach(() => c.close());

  const target = { targetId: 'web-1', instanceId: 'i', tags: [], address: null };
  const { signal } = new AbortController();
  const stateAt = async (name: string) => (await (await c.services.trafficRouters.openNamed(name, 'elbInfoList')).observe([target], signal)).get('web-1')!.state;

  it('are all that it names in either list, as one', async () => {
    const router = await c.services.trafficRouters.open({ targetGroupInfoList: [{ name: 'front' }], elbInfoList: [{ name: 'back' }, { name: 'front' }] });
    await router.block([target], { isForced: false }, signal);
    assert.deepEqual([await stateAt('front'), await stateAt('back')], ['OutOfService', 'OutOfService']);
  });

  it('keep what they have seen for as long as their definition stays', async () => {
    await (await c.services.trafficRouters.open({ elbInfoList: [{ name: 'front' }] })).block([target], { isForced: false }, signal);
    assert.equal(await stateAt('front'), 'OutOfService');
    await c.call(registry.putTrafficRouter, { name: 'front', router: none, description: 'another' });
    assert.equal(await stateAt('front'), 'InService');
  });

  it('are refused for good where one of them is not defined, or there is none', async () => {
    for (const info of [{ elbInfoList: [{ name: 'front' }, { name: 'nowhere' }] }, {}]) {
      await assert.rejects(c.services.trafficRouters.open(info), (error: { isPassing?: boolean }) => error.isPassing === false);
    }
  });
});
