import Type from 'typebox';
import { operation } from './operation.ts';
import { LifecycleEventStatus } from '../model/lifecycle-event.ts';
import { DeploymentId } from '../model/names.ts';

export const putLifecycleEventHookExecutionStatus = operation({
  name: 'PutLifecycleEventHookExecutionStatus',
  route: 'POST /v1/deployments/:deploymentId/lifecycle-event-hook-executions',
  summary: 'It belongs to Lambda and ECS; hooks of instances are run by their agents.',
  access: 'write',
  faces: 'both',
  isSupported: false,
  input: Type.Object({
    deploymentId: Type.Optional(DeploymentId),
    lifecycleEventHookExecutionId: Type.Optional(Type.String()),
    status: Type.Optional(LifecycleEventStatus),
  }),
  output: Type.Object({
    lifecycleEventHookExecutionId: Type.String(),
  }),
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'InvalidDeploymentIdException', 'InvalidLifecycleEventHookExecutionIdException', 'InvalidLifecycleEventHookExecutionStatusException', 'LifecycleEventAlreadyCompletedException', 'UnsupportedActionForDeploymentTypeException'],
});
