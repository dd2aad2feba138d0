// One revision on its way along one promotion path. Its deployments are ordinary ones; here is what they have in common.

import Type, { type Static } from 'typebox';
import { Approval } from './approval.ts';
import { DeploymentStatus } from './deployment.ts';
import { ApplicationName, DeploymentGroupName, DeploymentId, Description, PromotionId } from './names.ts';
import { PromotionPathName, Wave } from './promotion-path.ts';
import { RevisionLocation } from './revision.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

/** As of deployments. Baking: a wave has succeeded, and nothing follows yet. */
export const PromotionStatus = word(['Created', 'Queued', 'InProgress', 'Baking', 'Succeeded', 'Failed', 'Stopped'], 'InvalidInputException');
export type PromotionStatus = Static<typeof PromotionStatus>;

/**
 * WAVE_FAILED: a deployment of a wave did not succeed. DEPLOYMENT_GROUP_MISSING: a group was deleted before its turn.
 * REVISION_REPLACED: a group of an earlier wave was given another revision meanwhile. MANUAL_STOP: stopped, rejected,
 * superseded, or its path was deleted. TIMEOUT: nobody approved in time.
 */
export const PromotionErrorCode = word(['WAVE_FAILED', 'DEPLOYMENT_GROUP_MISSING', 'REVISION_REPLACED', 'MANUAL_STOP', 'TIMEOUT']);
export type PromotionErrorCode = Static<typeof PromotionErrorCode>;

export const PromotionError = Type.Object({ code: PromotionErrorCode, message: Type.String() });
export type PromotionError = Static<typeof PromotionError>;

export const PromotedGroup = Type.Object({
  applicationName: ApplicationName,
  deploymentGroupName: DeploymentGroupName,
  /** Absent until its wave has its turn. */
  deploymentId: Type.Optional(DeploymentId),
  /** Absent as long as there is no deployment, and when it is not there any more. */
  status: Type.Optional(DeploymentStatus),
  /** What takes it back because of the promotion. */
  rollbackDeploymentId: Type.Optional(DeploymentId),
});
export type PromotedGroup = Static<typeof PromotedGroup>;

export const WaveStatus = word(['Pending', 'Approval', 'InProgress', 'Baking', 'Succeeded', 'Failed', 'Skipped']);
export type WaveStatus = Static<typeof WaveStatus>;

export const PromotedWave = Type.Object({
  waveName: Wave.properties.waveName,
  status: WaveStatus,
  bakeSeconds: Type.Integer(),
  bakesUntil: Type.Optional(InstantType),
  approval: Type.Optional(Approval),
  groups: Type.Array(PromotedGroup),
});
export type PromotedWave = Static<typeof PromotedWave>;

export const PromotionInfo = Type.Object({
  promotionId: PromotionId,
  applicationName: ApplicationName,
  promotionPathName: PromotionPathName,
  revision: RevisionLocation,
  description: Type.Optional(Description),
  status: PromotionStatus,
  errorInformation: Type.Optional(PromotionError),
  createTime: InstantType,
  startTime: Type.Optional(InstantType),
  completeTime: Type.Optional(InstantType),
  createdBy: Type.String({ description: 'Id of the access key.' }),
  rollBackOnFailure: Type.Boolean(),
  waves: Type.Array(PromotedWave),
  supersededBy: Type.Optional(PromotionId),
  statusMessages: Type.Array(Type.String()),
});
export type PromotionInfo = Static<typeof PromotionInfo>;
