import type { registry } from '../../protocol/operations/registry.ts';
import { requirePromotion } from './lookup.ts';
import { promotionInfos } from './promotion-info.ts';
import type { Handler } from './services.ts';

export const getPromotion: Handler<typeof registry.getPromotion> = async ({ store }, { promotionId }) =>
  store.transaction(async (tx) => ({ promotionInfo: (await promotionInfos(tx, [await requirePromotion(tx, promotionId)]))[0]! }));
