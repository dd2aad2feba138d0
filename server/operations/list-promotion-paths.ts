import type { registry } from '../../protocol/operations/registry.ts';
import { listPromotionPathNames } from '../store/promotion-paths.ts';
import { requireApplication } from './lookup.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listPromotionPaths: Handler<typeof registry.listPromotionPaths> = async ({ store: { db } }, { applicationName, nextToken }) => {
  const { application_id: applicationId } = await requireApplication(db, applicationName);
  const question = ['ListPromotionPaths', applicationId];
  const names = await listPromotionPathNames(db, applicationId, readNamePlace(question, nextToken), pageSize + 1);
  const page = toPage(question, names, (name) => [name]);
  return { promotionPaths: [...page.rows], ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};
