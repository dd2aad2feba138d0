import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceSummary } from '../model/instance-summary.ts';
import { DeploymentId } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetDeploymentInstances = operation({
  name: 'BatchGetDeploymentInstances',
  route: 'POST /v1/deployments/:deploymentId/instances/batch-get',
  summary: 'Deprecated: BatchGetDeploymentTargets.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    instanceIds: atMost(100, 'BatchLimitExceededException', required('InstanceIdRequiredException', Type.Array(Type.String()))),
  }),
  output: Type.Object({
    instancesSummary: Type.Array(InstanceSummary),
    errorMessage: Type.Optional(Type.String()),
  }),
  errors: ['BatchLimitExceededException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InstanceIdRequiredException', 'InvalidComputePlatformException', 'InvalidDeploymentIdException', 'InvalidInstanceNameException'],
});
