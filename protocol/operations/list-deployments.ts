import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentStatus, TimeRange } from '../model/deployment.ts';
import { ApplicationName, DeploymentGroupName, DeploymentId, NextToken } from '../model/names.ts';

export const listDeployments = operation({
  name: 'ListDeployments',
  route: 'GET /v1/deployments',
  summary: 'Lists deployment ids, newest first, by group, status and time.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: Type.Optional(ApplicationName),
    deploymentGroupName: Type.Optional(DeploymentGroupName),
    externalId: Type.Optional(Type.String()),
    includeOnlyStatuses: Type.Optional(Type.Array(DeploymentStatus)),
    createTimeRange: Type.Optional(TimeRange),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    deployments: Type.Array(DeploymentId),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'InvalidDeploymentStatusException', 'InvalidExternalIdException', 'InvalidInputException', 'InvalidNextTokenException', 'InvalidTimeRangeException'],
});
