// By shares of the traffic from one fleet to another, all the way and back, behind HAProxy and behind nginx, by a real controller and
// real agents. What share a fleet gets is counted where the requests end: in the services.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { findBalancer } from '../../examples/traffic/balancer-program.ts';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import { Haproxy } from '../../examples/traffic/haproxy.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { createDeploymentConfig } from '../../protocol/operations/create-deployment-config.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';
import { explainDeployment } from '../../protocol/operations/explain-deployment.ts';
import { putTrafficRouter } from '../../protocol/operations/put-traffic-router.ts';
import { stopDeployment } from '../../protocol/operations/stop-deployment.ts';
import { updateDeploymentGroup } from '../../protocol/operations/update-deployment-group.ts';
import { Nginx } from './nginx.ts';
import { type Balancer, proveNothingLost } from './proof.ts';
import { workOf } from './service.ts';
import { applicationName, SteadyFleet } from './steady-fleet.ts';
import { tell } from './tell.ts';

type Colour = 'blue' | 'green';
const colours: readonly Colour[] = ['blue', 'green'];
const hostsOf = { blue: ['blue-1', 'blue-2'], green: ['green-1', 'green-2'] } as const;
const tagged = (colour: Colour) => [{ Key: 'fleet', Value: colour, Type: 'KEY_AND_VALUE' as const }];
const control = 'WITH_TRAFFIC_CONTROL';
const shares = [20, 50, 100];
const bakeSeconds = 5;
const samplingMs = 2_500;
/** Of a hundred: of a thousand requests a fifth is rarely less than 176 or more than 224; twice that is allowed. */
const tolerance = 5;

const nginxConfig = (folder: string): string =>
  ['balancer:', '  nginx:', '    main:', `      members_file: ${folder}/nginx/members`, `      program: ${findBalancer('nginx')}`, `      pid_file: ${folder}/nginx/nginx.pid`, `      config_file: ${folder}/nginx/nginx.conf`, `      prefix: ${folder}/nginx`, ''].join('\n');

