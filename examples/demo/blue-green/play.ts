// The walk of `npm run demo -- --blue-green`: version 1 on the blue hosts behind a real HAProxy, requests without end, version 2
// onto the green hosts and the traffic after it, version 3 back onto the blue ones, version 4 host by host. Each service is killed
// with -9 when it is stopped. What counts is one number, which stays at zero.

import path from 'node:path';
import { createApplication } from '../../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../../protocol/operations/create-deployment-group.ts';
import { putTrafficRouter } from '../../../protocol/operations/put-traffic-router.ts';
import { updateDeploymentGroup } from '../../../protocol/operations/update-deployment-group.ts';
import { Haproxy } from '../../traffic/haproxy.ts';
import { Load } from '../../traffic/load.ts';
import { stablePorts } from '../../traffic/stable-ports.ts';
import { deployRelease, type DeployedRelease } from '../deploy-release.ts';
import { groupName } from '../fleet.ts';
import { DemoTrouble, type Play, type Stage } from '../run-demo.ts';
import { makeRelease, steadyHosts, steadyWeb } from './steady-hosts.ts';
import { trafficSentence, type TrafficLine } from './traffic-line.ts';

const applicationName = steadyWeb;
const deploymentGroupName = groupName;
const ratePerSecond = 150;

type Colour = 'blue' | 'green';
const of = (colour: Colour) => [{ Key: 'fleet', Value: colour, Type: 'KEY_AND_VALUE' as const }];

export const blueGreenPlay = (line: TrafficLine): Play => ({ layout: steadyHosts, walk: (stage) => walk(stage, line) });

async function walk(stage: Stage, line: TrafficLine): Promise<void> {
  const { fleet, options, signal, say, expectations, releases, opened } = stage;
  const { client } = fleet;

  const [port = 0] = await stablePorts(1);
  const haproxy = opened.use(await Haproxy.start({ port, backends: { web: fleet.instances } }, path.join(fleet.folder, 'haproxy')));
  say(`  HAProxy  ${haproxy.url} in front of them`);
  await client.call(putTrafficRouter, { name: 'front', router: { kind: 'haproxy', nodes: [{ address: `unix:${haproxy.adminSocket}` }], backends: ['web'], reloadGraceSeconds: 1 } });
  await client.call(createApplication, { applicationName });
  await client.call(createDeploymentGroup, {
    applicationName,
    deploymentGroupName,
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
    onPremisesInstanceTagFilters: of('blue'),
    deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    loadBalancerInfo: { targetGroupInfoList: [{ name: 'front' }] },
  });

  const deploy = async (version: string, config: string, to: Colour | null): Promise<DeployedRelease> => {
    const folder = await makeRelease(fleet.folder, version);
    const targetInstances = to === null ? {} : { targetInstances: { onPremisesInstanceTagFilters: of(to) } };
    const deployed = await deployRelease({ client, folder, applicationName, deploymentGroupName, config, ...targetInstances, out: options.out, signal, say });
    releases.push(deployed);
    const isDone = expectations.expect(`the deployment of ${version} succeeds`, deployed.status === 'Succeeded' && deployed.targets.every(({ status }) => status === 'Succeeded'), `${deployed.status} ${deployed.errorCode ?? ''}`.trim());
    if (!isDone) throw new DemoTrouble(`version ${version} is not there.`);
    return deployed;
  };

  say('\nVersion 1.0.0 on the blue hosts\n');
  await deploy('1.0.0', 'CodeDeployDefault.AllAtOnce', null);

  say(`\nRequests from now on: ${ratePerSecond} a second, half of them POST, one of a hundred takes two seconds, none is tried again\n`);
  const load = opened.use(new Load({ url: haproxy.url, ratePerSecond }, (counts) => line.show(counts)));

  await client.call(updateDeploymentGroup, {
    applicationName,
    currentDeploymentGroupName: deploymentGroupName,
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    blueGreenDeploymentConfiguration: {
      greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' },
      deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT' },
      terminateBlueInstancesOnDeploymentSuccess: { action: 'KEEP_ALIVE' },
    },
  });
  say('Version 2.0.0 onto the green hosts, and the traffic after it\n');
  await deploy('2.0.0', 'CodeDeployDefault.AllAtOnce', 'green');
  say('\nVersion 3.0.0 back onto the blue hosts\n');
  await deploy('3.0.0', 'CodeDeployDefault.AllAtOnce', 'blue');

  await client.call(updateDeploymentGroup, { applicationName, currentDeploymentGroupName: deploymentGroupName, deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } });
  say('\nVersion 4.0.0 in place, one host after the other\n');
  await deploy('4.0.0', 'CodeDeployDefault.OneAtATime', null);

  const report = await load.stop();
  line.end();
  say(`\n${trafficSentence(report)}\n`);
  expectations.expect('not one request failed', report.failed === 0, report.failures.slice(0, 3).map(({ method, why, sentMs }) => `${method} after ${(sentMs / 1_000).toFixed(1)} s: ${why}`).join('; '));
  expectations.expect('every request that was planned was sent', report.sent === report.planned, `${report.sent} of ${report.planned}`);
  expectations.expect('all four versions were seen by clients', Object.keys(report.versions).length === 4, Object.keys(report.versions).join(', '));
  const { retries, redispatches } = await haproxy.counts();
  expectations.expect('HAProxy tried no request a second time', retries + redispatches === 0, `${retries} again, ${redispatches} elsewhere`);
}
