// The way that revisions go through several deployment groups: waves one after another, each let bake before the next.
// Ours, not CodeDeploy's. A deployment goes to one group; a promotion goes along one path (./promotion.ts).

import Type, { type Static } from 'typebox';
import { ApprovalPolicy } from './approval.ts';
import { ApplicationName, DeploymentGroupName, Description, namePattern } from './names.ts';
import { atMost, word } from './shape.ts';
import { InstantType } from './timestamp.ts';
import { PromotionTriggerConfig } from './trigger.ts';

export const mostWaves = 50;
export const mostGroupsOfWave = 100;
/** 30 days. */
const longestBakeSeconds = 2_592_000;

export const PromotionPathName = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: namePattern,
  description: 'Name of a promotion path, unique within its application.',
  'x-invalid': 'InvalidInputException',
});

export const WaveGroup = Type.Object({
  applicationName: Type.Optional(ApplicationName),
  deploymentGroupName: DeploymentGroupName,
});
export type WaveGroup = Static<typeof WaveGroup>;

export const Wave = Type.Object({
  waveName: Type.String({ minLength: 1, maxLength: 100, pattern: namePattern, description: 'Unique within the path.', 'x-invalid': 'InvalidInputException' }),
  deploymentGroups: atMost(mostGroupsOfWave, 'InvalidInputException', Type.Array(WaveGroup, { description: "Deployed to side by side. Of the path's own application where none is named. A group is in one wave only." })),
  bakeSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: longestBakeSeconds, description: 'How long nothing follows once every deployment of the wave has succeeded; 0 when absent.', 'x-invalid': 'InvalidInputException' })),
  approval: Type.Optional(ApprovalPolicy),
});
export type Wave = Static<typeof Wave>;

/** What becomes of a promotion created while another of the path is active; as activeDeploymentPolicy of a group. Absent is REFUSE. */
export const ActivePromotionPolicy = word(['REFUSE', 'QUEUE', 'SUPERSEDE'], 'InvalidInputException');
export type ActivePromotionPolicy = Static<typeof ActivePromotionPolicy>;

/** What callers set. */
export const promotionPathSettings = {
  description: Type.Optional(Description),
  waves: Type.Optional(atMost(mostWaves, 'InvalidInputException', Type.Array(Wave, { description: 'In the order in which they go.' }))),
  rollBackOnFailure: Type.Optional(Type.Boolean({ description: 'When a wave fails, groups that the promotion had brought to its revision go back to what they had. False when absent: they keep it.' })),
  activePromotionPolicy: Type.Optional(ActivePromotionPolicy),
  triggerConfigurations: Type.Optional(Type.Array(PromotionTriggerConfig, { description: 'Who is told of promotions along it, besides the triggers of the groups. At most 10.' })),
};

/** As read back: the application of each group is said, and which groups are not there any more. */
export const WaveGroupInfo = Type.Object({ applicationName: ApplicationName, deploymentGroupName: DeploymentGroupName, isDeleted: Type.Optional(Type.Boolean()) });
export type WaveGroupInfo = Static<typeof WaveGroupInfo>;

export const WaveInfo = Type.Object({
  waveName: Wave.properties.waveName,
  deploymentGroups: Type.Array(WaveGroupInfo),
  bakeSeconds: Type.Integer(),
  approval: Type.Optional(ApprovalPolicy),
});
export type WaveInfo = Static<typeof WaveInfo>;

export const PromotionPathInfo = Type.Object({
  applicationName: ApplicationName,
  promotionPathId: Type.String(),
  promotionPathName: PromotionPathName,
  description: Type.Optional(Description),
  waves: Type.Array(WaveInfo),
  rollBackOnFailure: Type.Boolean(),
  activePromotionPolicy: Type.Optional(ActivePromotionPolicy),
  triggerConfigurations: Type.Optional(Type.Array(PromotionTriggerConfig)),
  createTime: InstantType,
});
export type PromotionPathInfo = Static<typeof PromotionPathInfo>;
