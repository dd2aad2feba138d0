// A promotion under way begins no further wave; what it has begun is let end, since its groups are still there. An unknown
// name is refused: whoever deletes a path wants to know that nothing goes along it any more.

import type { registry } from '../../protocol/operations/registry.ts';
import { deletePromotionPath as deleteRow } from '../store/promotion-paths.ts';
import { listActivePromotions } from '../store/promotions.ts';
import { requireApplication, requirePromotionPath } from './lookup.ts';
import type { Handler } from './services.ts';
import { askToStop } from './stop-request.ts';

export const deletePromotionPath: Handler<typeof registry.deletePromotionPath> = async ({ store, wakePromotion }, { applicationName, promotionPathName }) => {
  const active = await store.transaction(async (tx) => {
    const path = await requirePromotionPath(tx, await requireApplication(tx, applicationName), promotionPathName);
    const promotions = await listActivePromotions(tx, path.path_id);
    for (const promotion of promotions) await askToStop(tx, promotion, { why: 'PathDeleted', by: null, stopsDeployments: false, rollback: null });
    await deleteRow(tx, path.path_id);
    return promotions;
  });
  for (const { promotion_id: promotionId } of active) wakePromotion(promotionId);
  return {};
};
