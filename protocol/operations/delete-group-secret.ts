import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const deleteGroupSecret = operation({
  name: 'DeleteGroupSecret',
  route: 'DELETE /v1/applications/:applicationName/deployment-groups/:deploymentGroupName/secrets/:name',
  summary: 'Forgets a secret of a deployment group.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
    name: Type.String({ description: 'Name of the environment variable.' }),
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'NotFoundException'],
});
