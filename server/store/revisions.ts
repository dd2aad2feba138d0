// Revisions of an application, known by their whole location. `location_key` is that identity in canonical text; it is
// made in server/revisions/location.ts.

import { sql } from 'kysely';
import type { Database } from './store.ts';
import type { RevisionsTable } from './tables.ts';

export async function findRevision(db: Database, applicationId: string, locationKey: string): Promise<RevisionsTable | null> {
  const row = await db
    .selectFrom('revisions')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('location_key', '=', locationKey)
    .executeTakeFirst();
  return row ?? null;
}

export async function insertRevision(db: Database, row: RevisionsTable): Promise<void> {
  await db.insertInto('revisions').values(row).execute();
}

export async function describeRevision(db: Database, revisionId: string, description: string): Promise<void> {
  await db.updateTable('revisions').set({ description }).where('revision_id', '=', revisionId).execute();
}

export async function signRevision(db: Database, revisionId: string, signature: string): Promise<void> {
  await db.updateTable('revisions').set({ signature }).where('revision_id', '=', revisionId).execute();
}

/** A deployment uses it: the first use stays, the last moves. */
export async function noteRevisionUsed(tx: Database, revisionId: string, now: number): Promise<void> {
  await tx
    .updateTable('revisions')
    .set((e) => ({ last_used_at: now, first_used_at: e.fn.coalesce('first_used_at', e.val(now)) }))
    .where('revision_id', '=', revisionId)
    .execute();
}

export type RevisionOrder = 'registered_at' | 'first_used_at' | 'last_used_at';

export interface RevisionQuery {
  readonly applicationId: string;
  readonly orderBy: RevisionOrder;
  readonly isDescending: boolean;
  readonly bucket: string | null;
  readonly keyPrefix: string | null;
  /** Only these location keys, or all but these. */
  readonly locationKeys: { readonly only: readonly string[] } | { readonly except: readonly string[] } | null;
  /** Where the last page ended; null for the first. */
  readonly after: RevisionPlace | null;
  readonly limit: number;
}

export interface RevisionPlace {
  readonly instant: number;
  readonly revisionId: string;
}

export interface RevisionRow extends RevisionsTable {
  /** Where a page that ends with this row ends. */
  readonly place: RevisionPlace;
}

/** A page of revisions. One that was never used counts as used before all others. */
export async function listRevisions(db: Database, query: RevisionQuery): Promise<readonly RevisionRow[]> {
  const instant = sql<number>`coalesce(${sql.ref(query.orderBy)}, 0)`;
  const direction = query.isDescending ? 'desc' : 'asc';
  let rows = db
    .selectFrom('revisions')
    .selectAll()
    .select(instant.as('instant'))
    .where('application_id', '=', query.applicationId)
    .orderBy(instant, direction)
    .orderBy('revision_id', direction)
    .limit(query.limit);
  if (query.bucket !== null) rows = rows.where('s3_bucket', '=', query.bucket);
  if (query.keyPrefix !== null) {
    // Not LIKE: a prefix may hold its wildcards, and it would ignore case.
    rows = rows.where(sql<string>`substr(s3_key, 1, ${[...query.keyPrefix].length})`, '=', query.keyPrefix);
  }
  if (query.locationKeys !== null) {
    const { locationKeys } = query;
    if ('only' in locationKeys) rows = rows.where('location_key', 'in', atLeastOne(locationKeys.only));
    else rows = rows.where('location_key', 'not in', atLeastOne(locationKeys.except));
  }
  const { after } = query;
  if (after !== null) {
    const beyond = query.isDescending ? '<' : '>';
    rows = rows.where((e) => e.or([e(instant, beyond, after.instant), e.and([e(instant, '=', after.instant), e('revision_id', beyond, after.revisionId)])]));
  }
  return (await rows.execute()).map(({ instant: at, ...row }) => ({ ...row, place: { instant: Number(at), revisionId: row.revision_id } }));
}

/** An empty list of SQL is an error; no key is empty text. */
function atLeastOne(keys: readonly string[]): readonly string[] {
  return keys.length === 0 ? [''] : keys;
}
