import Type from 'typebox';
import { operation } from './operation.ts';
import { PromotionId } from '../model/names.ts';
import { PromotionStatus } from '../model/promotion.ts';
import { PromotionWaiting } from '../model/promotion-waiting.ts';

export const explainPromotion = operation({
  name: 'ExplainPromotion',
  route: 'GET /v1/promotions/:promotionId/explain',
  summary: 'Says why a promotion is not further along: its own holds, typed, and in words those of its deployments under way too.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ promotionId: PromotionId }),
  output: Type.Object({
    promotionId: PromotionId,
    status: PromotionStatus,
    waitingOn: Type.Array(PromotionWaiting),
    sentences: Type.Array(Type.String()),
  }),
  errors: ['InvalidInputException', 'PromotionDoesNotExistException'],
});
