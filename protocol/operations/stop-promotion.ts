import Type from 'typebox';
import { operation } from './operation.ts';
import { PromotionId } from '../model/names.ts';
import { word } from '../model/shape.ts';

export const stopPromotion = operation({
  name: 'StopPromotion',
  route: 'POST /v1/promotions/:promotionId/stop',
  summary: 'Stops a promotion: no wave follows. Its deployments under way are stopped too, unless they are to be let end.',
  access: 'write',
  faces: 'rest',
  isSupported: true,
  input: Type.Object({
    promotionId: PromotionId,
    stopDeployments: Type.Optional(Type.Boolean({ description: 'Whether deployments under way are stopped; true when absent.' })),
    autoRollbackEnabled: Type.Optional(
      Type.Boolean({ description: 'true: what is stopped is rolled back, and so is what the promotion had brought to its revision. false: nothing is. Absent: what is stopped as its group says, the rest stays.' }),
    ),
  }),
  output: Type.Object({ status: word(['Pending', 'Succeeded']) }),
  errors: ['InvalidInputException', 'PromotionAlreadyCompletedException', 'PromotionDoesNotExistException'],
});
