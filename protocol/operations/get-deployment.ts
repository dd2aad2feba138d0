import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentInfo } from '../model/deployment.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getDeployment = operation({
  name: 'GetDeployment',
  route: 'GET /v1/deployments/:deploymentId',
  summary: 'Says how a deployment stands.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
  }),
  output: Type.Object({
    deploymentInfo: DeploymentInfo,
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException'],
});
