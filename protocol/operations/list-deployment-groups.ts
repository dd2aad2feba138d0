import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, DeploymentGroupName, NextToken } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const listDeploymentGroups = operation({
  name: 'ListDeploymentGroups',
  route: 'GET /v1/applications/:applicationName/deployment-groups',
  summary: 'Lists the deployment groups of an application.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    applicationName: ApplicationName,
    deploymentGroups: Type.Array(DeploymentGroupName),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'InvalidApplicationNameException', 'InvalidNextTokenException'],
});
