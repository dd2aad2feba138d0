import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { mostConfigs } from '../../server/operations/create-deployment-config.ts';
import type { TrafficRoutingConfig } from '../../protocol/model/traffic-routing.ts';
import { aController, aGroup, anInstance, gitHub, role, type TestController } from './a-controller.ts';

const half = { type: 'FLEET_PERCENT', value: 50 } as const;

describe('deployment configs', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  it('that are predefined are there from the start, as CodeDeploy renders them', async () => {
    const names = ['OneAtATime', 'HalfAtATime', 'AllAtOnce'].map((name) => `CodeDeployDefault.${name}`);
    assert.deepEqual(await c.call(registry.listDeploymentConfigs, {}), { deploymentConfigsList: names });
    const minimums = [];
    for (const deploymentConfigName of names) {
      const { deploymentConfigInfo: info } = await c.call(registry.getDeploymentConfig, { deploymentConfigName });
      assert.deepEqual([info.deploymentConfigName, info.computePlatform], [deploymentConfigName, 'Server']);
      minimums.push([info.deploymentConfigId, info.minimumHealthyHosts]);
    }
    assert.deepEqual(minimums, [
      ['00000000-0000-0000-0000-000000000001', { type: 'MOST_CONCURRENCY', value: 1 }],
      ['00000000-0000-0000-0000-000000000002', { type: 'FLEET_PERCENT', value: 50 }],
      ['00000000-0000-0000-0000-000000000003', { type: 'FLEET_PERCENT', value: 0 }],
    ]);
  });

  it('for Lambda and ECS are not there', async () => {
    await c.refused(registry.getDeploymentConfig, { deploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce' }, 'DeploymentConfigDoesNotExistException');
  });

  it('are created with a count or a percentage and read back', async () => {
    for (const [deploymentConfigName, minimumHealthyHosts] of [['two', { type: 'HOST_COUNT', value: 2 }], ['most', { type: 'FLEET_PERCENT', value: 99 }], ['none', { type: 'HOST_COUNT', value: 0 }]] as const) {
      const { deploymentConfigId } = await c.call(registry.createDeploymentConfig, { deploymentConfigName, minimumHealthyHosts });
      assert.deepEqual(await c.call(registry.getDeploymentConfig, { deploymentConfigName }), {
        deploymentConfigInfo: { deploymentConfigId, deploymentConfigName, minimumHealthyHosts, createTime: c.now, computePlatform: 'Server' },
      });
    }
    const { deploymentConfigsList } = await c.call(registry.listDeploymentConfigs, {});
    assert.deepEqual(deploymentConfigsList.slice(3), ['most', 'none', 'two']);
  });

  it('without the block are refused in the service\'s own words', async () => {
    const { message } = await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x' }, 'InvalidMinimumHealthyHostValueException');
    assert.equal(message, 'minimum healthy hosts argument is missing');
  });

  it('that no deployment could keep are refused', async () => {
    for (const minimumHealthyHosts of [{}, { type: 'HOST_COUNT' }, { value: 1 }, { type: 'HOST_COUNT', value: -1 }, { type: 'FLEET_PERCENT', value: 100 }, { type: 'FLEET_PERCENT', value: -1 }, { type: 'MOST_CONCURRENCY', value: 1 }]) {
      await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts }, 'InvalidMinimumHealthyHostValueException');
    }
    assert.equal((await c.call(registry.listDeploymentConfigs, {})).deploymentConfigsList.length, 3);
  });

  it('under reserved, taken, missing or impossible names are refused', async () => {
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'half', minimumHealthyHosts: half });
    const create = (deploymentConfigName?: string) => ({ deploymentConfigName, minimumHealthyHosts: half });
    await c.refused(registry.createDeploymentConfig, create('half'), 'DeploymentConfigAlreadyExistsException');
    await c.refused(registry.createDeploymentConfig, create('CodeDeployDefault.Mine'), 'InvalidDeploymentConfigNameException');
    await c.refused(registry.createDeploymentConfig, create('a b'), 'InvalidDeploymentConfigNameException');
    await c.refused(registry.createDeploymentConfig, create(), 'DeploymentConfigNameRequiredException');
    await c.refused(registry.createDeploymentConfig, create(''), 'DeploymentConfigNameRequiredException');
  });

  it('of other platforms are refused', async () => {
    const base = { deploymentConfigName: 'x', minimumHealthyHosts: half };
    await c.refused(registry.createDeploymentConfig, { ...base, computePlatform: 'Lambda' }, 'InvalidComputePlatformException');
    await c.call(registry.createDeploymentConfig, { ...base, trafficRoutingConfig: null, zonalConfig: null } as never);
  });

  it('that go zone by zone, by a ramp, or demand every target are read back as they were given', async () => {
    const zonalConfig = { firstZoneMonitorDurationInSeconds: 0, monitorDurationInSeconds: 600, minimumHealthyHostsPerZone: { type: 'FLEET_PERCENT', value: 50 } } as const;
    const ramp = { steps: [{ hosts: '1' }, { hosts: '5%', bakeSeconds: 60, maxFailures: 1 }, { hosts: '100%' }], bakeSeconds: 300 };
    for (const [deploymentConfigName, members] of [['zonal', { zonalConfig }], ['canary', { ramp, requireEveryTarget: true }]] as const) {
      await c.call(registry.createDeploymentConfig, { deploymentConfigName, minimumHealthyHosts: half, ...members });
      const { deploymentConfigInfo } = await c.call(registry.getDeploymentConfig, { deploymentConfigName });
      assert.deepEqual(deploymentConfigInfo, { ...deploymentConfigInfo, minimumHealthyHosts: half, ...members });
    }
  });

  it('with zones that cannot be meant are refused with CodeDeploy\'s error', async () => {
    for (const zonalConfig of [{ monitorDurationInSeconds: -1 }, { firstZoneMonitorDurationInSeconds: 172_801 }, { minimumHealthyHostsPerZone: { value: 1 } }, { minimumHealthyHostsPerZone: { type: 'FLEET_PERCENT', value: 100 } }, { minimumHealthyHostsPerZone: { type: 'HOST_COUNT', value: -1 } }] as const) {
      await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half, zonalConfig }, 'InvalidZonalDeploymentConfigurationException');
    }
  });

  it('that move traffic by shares are read back as they were given, in CodeDeploy\'s words or ours', async () => {
    const routings = [
      { type: 'AllAtOnce' },
      { type: 'TimeBasedCanary', timeBasedCanary: { canaryPercentage: 10, canaryInterval: 5 } },
      { type: 'TimeBasedLinear', timeBasedLinear: { linearPercentage: 10, linearInterval: 1 } },
      { type: 'TimeBasedSteps', timeBasedSteps: { steps: [{ percentage: 5, bakeSeconds: 60 }, { percentage: 25 }, { percentage: 100 }], bakeSeconds: 300 } },
    ] as const;
    for (const [index, routing] of routings.entries()) {
      const trafficRoutingConfig = structuredClone(routing) as TrafficRoutingConfig;
      await c.call(registry.createDeploymentConfig, { deploymentConfigName: `by-share-${index}`, minimumHealthyHosts: half, trafficRoutingConfig });
      const { deploymentConfigInfo } = await c.call(registry.getDeploymentConfig, { deploymentConfigName: `by-share-${index}` });
      assert.deepEqual(deploymentConfigInfo.trafficRoutingConfig, routing);
    }
  });

  it('with shares that cannot be meant are refused with a sentence', async () => {
    const canary = { canaryPercentage: 10, canaryInterval: 5 };
    const of = (...percentages: number[]) => ({ type: 'TimeBasedSteps' as const, timeBasedSteps: { steps: percentages.map((percentage) => ({ percentage })) } });
    const routings: TrafficRoutingConfig[] = [
      {},
      { type: 'TimeBasedCanary' },
      { type: 'AllAtOnce', timeBasedCanary: canary },
      { type: 'TimeBasedCanary', timeBasedCanary: { ...canary, canaryPercentage: 100 } },
      { type: 'TimeBasedCanary', timeBasedCanary: { canaryPercentage: 10 } },
      { type: 'TimeBasedLinear', timeBasedLinear: { linearPercentage: 0, linearInterval: 1 } },
      { type: 'TimeBasedLinear', timeBasedLinear: { linearPercentage: 10, linearInterval: 2_881 } },
      of(),
      of(5, 25),
      of(25, 5, 100),
      of(0, 100),
      { type: 'TimeBasedSteps', timeBasedSteps: { steps: [{ percentage: 100, bakeSeconds: -1 }] } },
      { type: 'TimeBasedSteps', timeBasedSteps: { steps: [{ percentage: 100 }], bakeSeconds: 172_801 } },
    ];
    for (const trafficRoutingConfig of routings) await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half, trafficRoutingConfig }, 'InvalidTrafficRoutingConfigurationException');
    const { message } = await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half, zonalConfig: {}, trafficRoutingConfig: of(5, 100) }, 'InvalidTrafficRoutingConfigurationException');
    assert.match(message, /leave out trafficRoutingConfig, or zonalConfig and ramp/);
  });

  it('that move traffic by shares are refused where there is one fleet', async () => {
    const shares = { type: 'TimeBasedCanary', timeBasedCanary: { canaryPercentage: 10, canaryInterval: 5 } } as const;
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'shares', minimumHealthyHosts: half, trafficRoutingConfig: shares });
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'at-once', minimumHealthyHosts: half, trafficRoutingConfig: { type: 'AllAtOnce' } });
    await aGroup(c, { deploymentConfigName: 'at-once' });
    const group = { applicationName: 'web', deploymentGroupName: 'blue' };
    const { message } = await c.refused(registry.createDeploymentGroup, { ...group, deploymentGroupName: 'other', serviceRoleArn: role, deploymentConfigName: 'shares' }, 'InvalidTrafficRoutingConfigurationException');
    assert.match(message, /moves traffic by shares .* deploys in place, where there is one fleet/);
    await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', deploymentConfigName: 'shares' }, 'InvalidTrafficRoutingConfigurationException');
    await anInstance(c, 'one');
    await c.refused(registry.createDeployment, { ...group, revision: gitHub, deploymentConfigName: 'shares' }, 'InvalidTrafficRoutingConfigurationException');
  });

  it('with a ramp that cannot be meant are refused with a sentence', async () => {
    const of = (...steps: (string | { hosts: string; maxFailures?: number; bakeSeconds?: number })[]) => ({ steps: steps.map((step) => (typeof step === 'string' ? { hosts: step } : step)) });
    const ramps = [of(), of('1'), of('50%'), of('few', '100%'), of('0%', '100%'), of('0', '100%'), of('25%', '5%', '100%'), of('5', '5', '100%'), of('101%'), { ...of('100%'), bakeSeconds: -1 }, of({ hosts: '1', maxFailures: -1 }, '100%'), of({ hosts: '1', bakeSeconds: 172_801 }, '100%')];
    for (const ramp of ramps) await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half, ramp }, 'ValidationException');
    const { message } = await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half, zonalConfig: {}, ramp: of('100%') }, 'ValidationException');
    assert.match(message, /by zones or by the steps of a ramp, not both/);
  });

  it('are at most two hundred', async () => {
    await c.store.db.insertInto('deployment_configs').values(Array.from({ length: mostConfigs }, (_, i) => ({ config_id: `${i}`, name: `c${i}`, created_at: 1, document: '{}' }))).execute();
    await c.refused(registry.createDeploymentConfig, { deploymentConfigName: 'x', minimumHealthyHosts: half }, 'DeploymentConfigLimitExceededException');
    const first = await c.call(registry.listDeploymentConfigs, {});
    const second = await c.call(registry.listDeploymentConfigs, { nextToken: first.nextToken! });
    assert.equal(second.nextToken, undefined);
    assert.equal(new Set([...first.deploymentConfigsList, ...second.deploymentConfigsList]).size, mostConfigs + 3);
    await c.refused(registry.listDeploymentConfigs, { nextToken: 'x' }, 'InvalidNextTokenException');
    await c.refused(registry.listApplications, { nextToken: first.nextToken }, 'InvalidNextTokenException');
  });

  it('are deleted unless predefined or in use; deleting what is not there is no error', async () => {
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'half', minimumHealthyHosts: half });
    await aGroup(c, { deploymentConfigName: 'half' });
    const { message } = await c.refused(registry.deleteDeploymentConfig, { deploymentConfigName: 'half' }, 'DeploymentConfigInUseException');
    assert.match(message, /half.*blue/);
    await c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
    assert.equal(await c.call(registry.deleteDeploymentConfig, { deploymentConfigName: 'half' }), null);
    assert.equal(await c.call(registry.deleteDeploymentConfig, { deploymentConfigName: 'half' }), null);
    await c.refused(registry.getDeploymentConfig, { deploymentConfigName: 'half' }, 'DeploymentConfigDoesNotExistException');
    await c.refused(registry.deleteDeploymentConfig, { deploymentConfigName: 'CodeDeployDefault.OneAtATime' }, 'InvalidDeploymentConfigNameException');
    await c.refused(registry.deleteDeploymentConfig, {}, 'DeploymentConfigNameRequiredException');
    await c.refused(registry.getDeploymentConfig, { deploymentConfigName: '' }, 'DeploymentConfigNameRequiredException');
  });
});
