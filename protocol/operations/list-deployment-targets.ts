import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId, NextToken } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const listDeploymentTargets = operation({
  name: 'ListDeploymentTargets',
  route: 'GET /v1/deployments/:deploymentId/targets',
  summary: 'Lists the targets of a deployment.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    nextToken: Type.Optional(NextToken),
    targetFilters: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
  }),
  output: Type.Object({
    targetIds: Type.Array(Type.String()),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentNotStartedException', 'InvalidDeploymentIdException', 'InvalidDeploymentInstanceTypeException', 'InvalidInstanceStatusException', 'InvalidInstanceTypeException', 'InvalidNextTokenException', 'InvalidTargetFilterNameException'],
});
