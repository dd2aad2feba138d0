import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { mostConfigs } from '../../server/operations/create-deployment-config.ts';
import { aController, aGroup, type TestController } from './a-controller.ts';

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

  it('of other platforms, or with traffic routing, are refused', async () => {
    const base = { deploymentConfigName: 'x', minimumHealthyHosts: half };
    await c.refused(registry.createDeploymentConfig, { ...base, computePlatform: 'Lambda' }, 'InvalidComputePlatformException');
    await c.refused(registry.createDeploymentConfig, { ...base, trafficRoutingConfig: { type: 'AllAtOnce' } }, 'InvalidTrafficRoutingConfigurationException');
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
