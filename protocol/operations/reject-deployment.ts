import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId, Description } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const rejectDeployment = operation({
  name: 'RejectDeployment',
  route: 'POST /v1/deployments/:deploymentId/reject',
  summary: 'Refuses a deployment its approval: it is stopped, and no instance is touched.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ deploymentId: required('DeploymentIdRequiredException', DeploymentId), comment: Type.Optional(Description) }),
  output: Type.Object({}),
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException'],
});
