// Newest first; of the caller's applications alone.

import { Failure } from '../../protocol/errors.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findApplications } from '../store/applications.ts';
import { listPromotions as listRows } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import { requireApplication, requirePromotionPath } from './lookup.ts';
import { readPlace, toPage, pageSize } from './page.ts';
import { promotionInfos } from './promotion-info.ts';
import type { Handler } from './services.ts';

export const listPromotions: Handler<typeof registry.listPromotions> = async ({ store: { db } }, input, { access }) => {
  const scope = await scopeOf(db, input, access.applications);
  const statuses = [...new Set(input.includeOnlyStatuses ?? [])].sort();
  const question = ['ListPromotions', scope.pathId, scope.applicationIds, statuses];
  const place = readPlace(question, input.nextToken, 2);
  if (scope.applicationIds?.length === 0) return { promotions: [] };
  const rows = await listRows(db, { ...scope, statuses, after: place === null ? null : { createdAt: Number(place[0]), promotionId: String(place[1]) }, limit: pageSize + 1 });
  const page = toPage(question, rows, (row) => [Number(row.created_at), row.promotion_id]);
  return { promotions: await promotionInfos(db, page.rows), ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};

async function scopeOf(
  db: Database,
  { applicationName, promotionPathName }: InputOf<typeof registry.listPromotions>,
  allowed: readonly string[] | null,
): Promise<{ readonly pathId: string | null; readonly applicationIds: readonly string[] | null }> {
  if (applicationName === undefined) {
    if (promotionPathName !== undefined) throw new Failure('ApplicationNameRequiredException', `Say which application promotion path ${promotionPathName} belongs to.`, 'applicationName');
    return { pathId: null, applicationIds: allowed === null ? null : (await findApplications(db, allowed)).map((row) => row.application_id).sort() };
  }
  const application = await requireApplication(db, applicationName);
  const path = promotionPathName === undefined ? null : await requirePromotionPath(db, application, promotionPathName);
  return { pathId: path?.path_id ?? null, applicationIds: [application.application_id] };
}
