// Promotion paths by name. They go with their application; a group that is deleted stays named in them.

import { readDocument, writeDocument } from './documents.ts';
import { PromotionPathDocument } from './promotion-documents.ts';
import type { Database } from './store.ts';
import type { PromotionPathsTable } from './tables.ts';

/** @returns false when the application has one of that name. */
export async function insertPromotionPath(tx: Database, row: PromotionPathsTable): Promise<boolean> {
  const inserted = await tx
    .insertInto('promotion_paths')
    .values(row)
    .onConflict((conflict) => conflict.columns(['application_id', 'name']).doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows ?? 0) > 0;
}

export async function findPromotionPath(db: Database, applicationId: string, name: string): Promise<PromotionPathsTable | null> {
  const row = await db.selectFrom('promotion_paths').selectAll().where('application_id', '=', applicationId).where('name', '=', name).executeTakeFirst();
  return row ?? null;
}

export async function findPromotionPathById(db: Database, pathId: string): Promise<PromotionPathsTable | null> {
  return (await db.selectFrom('promotion_paths').selectAll().where('path_id', '=', pathId).executeTakeFirst()) ?? null;
}

export async function findPromotionPathsById(db: Database, pathIds: readonly string[]): Promise<readonly PromotionPathsTable[]> {
  if (pathIds.length === 0) return [];
  return db.selectFrom('promotion_paths').selectAll().where('path_id', 'in', pathIds).execute();
}

/** Up to `limit` names in order, those after `after` (null: from the first). */
export async function listPromotionPathNames(db: Database, applicationId: string, after: string | null, limit: number): Promise<readonly string[]> {
  let query = db.selectFrom('promotion_paths').select('name').where('application_id', '=', applicationId).orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return (await query.execute()).map((row) => row.name);
}

export async function countPromotionPaths(db: Database, applicationId: string): Promise<number> {
  const row = await db
    .selectFrom('promotion_paths')
    .select((e) => e.fn.countAll().as('count'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function updatePromotionPath(tx: Database, pathId: string, name: string, document: PromotionPathDocument): Promise<void> {
  await tx.updateTable('promotion_paths').set({ name, document: writePathDocument(document, pathId) }).where('path_id', '=', pathId).execute();
}

export async function deletePromotionPath(tx: Database, pathId: string): Promise<void> {
  await tx.deleteFrom('promotion_paths').where('path_id', '=', pathId).execute();
}

/** Only one promotion of the path gets to write its id here. @returns false for all others. */
export async function takePath(tx: Database, pathId: string, promotionId: string): Promise<boolean> {
  const taken = await tx
    .updateTable('promotion_paths')
    .set({ running_promotion_id: promotionId })
    .where('path_id', '=', pathId)
    .where((e) => e.or([e('running_promotion_id', 'is', null), e('running_promotion_id', '=', promotionId)]))
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) > 0;
}

export async function releasePath(tx: Database, pathId: string, promotionId: string): Promise<void> {
  await tx.updateTable('promotion_paths').set({ running_promotion_id: null }).where('path_id', '=', pathId).where('running_promotion_id', '=', promotionId).execute();
}

export function readPathDocument({ path_id: pathId, document }: PromotionPathsTable): PromotionPathDocument {
  return readDocument(PromotionPathDocument, document, `promotion path ${pathId}`);
}

export function writePathDocument(document: PromotionPathDocument, pathId: string): string {
  return writeDocument(PromotionPathDocument, document, `promotion path ${pathId}`);
}
