import Type from 'typebox';
import { operation } from './operation.ts';
import { InstanceStatus, InstanceType } from '../model/instance-summary.ts';
import { DeploymentId, NextToken } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const listDeploymentInstances = operation({
  name: 'ListDeploymentInstances',
  route: 'GET /v1/deployments/:deploymentId/instances',
  summary: 'Deprecated: ListDeploymentTargets.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    nextToken: Type.Optional(NextToken),
    instanceStatusFilter: Type.Optional(Type.Array(InstanceStatus)),
    instanceTypeFilter: Type.Optional(Type.Array(InstanceType)),
  }),
  output: Type.Object({
    instancesList: Type.Array(Type.String()),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentNotStartedException', 'InvalidComputePlatformException', 'InvalidDeploymentIdException', 'InvalidDeploymentInstanceTypeException', 'InvalidInstanceStatusException', 'InvalidInstanceTypeException', 'InvalidNextTokenException', 'InvalidTargetFilterNameException'],
});
