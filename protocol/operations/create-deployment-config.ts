import Type from 'typebox';
import { operation } from './operation.ts';
import { ComputePlatform } from '../model/application.ts';
import { MinimumHealthyHosts, Ramp, ZonalConfig } from '../model/deployment-config.ts';
import { DeploymentConfigName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { TrafficRoutingConfig } from '../model/traffic-routing.ts';

export const createDeploymentConfig = operation({
  name: 'CreateDeploymentConfig',
  route: 'POST /v1/deployment-configs',
  summary: 'Creates a deployment config: how many instances must stay healthy, in which portions the fleet is gone through, or by which shares traffic moves to another.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentConfigName: required('DeploymentConfigNameRequiredException', DeploymentConfigName),
    minimumHealthyHosts: Type.Optional(MinimumHealthyHosts),
    trafficRoutingConfig: Type.Optional(TrafficRoutingConfig),
    computePlatform: Type.Optional(ComputePlatform),
    zonalConfig: Type.Optional(ZonalConfig),
    ramp: Type.Optional(Ramp),
    requireEveryTarget: Type.Optional(Type.Boolean({ description: 'One failed target fails the deployment; nothing more is started after it.' })),
  }),
  output: Type.Object({
    deploymentConfigId: Type.String(),
  }),
  errors: ['DeploymentConfigAlreadyExistsException', 'DeploymentConfigLimitExceededException', 'DeploymentConfigNameRequiredException', 'InvalidComputePlatformException', 'InvalidDeploymentConfigNameException', 'InvalidMinimumHealthyHostValueException', 'InvalidTrafficRoutingConfigurationException', 'InvalidZonalDeploymentConfigurationException'],
});
