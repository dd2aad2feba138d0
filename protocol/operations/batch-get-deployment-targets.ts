import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';
import { DeploymentTarget } from '../model/target.ts';

export const batchGetDeploymentTargets = operation({
  name: 'BatchGetDeploymentTargets',
  route: 'POST /v1/deployments/:deploymentId/targets/batch-get',
  summary: 'Says how up to 100 targets stand, lifecycle event by lifecycle event.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    targetIds: atMost(100, 'DeploymentTargetListSizeExceededException', required('DeploymentTargetIdRequiredException', Type.Array(Type.String()))),
  }),
  output: Type.Object({
    deploymentTargets: Type.Array(DeploymentTarget),
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentNotStartedException', 'DeploymentTargetDoesNotExistException', 'DeploymentTargetIdRequiredException', 'DeploymentTargetListSizeExceededException', 'InstanceDoesNotExistException', 'InvalidDeploymentIdException', 'InvalidDeploymentTargetIdException'],
});
