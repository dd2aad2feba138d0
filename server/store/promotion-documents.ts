// The JSON documents of promotion paths and promotions. Groups are kept by id, so that renaming one changes nothing; the
// names beside them are those they had, for when they are gone.

import Type, { type Static } from 'typebox';
import { Approval, ApprovalPolicy } from '../../protocol/model/approval.ts';
import { ErrorInformation } from '../../protocol/model/deployment.ts';
import { PromotionError } from '../../protocol/model/promotion.ts';
import { ActivePromotionPolicy } from '../../protocol/model/promotion-path.ts';
import { RevisionLocation } from '../../protocol/model/revision.ts';
import { PromotionTriggerConfig } from '../../protocol/model/trigger.ts';
import { DeploymentDocument } from './documents.ts';

export const StoredWave = Type.Object({
  waveName: Type.String(),
  bakeSeconds: Type.Number(),
  approval: Type.Optional(ApprovalPolicy),
  groups: Type.Array(Type.Object({ groupId: Type.String(), applicationId: Type.String(), applicationName: Type.String(), deploymentGroupName: Type.String() })),
});
export type StoredWave = Static<typeof StoredWave>;

export const PromotionPathDocument = Type.Object({
  description: Type.String(),
  waves: Type.Array(StoredWave),
  rollBackOnFailure: Type.Boolean(),
  activePromotionPolicy: Type.Optional(ActivePromotionPolicy),
  triggers: Type.Optional(Type.Array(PromotionTriggerConfig)),
});
export type PromotionPathDocument = Static<typeof PromotionPathDocument>;

/** What is frozen when a promotion is created, and what is learnt of it. */
export const PromotionDocument = Type.Object({
  /** Of the path, as it was; for when that is gone. */
  promotionPathName: Type.String(),
  revision: RevisionLocation,
  /** Known at once, or from the first deployment on; null until then. Every deployment gets these bytes. */
  bundle: DeploymentDocument.properties.bundle,
  /** Why there is no bundle, where that was known at once: it becomes the first deployment's. */
  defect: Type.Union([ErrorInformation, Type.Null()]),
  description: Type.String(),
  /** Id of the access key. */
  createdBy: Type.String(),
  waves: Type.Array(StoredWave),
  rollBackOnFailure: Type.Boolean(),
  triggers: Type.Optional(Type.Array(PromotionTriggerConfig)),
  /** Index of the wave whose turn it is. */
  open: Type.Number(),
  baking: Type.Union([Type.Object({ since: Type.Number(), until: Type.Number() }), Type.Null()]),
  /** Of each wave that was asked for, by its index. */
  approvals: Type.Array(Type.Object({ wave: Type.Number(), ...Approval.properties })),
  stop: Type.Optional(
    Type.Object({
      why: Type.Enum(['Requested', 'Superseded', 'PathDeleted'], { type: 'string' }),
      by: Type.Union([Type.String(), Type.Null()]),
      stopsDeployments: Type.Boolean(),
      rollback: Type.Union([Type.Boolean(), Type.Null()]),
    }),
  ),
  errorInformation: Type.Optional(PromotionError),
  statusMessages: Type.Array(Type.String()),
});
export type PromotionDocument = Static<typeof PromotionDocument>;
