import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceSummary } from '../model/instance-summary.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getDeploymentInstance = operation({
  name: 'GetDeploymentInstance',
  route: 'GET /v1/deployments/:deploymentId/instances/:instanceId',
  summary: 'Deprecated: GetDeploymentTarget.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    instanceId: required('InstanceIdRequiredException', Type.String()),
  }),
  output: Type.Object({
    instanceSummary: InstanceSummary,
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InstanceDoesNotExistException', 'InstanceIdRequiredException', 'InvalidComputePlatformException', 'InvalidDeploymentIdException', 'InvalidInstanceNameException'],
});
