import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentGroupInfo } from '../model/deployment-group.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getDeploymentGroup = operation({
  name: 'GetDeploymentGroup',
  route: 'GET /v1/applications/:applicationName/deployment-groups/:deploymentGroupName',
  summary: 'Says what is known of one deployment group, its last deployments included.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
  }),
  output: Type.Object({
    deploymentGroupInfo: DeploymentGroupInfo,
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException'],
});
