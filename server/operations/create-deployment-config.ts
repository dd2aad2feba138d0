// Custom configs for instances: a number of hosts, or a percentage below 100, that must stay healthy. A minimum of all
// hosts could never be kept by a deployment that takes one away.

import { Failure } from '../../protocol/errors.ts';
import type { MinimumHealthyHosts } from '../../protocol/model/deployment-config.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { countDeploymentConfigs, findDeploymentConfig, insertDeploymentConfig } from '../store/deployment-configs.ts';
import { DeploymentConfigDocument, writeDocument } from '../store/documents.ts';
import { reservedConfigPrefix } from '../store/predefined-configs.ts';
import { checkRamp, checkZones } from './config-pace.ts';
import { checkTrafficRouting } from './config-traffic.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { Handler } from './services.ts';

export const mostConfigs = 200;

export const createDeploymentConfig: Handler<typeof registry.createDeploymentConfig> = async ({ store, world }, input, { now }) => {
  const name = input.deploymentConfigName;
  if (name.startsWith(reservedConfigPrefix)) {
    throw new Failure('InvalidDeploymentConfigNameException', `Names that start with ${reservedConfigPrefix} belong to the predefined configs; choose another than ${name}.`, 'deploymentConfigName');
  }
  refuseOtherPlatforms(input);
  const minimumHealthyHosts = checkMinimum(input.minimumHealthyHosts);
  const { zonalConfig, ramp, trafficRoutingConfig, requireEveryTarget } = input;
  const document: DeploymentConfigDocument = {
    minimumHealthyHosts,
    ...(zonalConfig === undefined ? {} : { zonalConfig: checkZones(zonalConfig) }),
    ...(ramp === undefined ? {} : { ramp: checkRamp(ramp, zonalConfig) }),
    ...(trafficRoutingConfig === undefined ? {} : { trafficRoutingConfig: checkTrafficRouting(trafficRoutingConfig, { zonalConfig, ramp }) }),
    ...(requireEveryTarget === undefined ? {} : { requireEveryTarget }),
  };
  const deploymentConfigId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    if ((await findDeploymentConfig(tx, name)) !== null) {
      throw new Failure('DeploymentConfigAlreadyExistsException', `Deployment Configuration already exists for name: ${name}`, 'deploymentConfigName');
    }
    if ((await countDeploymentConfigs(tx)) >= mostConfigs) {
      throw new Failure('DeploymentConfigLimitExceededException', `There are ${mostConfigs} custom deployment configs, the most there may be.`);
    }
    await insertDeploymentConfig(tx, {
      config_id: deploymentConfigId,
      name,
      created_at: now,
      document: writeDocument(DeploymentConfigDocument, document, `deployment config ${name}`),
    });
  });
  return { deploymentConfigId };
};

function refuseOtherPlatforms({ computePlatform = 'Server' }: InputOf<typeof registry.createDeploymentConfig>): void {
  if (computePlatform !== 'Server') {
    throw new Failure('InvalidComputePlatformException', `The compute platform ${computePlatform} is not supported; it must be Server.`, 'computePlatform');
  }
}

function checkMinimum(given: MinimumHealthyHosts | undefined): MinimumHealthyHosts {
  if (given === undefined) throw invalidMinimum('minimum healthy hosts argument is missing', 'minimumHealthyHosts');
  const { type, value } = given;
  if (type === undefined) throw invalidMinimum('minimumHealthyHosts has no type; it must be HOST_COUNT or FLEET_PERCENT.', 'minimumHealthyHosts.type');
  if (value === undefined) throw invalidMinimum('minimumHealthyHosts has no value.', 'minimumHealthyHosts.value');
  if (value < 0) throw invalidMinimum(`minimumHealthyHosts.value is ${value}, but must be at least 0.`, 'minimumHealthyHosts.value');
  if (type === 'FLEET_PERCENT' && value > 99) {
    throw invalidMinimum(`minimumHealthyHosts.value is ${value} percent, but must be at most 99: of all hosts none could be deployed to.`, 'minimumHealthyHosts.value');
  }
  return { type, value };
}

function invalidMinimum(sentence: string, field: string): Failure {
  return new Failure('InvalidMinimumHealthyHostValueException', sentence, field);
}
