// Rolling through the hosts of a group behind nginx, which the agent on its host writes the members of and reloads. nginx looks
// at no health: what gets requests is what Fairlead says.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { findBalancer } from '../../examples/traffic/balancer-program.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { observeTrafficRouter } from '../../protocol/operations/observe-traffic-router.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { Nginx } from './nginx.ts';
import { proveNothingLost } from './proof.ts';
import { applicationName, SteadyFleet } from './steady-fleet.ts';
import { tell } from './tell.ts';

const names = ['web-1', 'web-2', 'web-3', 'web-4'];
const balancerConfig = (folder: string): string =>
  [
    'balancer:',
    '  nginx:',
    '    main:',
    `      members_file: ${folder}/nginx/members`,
    `      program: ${findBalancer('nginx')}`,
    `      pid_file: ${folder}/nginx/nginx.pid`,
    `      config_file: ${folder}/nginx/nginx.conf`,
    `      prefix: ${folder}/nginx`,
    '',
  ].join('\n');

describe('rolling through four hosts behind nginx', function () {
  this.timeout(400_000);
  let steady: SteadyFleet;
  let nginx: Nginx;
  let version = 1;

  before(async () => {
    steady = await SteadyFleet.start(names.map((name) => ({ name, tags: ['role=web'] })), { others: ['balancer'], configOf: (name, folder) => (name === 'balancer' ? balancerConfig(folder) : null) });
    const [port = 0] = await stablePorts(1);
    nginx = await Nginx.start({ port, keepaliveTimeout: 0 }, steady.hosts.map((host) => ({ ...host, isDown: true })), path.join(steady.fleet.folder, 'nginx'));
    await steady.client.call(putTrafficRouter, { name: 'web', router: { kind: 'nginx', nodes: [{ address: 'agent:balancer/main' }], portTagKey: 'port', maxFails: 0 } });
    await steady.client.call(createDeploymentGroup, {
      applicationName,
      deploymentGroupName: 'web',
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      loadBalancerInfo: { targetGroupInfoList: [{ name: 'web' }] },
    });
    await steady.succeeds(await steady.begin('web', String(version), 'CodeDeployDefault.AllAtOnce'));
  });

  after(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await steady?.[Symbol.asyncDispose]();
  });

  it('is what the linter has nothing to say about', async () => {
    const { members, findings } = await steady.client.call(observeTrafficRouter, { name: 'web' });
    assert.deepEqual(members.map(({ instanceName, state }) => [instanceName, state]), names.map((name) => [name, 'InService']));
    assert.deepEqual(findings, []);
  });

  it('loses no request in eight swaps and more, and asks none twice', async () => {
    let seen: number[] = [];
    let swaps = 0;
    const report = await proveNothingLost(steady, nginx, async (sent) => {
      seen = [];
      for (swaps = 0; swaps < 8 || sent() < 20_500; swaps += 4) {
        seen.push(version);
        version += 1;
        await steady.succeeds(await steady.begin('web', String(version), 'CodeDeployDefault.HalfAtATime'));
      }
    });
    tell(`${swaps} swaps`);
    for (const one of [...seen, version]) assert.ok((report.versions[one] ?? 0) > 0, `nobody was answered by version ${one}`);
    assert.deepEqual(Object.keys(report.names).toSorted(), names);
  });
});
