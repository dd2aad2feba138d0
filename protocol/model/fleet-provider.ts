// Fleet providers: who makes instances for a deployment and takes them away again. A deployment group names one where
// CodeDeploy has the name of an Auto Scaling group, so every client of CodeDeploy can.

import Type, { type Static } from 'typebox';

export const FleetProviderName = Type.String({ minLength: 1, maxLength: 255, pattern: '^\\S+$', description: 'Name of a fleet provider, as autoScalingGroups of deployment groups has it.' });

export const FleetProviderDefinition = Type.Object({
  name: FleetProviderName,
  description: Type.Optional(Type.String({ maxLength: 256 })),
  webhookUrl: Type.String({ minLength: 1, maxLength: 2048, description: 'Where it is asked: a POST, signed as the webhooks of triggers are.' }),
  provisionWaitSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, description: 'How long instances that were asked for may take to come; 1800 when not given.' })),
});
export type FleetProviderDefinition = Static<typeof FleetProviderDefinition>;

export const defaultProvisionWaitSeconds = 1800;

/** Key of the tag by which instances say for which deployment they were made; its value is the deployment's id. */
export const madeForTagKey = 'fairlead-deployment';
