import type { registry } from '../../protocol/operations/registry.ts';
import { requireApplication, requirePromotionPath } from './lookup.ts';
import { promotionPathInfo } from './promotion-path-info.ts';
import type { Handler } from './services.ts';

export const getPromotionPath: Handler<typeof registry.getPromotionPath> = async ({ store: { db } }, { applicationName, promotionPathName }) => {
  const path = await requirePromotionPath(db, await requireApplication(db, applicationName), promotionPathName);
  return { promotionPathInfo: await promotionPathInfo(db, applicationName, path) };
};
