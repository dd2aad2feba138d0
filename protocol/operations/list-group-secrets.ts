import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { required } from '../model/shape.ts';
import { InstantType } from '../model/timestamp.ts';

export const listGroupSecrets = operation({
  name: 'ListGroupSecrets',
  route: 'GET /v1/applications/:applicationName/deployment-groups/:deploymentGroupName/secrets',
  summary: 'Lists the secrets of a deployment group, without their values.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
  }),
  output: Type.Object({
    secrets: Type.Array(Type.Object({ name: Type.String(), updatedAt: InstantType, updatedBy: Type.String({ description: 'Id of the access key.' }) })),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException'],
});
