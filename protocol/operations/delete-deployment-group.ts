import Type from 'typebox';
import { operation } from './operation.ts';
import { AutoScalingGroup } from '../model/deployment-group.ts';
import { ApplicationName, DeploymentGroupName } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const deleteDeploymentGroup = operation({
  name: 'DeleteDeploymentGroup',
  route: 'DELETE /v1/applications/:applicationName/deployment-groups/:deploymentGroupName',
  summary: 'Deletes a deployment group. Deleting one that is not there is no error.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
  }),
  output: Type.Object({
    hooksNotCleanedUp: Type.Optional(Type.Array(AutoScalingGroup)),
  }),
  errors: ['ApplicationNameRequiredException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException', 'InvalidRoleException'],
});
