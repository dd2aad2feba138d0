import Type from 'typebox';
import { operation } from './operation.ts';
import { LogPage } from '../model/log-piece.ts';
import { DeploymentId } from '../model/names.ts';
import { required } from '../model/shape.ts';

export const getDeploymentLogs = operation({
  name: 'GetDeploymentLogs',
  route: 'GET /v1/deployments/:deploymentId/logs',
  summary: 'Answers what the hooks of a deployment printed, page by page, in the order in which it arrived; of each script the beginning and the end.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    deploymentId: required('DeploymentIdRequiredException', DeploymentId),
    targetId: Type.Optional(Type.String({ description: 'Only of this target.' })),
    lifecycleEventName: Type.Optional(Type.String({ description: 'Only of this lifecycle event.' })),
    after: Type.Optional(Type.Integer({ minimum: 0, description: 'Only what comes after this sequence number: nextAfter of the page before.' })),
  }),
  output: LogPage,
  errors: ['DeploymentDoesNotExistException', 'DeploymentIdRequiredException', 'DeploymentTargetDoesNotExistException', 'InvalidDeploymentIdException', 'InvalidDeploymentTargetIdException'],
});
