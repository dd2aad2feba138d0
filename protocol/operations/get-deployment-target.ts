import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { DeploymentTarget } from '../model/target.ts';

export const getDeploymentTarget = operation({
  name: 'GetDeploymentTarget',
  route: 'GET /v1/deployments/:deploymentId/targets/:targetId',
  summary: 'Says how one target stands.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    targetId: required('DeploymentTargetIdRequiredException', Type.String()),
  }),
  output: Type.Object({
    deploymentTarget: DeploymentTarget,
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentNotStartedException', 'DeploymentTargetDoesNotExistException', 'DeploymentTargetIdRequiredException', 'InvalidDeploymentIdException', 'InvalidDeploymentTargetIdException', 'InvalidInstanceNameException'],
});
