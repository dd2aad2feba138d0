import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const skipWaitTimeForInstanceTermination = operation({
  name: 'SkipWaitTimeForInstanceTermination',
  route: 'POST /v1/deployments/:deploymentId/skip-wait-time-for-instance-termination',
  summary: 'Deprecated spelling of ContinueDeployment TERMINATION_WAIT.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
  }),
  output: null,
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentNotStartedException', 'InvalidDeploymentIdException', 'UnsupportedActionForDeploymentTypeException'],
});
