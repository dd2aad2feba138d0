// How a promotion is asked to stop, whoever asks: written down; the planner does the rest. What was asked first stays the
// reason; of what is to become of its deployments the last word counts.

import type { PromotionDocument } from '../store/promotion-documents.ts';
import { readPromotionDocument, replacePromotionDocument } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import type { PromotionsTable } from '../store/tables.ts';

export async function askToStop(tx: Database, row: PromotionsTable, asked: NonNullable<PromotionDocument['stop']>): Promise<void> {
  const document = readPromotionDocument(row);
  const { why, by } = document.stop ?? asked;
  const stop = { why, by, stopsDeployments: asked.stopsDeployments || document.stop?.stopsDeployments === true, rollback: asked.rollback ?? document.stop?.rollback ?? null };
  await replacePromotionDocument(tx, row.promotion_id, { ...document, stop });
}
