// Promotions, and the deployments that are theirs.

import { finalStatuses } from './deployments.ts';
import { readDocument, writeDocument } from './documents.ts';
import { PromotionDocument } from './promotion-documents.ts';
import type { Database } from './store.ts';
import type { PromotionDeploymentsTable, PromotionsTable } from './tables.ts';

export async function insertPromotion(tx: Database, row: PromotionsTable): Promise<void> {
  await tx.insertInto('promotions').values(row).execute();
}

export async function findPromotion(db: Database, promotionId: string): Promise<PromotionsTable | null> {
  return (await db.selectFrom('promotions').selectAll().where('promotion_id', '=', promotionId).executeTakeFirst()) ?? null;
}

/** The promotions of the path that are not over, oldest first. */
export async function listActivePromotions(db: Database, pathId: string): Promise<readonly PromotionsTable[]> {
  return db
    .selectFrom('promotions')
    .selectAll()
    .where('path_id', '=', pathId)
    .where('status', 'not in', finalStatuses)
    .orderBy('created_at')
    .orderBy('promotion_id')
    .execute();
}

/** Ids of all that are not over, oldest first. */
export async function listUnfinishedPromotionIds(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('promotions').select('promotion_id').where('status', 'not in', finalStatuses).orderBy('created_at').execute();
  return rows.map((row) => row.promotion_id);
}

export interface PromotionQuery {
  readonly pathId: string | null;
  readonly applicationIds: readonly string[] | null;
  /** Empty: whatever the status. */
  readonly statuses: readonly string[];
  /** Where the last page ended; null for the first. */
  readonly after: { readonly createdAt: number; readonly promotionId: string } | null;
  readonly limit: number;
}

/** A page of promotions, newest first. */
export async function listPromotions(db: Database, query: PromotionQuery): Promise<readonly PromotionsTable[]> {
  let rows = db.selectFrom('promotions').selectAll().orderBy('created_at', 'desc').orderBy('promotion_id', 'desc').limit(query.limit);
  if (query.pathId !== null) rows = rows.where('path_id', '=', query.pathId);
  if (query.applicationIds !== null) rows = rows.where('application_id', 'in', query.applicationIds);
  if (query.statuses.length > 0) rows = rows.where('status', 'in', query.statuses);
  const { after } = query;
  if (after !== null) {
    rows = rows.where((e) => e.or([e('created_at', '<', after.createdAt), e.and([e('created_at', '=', after.createdAt), e('promotion_id', '<', after.promotionId)])]));
  }
  return rows.execute();
}

/** The version grows, so that a plan made from the old document is made again. */
export async function replacePromotionDocument(tx: Database, promotionId: string, document: PromotionDocument): Promise<void> {
  await tx
    .updateTable('promotions')
    .set((e) => ({ document: writePromotionDocument(document, promotionId), version: e('version', '+', 1) }))
    .where('promotion_id', '=', promotionId)
    .execute();
}

/** A second one of the same promotion to the same group is refused by the table. */
export async function insertPromotionDeployment(tx: Database, row: PromotionDeploymentsTable): Promise<void> {
  await tx.insertInto('promotion_deployments').values(row).execute();
}

export async function listPromotionDeployments(db: Database, promotionIds: readonly string[]): Promise<readonly PromotionDeploymentsTable[]> {
  if (promotionIds.length === 0) return [];
  return db.selectFrom('promotion_deployments').selectAll().where('promotion_id', 'in', promotionIds).orderBy('promotion_id').orderBy('deployment_id').execute();
}

/** Which promotions these deployments belong to; those of none are not in the list. */
export async function listPromotionsOf(db: Database, deploymentIds: readonly string[]): Promise<readonly PromotionDeploymentsTable[]> {
  if (deploymentIds.length === 0) return [];
  return db.selectFrom('promotion_deployments').selectAll().where('deployment_id', 'in', deploymentIds).execute();
}

export async function noteGroupRollback(tx: Database, promotionId: string, groupId: string, rollbackDeploymentId: string): Promise<void> {
  await tx.updateTable('promotion_deployments').set({ rollback_deployment_id: rollbackDeploymentId }).where('promotion_id', '=', promotionId).where('group_id', '=', groupId).execute();
}

export function readPromotionDocument({ promotion_id: promotionId, document }: PromotionsTable): PromotionDocument {
  return readDocument(PromotionDocument, document, `promotion ${promotionId}`);
}

export function writePromotionDocument(document: PromotionDocument, promotionId: string): string {
  return writeDocument(PromotionDocument, document, `promotion ${promotionId}`);
}
