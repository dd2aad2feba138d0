// Writes the request down and wakes the promotion. Pending as long as a deployment of it is under way.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses, findDeployments } from '../store/deployments.ts';
import { listPromotionDeployments } from '../store/promotions.ts';
import { requirePromotion } from './lookup.ts';
import type { Handler } from './services.ts';
import { askToStop } from './stop-request.ts';

export const stopPromotion: Handler<typeof registry.stopPromotion> = async ({ store, wakePromotion }, { promotionId, stopDeployments = true, autoRollbackEnabled = null }) => {
  const isRunning = await store.transaction(async (tx) => {
    const promotion = await requirePromotion(tx, promotionId);
    if (finalStatuses.includes(promotion.status)) {
      throw new Failure('PromotionAlreadyCompletedException', `The promotion ${promotionId} has already completed: it is ${promotion.status}.`, 'promotionId');
    }
    await askToStop(tx, promotion, { why: 'Requested', by: null, stopsDeployments: stopDeployments, rollback: autoRollbackEnabled });
    const made = await listPromotionDeployments(tx, [promotionId]);
    return (await findDeployments(tx, made.map((one) => one.deployment_id))).some(({ status }) => !finalStatuses.includes(status));
  });
  wakePromotion(promotionId);
  return { status: isRunning ? 'Pending' : 'Succeeded' };
};
