// When a deployment is rolled back by itself, and what became of it.

import Type, { type Static } from 'typebox';
import { DeploymentId, Description } from './names.ts';
import { word } from './shape.ts';

export const AutoRollbackEvent = word(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'], 'InvalidAutoRollbackConfigException');
export type AutoRollbackEvent = Static<typeof AutoRollbackEvent>;

export const AutoRollbackConfiguration = Type.Object({
  enabled: Type.Optional(Type.Boolean()),
  events: Type.Optional(Type.Array(AutoRollbackEvent)),
});
export type AutoRollbackConfiguration = Static<typeof AutoRollbackConfiguration>;

export const RollbackInfo = Type.Object({
  rollbackDeploymentId: Type.Optional(DeploymentId),
  rollbackTriggeringDeploymentId: Type.Optional(DeploymentId),
  rollbackMessage: Type.Optional(Description),
});
export type RollbackInfo = Static<typeof RollbackInfo>;