for (const program of ['haproxy', 'nginx'] as const) {
  describe(`from one fleet to another by shares behind ${program}`, function () {
    this.timeout(300_000);
    let steady: SteadyFleet;
    let balancer: Balancer & AsyncDisposable;
    let version = 1;
    let serving: Colour = 'blue';
    const other = (): Colour => (serving === 'blue' ? 'green' : 'blue');

    const begin = (): Promise<string> => steady.begin('web', String((version += 1)), 'by-share', { onPremisesInstanceTagFilters: tagged(other()) });
    /** The share of the step that is watched now; null: none is. */
    const baking = async (deploymentId: string): Promise<number | null> => {
      const { waitingOn } = await steady.client.call(explainDeployment, { deploymentId });
      const found = waitingOn.find(({ reason }) => reason === 'ShareBaking');
      return found?.reason === 'ShareBaking' ? found.share : null;
    };
    const comesTo = (deploymentId: string, share: number): Promise<void> => comesTrue(`the share is ${share} %`, async () => (await baking(deploymentId)) === share, 60_000);
    const begunBy = async (colour: Colour): Promise<number> => {
      const each = await Promise.all(hostsOf[colour].map((name) => workOf(path.join(steady.fleet.rootOf(name), 'run/steady-web/counts'))));
      return each.reduce((sum, { begun }) => sum + begun, 0);
    };
    /** Percent of what was begun meanwhile. */
    const measured = async (colour: Colour): Promise<number> => {
      const before = await Promise.all(colours.map(begunBy));
      await new Promise((resolve) => setTimeout(resolve, samplingMs));
      const begun = (await Promise.all(colours.map(begunBy))).map((count, index) => count - before[index]!);
      const percent = (100 * begun[colours.indexOf(colour)]!) / (begun[0]! + begun[1]!);
      tell(`${colour} began ${percent.toFixed(1)} % of ${begun[0]! + begun[1]!}`);
      return percent;
    };
    /** As the balancer itself has them: whether requests come to a host, and what it weighs. */
    const placeOf = async (name: string): Promise<{ readonly isIn: boolean; readonly weight: number }> => {
      if (balancer instanceof Haproxy) {
        const { status = '' } = await balancer.stat('web', name);
        const [heading = '', ...rows] = (await balancer.ask('show servers state web')).split('\n').filter((one) => one !== '' && one !== '1');
        const columns = heading.replace('# ', '').split(' ');
        const row = rows.map((one) => one.split(' ')).find((cells) => cells[columns.indexOf('srv_name')] === name) ?? [];
        return { isIn: status.startsWith('UP'), weight: Number(row[columns.indexOf('srv_uweight')]) };
      }
      const line = (await readFile(path.join(steady.fleet.folder, 'nginx/members'), 'utf8')).split('\n').find((one) => one.includes(`# ${name}`)) ?? '';
      return { isIn: !line.includes(' down'), weight: line.includes('share=0') ? 0 : Number(/weight=(\d+)/.exec(line)?.[1]) };
    };
    /** One fleet serves, the other is out, and every weight is whole. */
    const isWhole = async (): Promise<boolean> => {
      const places = await Promise.all(colours.flatMap((colour) => hostsOf[colour].map(async (name) => ({ ...(await placeOf(name)), isServing: colour === serving }))));
      return places.every(({ isIn, weight, isServing }) => isIn === isServing && weight === 100);
    };

    before(async () => {
      const isNginx = program === 'nginx';
      steady = await SteadyFleet.start(colours.flatMap((colour) => hostsOf[colour].map((name) => ({ name, tags: [`fleet=${colour}`, 'service=web'] }))), {
        settingsOf: () => ['ready_seconds=12'],
        ...(isNginx ? { others: ['balancer'], configOf: (name: string, folder: string) => (name === 'balancer' ? nginxConfig(folder) : null) } : {}),
      });
      const [port = 0] = await stablePorts(1);
      if (isNginx) {
        balancer = await Nginx.start({ port, keepaliveTimeout: 0 }, steady.hosts.map((host) => ({ ...host, isDown: true })), path.join(steady.fleet.folder, 'nginx'));
        await steady.client.call(putTrafficRouter, { name: 'web', router: { kind: 'nginx', nodes: [{ address: 'agent:balancer/main' }], portTagKey: 'port', maxFails: 0 } });
      } else {
        const haproxy = await Haproxy.start({ port, backends: { web: steady.hosts } }, path.join(steady.fleet.folder, 'haproxy'));
        balancer = haproxy;
        await steady.client.call(putTrafficRouter, { name: 'web', router: { kind: 'haproxy', nodes: [{ address: `unix:${haproxy.adminSocket}` }], backends: ['web'], reloadGraceSeconds: 3 } });
      }
      await steady.client.call(createDeploymentConfig, {
        deploymentConfigName: 'by-share',
        minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 },
        trafficRoutingConfig: { type: 'TimeBasedSteps', timeBasedSteps: { steps: shares.map((percentage) => ({ percentage, bakeSeconds: percentage === 100 ? 1 : bakeSeconds })) } },
      });
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
      await balancer?.[Symbol.asyncDispose]();
      await steady?.[Symbol.asyncDispose]();
    });

    it('gives it the share of each step, and loses no request, when the controller is killed with -9 within one', async () => {
      const report = await proveNothingLost(steady, balancer, async () => {
        const to = other();
        const deploymentId = await begin();
        await comesTo(deploymentId, 20);
        const first = await measured(to);
        assert.ok(Math.abs(first - 20) <= tolerance, `${to} had ${first} % of the traffic and not 20 %`);
        await comesTo(deploymentId, 50);
        const second = await measured(to);
        assert.ok(Math.abs(second - 50) <= tolerance, `${to} had ${second} % of the traffic and not 50 %`);
        await steady.fleet.killHard('server');
        await steady.fleet.restart('server');
        await steady.fleet.connected(steady.hosts.length + (program === 'nginx' ? 1 : 0));
        await steady.succeeds(deploymentId);
        serving = to;
      });
      assert.deepEqual(Object.keys(report.versions), [String(version - 1), String(version)]);
      await comesTrue('every weight is whole', isWhole);
    });

    it('returns all of the traffic, and loses no request, when it is stopped within a step', async () => {
      const report = await proveNothingLost(steady, balancer, async () => {
        const deploymentId = await begin();
        await comesTo(deploymentId, 50);
        await steady.client.call(stopDeployment, { deploymentId });
        const { end, last } = await steady.follow(deploymentId);
        assert.equal(end, 'Stopped');
        assert.equal(last.deployment.rollbackInfo?.rollbackDeploymentId, undefined);
        await comesTrue('every weight is whole', isWhole);
        const left = await measured(other());
        assert.equal(left, 0);
      });
      assert.ok((report.versions[version] ?? 0) > 0, 'nobody was answered by the version that was stopped');
      assert.ok((report.versions[version - 1] ?? report.versions[version - 2] ?? 0) > (report.versions[version] ?? 0));
    });
  });
}
