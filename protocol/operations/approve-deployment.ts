import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId, Description } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const approveDeployment = operation({
  name: 'ApproveDeployment',
  route: 'POST /v1/deployments/:deploymentId/approve',
  summary: 'Approves a deployment that waits for it.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ deploymentId: required('DeploymentIdRequiredException', DeploymentId), comment: Type.Optional(Description) }),
  output: Type.Object({}),
  errors: ['AccessDeniedException', 'DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException'],
});
