import type { registry } from '../../protocol/operations/registry.ts';
import { requirePromotion } from './lookup.ts';
import type { Handler } from './services.ts';

export const explainPromotion: Handler<typeof registry.explainPromotion> = async ({ store, explainPromotion: explain }, { promotionId }) => {
  const { status } = await requirePromotion(store.db, promotionId);
  const { waitingOn, sentences } = await explain(promotionId);
  return { promotionId, status: status as 'Created', waitingOn: [...waitingOn], sentences: [...sentences] };
};
