import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentConfigInfo } from '../model/deployment-config.ts';
import { DeploymentConfigName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getDeploymentConfig = operation({
  name: 'GetDeploymentConfig',
  route: 'GET /v1/deployment-configs/:deploymentConfigName',
  summary: 'Says what a deployment config, custom or predefined, demands.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentConfigName: required('DeploymentConfigNameRequiredException', DeploymentConfigName),
  }),
  output: Type.Object({
    deploymentConfigInfo: DeploymentConfigInfo,
  }),
  errors: ['DeploymentConfigDoesNotExistException', 'DeploymentConfigNameRequiredException', 'InvalidComputePlatformException', 'InvalidDeploymentConfigNameException'],
});
