import Type from 'typebox';
import { operation } from './operation.ts';
import { PromotionId } from '../model/names.ts';
import { PromotionInfo } from '../model/promotion.ts';

export const getPromotion = operation({
  name: 'GetPromotion',
  route: 'GET /v1/promotions/:promotionId',
  summary: 'Says how a promotion stands, wave by wave and group by group.',
  access: 'read',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({ promotionId: PromotionId }),
  output: Type.Object({ promotionInfo: PromotionInfo }),
  errors: ['InvalidInputException', 'PromotionDoesNotExistException'],
});
