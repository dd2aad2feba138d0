import Type from 'typebox';
import { operation } from './operation.ts';
import { Convergence } from '../model/convergence.ts';
import { ApplicationName, DeploymentGroupName, DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const explainDeploymentGroup = operation({
  name: 'ExplainDeploymentGroup',
  route: 'GET /v1/applications/:applicationName/deployment-groups/:deploymentGroupName/explain',
  summary: 'Says how each instance of a group that brings late instances up to date stands towards its revision, and why.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    applicationName: required('ApplicationNameRequiredException', ApplicationName),
    deploymentGroupName: required('DeploymentGroupNameRequiredException', DeploymentGroupName),
  }),
  output: Type.Object({
    /** The deployment that made the revision the group's; absent where the group has not opted in or had no success. */
    rootDeploymentId: Type.Optional(DeploymentId),
    instances: Type.Array(Type.Object({ instanceName: Type.String(), state: Convergence, sentence: Type.String() })),
  }),
  errors: ['ApplicationDoesNotExistException', 'ApplicationNameRequiredException', 'DeploymentGroupDoesNotExistException', 'DeploymentGroupNameRequiredException', 'InvalidApplicationNameException', 'InvalidDeploymentGroupNameException'],
});
