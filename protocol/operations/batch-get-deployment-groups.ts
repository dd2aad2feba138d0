import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentGroupInfo } from '../model/deployment-group.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const batchGetDeploymentGroups = operation({
  name: 'BatchGetDeploymentGroups',
  route: 'POST /v1/applications/:applicationName/deployment-groups/batch-get',
  summary: 'Says what is known of up to 100 deployment groups; unknown ones are named in errorMessage.',
  access: 'read',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupNames: atMost(100, 'BatchLimitExceededException', required('DeploymentGroupNameRequiredException', Type.Array(DeploymentGroupName))),
  }),
  output: Type.Object({
    deploymentGroupsInfo: Type.Array(DeploymentGroupInfo),
    errorMessage: Type.Optional(Type.String()),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'BatchLimitExceededException', 'DeploymentConfigDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException'],
});
