// A HAProxy whose admin socket only the agent beside it may use, asked by real processes: command line, server, session, agent.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { observeTrafficRouter } from '../../protocol/operations/observe-traffic-router.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { placeholderRoleArn } from '../../protocol/model/deployment-group.ts';
import { aServer, standIn, type StandIn } from '../traffic/haproxy/stand-in.ts';
import { RealFleet } from './real-fleet.ts';

describe('a balancer beside an agent', function () {
  this.timeout(60_000);
  let haproxy: StandIn;
  let fleet: RealFleet;
  before(async () => {
    haproxy = await standIn({ web: [aServer('web-1')], other: [aServer('web-1')] });
    fleet = await RealFleet.start(['web-1'], `tags: { role: web }\nbalancer:\n  haproxy:\n    main:\n      socket: ${haproxy.path}\n      backends: [web]\n`);
    await fleet.client.call(createApplication, { applicationName: 'shop' });
    await fleet.client.call(createDeploymentGroup, {
      applicationName: 'shop',
      deploymentGroupName: 'blue',
      serviceRoleArn: placeholderRoleArn,
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      loadBalancerInfo: { targetGroupInfoList: [{ name: 'front' }] },
    });
  });
  after(async () => {
    await fleet[Symbol.asyncDispose]();
    await haproxy.stop();
  });
  const observe = async (backend: string, balancer = 'main') => {
    await fleet.client.call(putTrafficRouter, { name: 'front', router: { kind: 'haproxy', nodes: [{ address: `agent:web-1/${balancer}` }], backends: [backend] } });
    return fleet.client.call(observeTrafficRouter, { name: 'front' });
  };

  it('is asked over the session', async () => {
    const seen = await observe('web');
    assert.equal(seen.trouble, undefined);
    assert.deepEqual(seen.members.map(({ instanceName, state, inFlight, weight }) => [instanceName, state, inFlight, weight]), [['web-1', 'InService', 0, 100]]);
    assert.match(seen.members[0]!.detail, /^web-1: web\/web-1 is UP\.$/);
  });

  it('is asked nothing that its host\'s owner has not allowed', async () => {
    assert.match((await observe('other')).trouble!, /allows the backends web of haproxy main to be moved, and other is none of them/);
    assert.match((await observe('web', 'second')).trouble!, /offers no haproxy second \(but haproxy main\)/);
  });
});
