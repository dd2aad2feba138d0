import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Finding } from '../../protocol/model/traffic-router.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { makeRouterInspector, type RouterInspector } from '../../server/deployer/router-inspector.ts';
import { noRouter } from '../../server/traffic/none.ts';
import { RouterTrouble, type RoutedTarget } from '../../server/traffic/traffic-router.ts';
import { silentLog } from '../../world/log.ts';
import { HandClock } from '../agent/doubles.ts';
import { aController, aDeployment, aGroup, anInstance, type TestController } from '../operations/a-controller.ts';

const light: Finding = { severity: 'warning', rule: 'weight-base', sentence: 'Too light.' };

describe('the settings of traffic routers', () => {
  let c: TestController;
  let inspector: RouterInspector;
  const clock = new HandClock();
  let preflight: (name: string, targets: readonly RoutedTarget[]) => Promise<readonly Finding[]>;
  let asked: string[];
  beforeEach(async () => {
    c = await aController();
    asked = [];
    preflight = async () => [light];
    await anInstance(c, 'web-1');
    await aGroup(c, { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' }, loadBalancerInfo: { targetGroupInfoList: [{ name: 'front' }] } });
    inspector = makeRouterInspector({
      store: c.store,
      world: { clock, log: silentLog },
      everyMs: 600_000,
      routers: { openNamed: async (name) => ({ ...noRouter(), preflight: (targets) => (asked.push(`${name}: ${targets.map(({ targetId }) => targetId).join(' ')}`), preflight(name, targets)) }) },
    });
  });
  afterEach(async () => {
    await inspector.close();
    await c.close();
  });
  const found = async () => (await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' })).deploymentGroupInfo.routerFindings;
  /** Until the group shows it. */
  const shows = async (rule: string | undefined): Promise<void> => {
    while ((await found())?.[0]?.rule !== rule) await new Promise((resolve) => setImmediate(resolve));
  };

  it('are looked at with the instances of the groups that name them, and shown by these', async () => {
    await shows('weight-base');
    assert.deepEqual(asked, ['front: web-1']);
    assert.deepEqual(await found(), [light]);
  });

  it('are told with each new deployment that moves traffic there', async () => {
    await shows('weight-base');
    const { deploymentInfo } = await c.call(registry.getDeployment, { deploymentId: await aDeployment(c) });
    assert.ok(deploymentInfo!.deploymentStatusMessages!.includes('Traffic warning: Too light.'), JSON.stringify(deploymentInfo!.deploymentStatusMessages));
  });

  it('are looked at again after a time, and when they may have changed', async () => {
    await shows('weight-base');
    preflight = async () => [];
    await clock.pass(600_001);
    await shows(undefined);
    preflight = async () => [{ ...light, rule: 'other' }];
    inspector.nudge();
    await shows('other');
  });

  it('stay as they were found while the router cannot be asked, and are unusable where it never can', async () => {
    await shows('weight-base');
    preflight = () => Promise.reject(new RouterTrouble('Not now.'));
    inspector.nudge();
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await found(), [light]);
    preflight = () => Promise.reject(new RouterTrouble('Never.', false));
    inspector.nudge();
    await shows('router-unusable');
  });

  it('are asked to be looked at when a router or a group is defined', async () => {
    const before = c.inspections;
    await c.call(registry.putTrafficRouter, { name: 'front', router: { kind: 'none' } });
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', loadBalancerInfo: {} });
    assert.equal(c.inspections, before + 2);
  });
});
