import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const putGroupSecret = operation({
  name: 'PutGroupSecret',
  route: 'PUT /v1/applications/:applicationName/deployment-groups/:deploymentGroupName/secrets/:name',
  summary: 'Keeps a secret of a deployment group: its hooks get it as an environment variable, their output does not show it, and nobody reads it back. Hooks started from now on get the new value.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Name of the environment variable.' }),
    secretValue: Type.String({ maxLength: 4096, description: 'At least four characters: shorter ones cannot be kept out of the output.' }),
  }),
  output: Type.Object({}),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'InvalidInputException'],
});
