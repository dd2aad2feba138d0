import Type from 'typebox';
import { operation } from './operation.ts';
import { ApplicationName, DeploymentGroupName, DeploymentId, NextToken, PromotionId } from '../model/names.ts';
import { PromotionPathName } from '../model/promotion-path.ts';
import { word } from '../model/shape.ts';
import { InstantType } from '../model/timestamp.ts';
import { PromotionTriggerEventType, TriggerEventType } from '../model/trigger.ts';

export const TriggerDelivery = Type.Object({
  deliveryId: Type.String({ description: 'The webhook-id, or the message attribute id: the same over all attempts.' }),
  deploymentId: Type.Optional(DeploymentId),
  promotionId: Type.Optional(PromotionId),
  triggerName: Type.String(),
  target: Type.String(),
  event: Type.Optional(Type.Union([TriggerEventType, PromotionTriggerEventType])),
  status: word(['Waiting', 'Delivered', 'GivenUp']),
  attempts: Type.Integer(),
  createdAt: InstantType,
  nextAttemptAt: Type.Optional(InstantType),
  endedAt: Type.Optional(InstantType),
  lastError: Type.Optional(Type.String({ description: 'Of the last attempt, when that failed.' })),
});

export const listTriggerDeliveries = operation({
  name: 'ListTriggerDeliveries',
  route: 'GET /v1/trigger-deliveries',
  summary: 'Lists what triggers have sent and are still to send, newest first: of a deployment or a promotion, or of a whole group or promotion path with the test messages of its triggers.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    deploymentId: Type.Optional(DeploymentId),
    applicationName: Type.Optional(ApplicationName),
    deploymentGroupName: Type.Optional(DeploymentGroupName),
    promotionId: Type.Optional(PromotionId),
    promotionPathName: Type.Optional(PromotionPathName),
    nextToken: Type.Optional(NextToken),
  }),
  output: Type.Object({ deliveries: Type.Array(TriggerDelivery), nextToken: Type.Optional(Type.String()) }),
  errors: [
    'ApplicationDoesNotExistException',
    'ApplicationNameRequiredException',
    'DeploymentDoesNotExistException',
    'DeploymentGroupDoesNotExistException',
    'DeploymentGroupNameRequiredException',
    'InvalidApplicationNameException',
    'InvalidDeploymentGroupNameException',
    'InvalidDeploymentIdException',
    'InvalidInputException',
    'InvalidNextTokenException',
    'PromotionDoesNotExistException',
    'PromotionPathDoesNotExistException',
  ],
});
