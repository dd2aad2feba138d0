import Type from 'typebox';
import { operation } from './operation.ts';
import { Description, PromotionId } from '../model/names.ts';

export const rejectPromotion = operation({
  name: 'RejectPromotion',
  route: 'POST /v1/promotions/:promotionId/reject',
  summary: 'Refuses the wave that a promotion waits with its approval: the promotion is stopped; earlier waves keep the revision.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    promotionId: PromotionId,
    waveName: Type.Optional(Type.String({ maxLength: 100, description: 'The wave that is meant: refused when another one waits. Absent: the one that waits.' })),
    comment: Type.Optional(Description),
  }),
  output: Type.Object({}),
  errors: ['AccessDeniedException', 'DescriptionTooLongException', 'InvalidInputException', 'InvalidPromotionStatusException', 'PromotionAlreadyCompletedException', 'PromotionDoesNotExistException'],
});
