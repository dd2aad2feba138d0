import Type from 'typebox';
import { operation } from './operation.ts';
import { FailureDecision } from '../model/guided-failure.ts';
import { DeploymentId, Description } from '../model/names.ts';
import { atMost, required } from '../model/shape.ts';

export const decideDeploymentFailure = operation({
  name: 'DecideDeploymentFailure',
  route: 'POST /v1/deployments/:deploymentId/decide-failure',
  summary: 'Says what is to become of failed targets that wait for a decision (guided failure): RETRY runs the failed event again, SKIP leaves the target out, FAIL lets it fail. All of the targets named, or none.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    targetIds: required('DeploymentTargetIdRequiredException', atMost(100, 'DeploymentTargetListSizeExceededException', Type.Array(Type.String()))),
    decision: FailureDecision,
    attempt: Type.Optional(Type.Integer({ minimum: 1, description: 'Only where this attempt at the event is the one that failed, as ExplainDeployment says: a request that is repeated then never decides about the next failure.' })),
    comment: Type.Optional(Description),
  }),
  output: Type.Object({}),
  errors: ['DeploymentAlreadyCompletedException', 'DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentTargetDoesNotExistException', 'DeploymentTargetIdRequiredException', 'DeploymentTargetListSizeExceededException', 'DeploymentTargetNotWaitingException', 'InvalidDeploymentIdException', 'InvalidDeploymentStatusException', 'InvalidDeploymentTargetIdException'],
});
