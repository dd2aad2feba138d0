import Type from 'typebox';
import { operation } from './operation.ts';
import { DeploymentId } from '../model/names.ts';
import { required, word } from '../model/shape.ts';

export const continueDeployment = operation({
  name: 'ContinueDeployment',
  route: 'POST /v1/deployments/:deploymentId/continue',
  summary: 'Ends a wait of a blue/green deployment.',
  access: 'write',
  faces: 'both',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    deploymentWaitType: Type.Optional(word(['READY_WAIT', 'TERMINATION_WAIT'], 'InvalidDeploymentWaitTypeException')),
  }),
  output: null,
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentIsNotInReadyStateException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException', 'InvalidDeploymentWaitTypeException', 'UnsupportedActionForDeploymentTypeException'],
});
