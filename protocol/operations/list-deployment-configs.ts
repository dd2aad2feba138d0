import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentConfigName, NextToken } from '../model/names.ts';

export const listDeploymentConfigs = operation({
  name: 'ListDeploymentConfigs',
  route: 'GET /v1/deployment-configs',
  summary: 'Lists deployment configs, the predefined ones first.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({
    deploymentConfigsList: Type.Array(DeploymentConfigName),
    nextToken: Type.Optional(Type.String()),
  }),
  errors: ['InvalidNextTokenException'],
});
