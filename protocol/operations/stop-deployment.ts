import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { required, word } from '../model/shape.ts';

export const stopDeployment = operation({
  name: 'StopDeployment',
  route: 'POST /v1/deployments/:deploymentId/stop',
  summary: 'Stops a deployment: no new lifecycle event starts; those running finish.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    autoRollbackEnabled: Type.Optional(Type.Boolean()),
  }),
  output: Type.Object({
    status: word(['Pending', 'Succeeded']),
    statusMessage: Type.Optional(Type.String()),
  }),
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentGroupDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'UnsupportedActionForDeploymentTypeException'],
});
