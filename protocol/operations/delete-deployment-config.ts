import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentConfigName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const deleteDeploymentConfig = operation({
  name: 'DeleteDeploymentConfig',
  route: 'DELETE /v1/deployment-configs/:deploymentConfigName',
  summary: 'Deletes a custom deployment config that no group uses.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentConfigName: required('DeploymentConfigNameRequiredException', DeploymentConfigName),
  }),
  output: null,
  errors: ['DeploymentConfigInUseException', 'DeploymentConfigNameRequiredException', 'InvalidDeploymentConfigNameException', 'InvalidOperationException'],
});
