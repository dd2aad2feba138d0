// What lies in the controller's own bucket. A key written again gets a new version, dated after every older one, so
// that "the newest" is always one and the same.

import type { Database } from './store.ts';
import type { UploadsTable } from './tables.ts';

export async function findNewestUpload(db: Database, bucket: string, key: string): Promise<UploadsTable | null> {
  const row = await db
    .selectFrom('uploads')
    .selectAll()
    .where('bucket', '=', bucket)
    .where('key', '=', key)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The newest upload under that key with that version and that eTag, where given. By its digest every upload can be found. */
export async function findUpload(
  db: Database,
  bucket: string,
  key: string,
  version: string | null,
  eTag: string | null,
): Promise<UploadsTable | null> {
  let query = db.selectFrom('uploads').selectAll().where('bucket', '=', bucket).where('key', '=', key);
  if (version !== null) query = query.where('version', '=', version);
  if (eTag !== null) query = query.where((e) => e.or([e('sha256', '=', eTag), e('etag', '=', eTag)]));
  return (await query.orderBy('created_at', 'desc').limit(1).executeTakeFirst()) ?? null;
}

/**
 * Records an upload as the newest under its key. The same bytes, type and eTag again change nothing but the signature, if
 * they bring one, and the older record is returned.
 */
export async function recordUpload(tx: Database, row: UploadsTable): Promise<UploadsTable> {
  const newest = await findNewestUpload(tx, row.bucket, row.key);
  if (newest !== null && newest.sha256 === row.sha256 && newest.bundle_type === row.bundle_type && (newest.etag ?? null) === (row.etag ?? null)) {
    const { signature } = row;
    if (signature === undefined || signature === null) return newest;
    await tx.updateTable('uploads').set({ signature }).where('bucket', '=', newest.bucket).where('key', '=', newest.key).where('version', '=', newest.version).execute();
    return { ...newest, signature };
  }
  const dated = newest === null ? row : { ...row, created_at: Math.max(row.created_at, newest.created_at + 1) };
  await tx.insertInto('uploads').values(dated).execute();
  return dated;
}

/** Whether any key holds these bytes. */
export async function isUploaded(db: Database, sha256: string): Promise<boolean> {
  const row = await db.selectFrom('uploads').select('key').where('sha256', '=', sha256).limit(1).executeTakeFirst();
  return row !== undefined;
}

/** The buckets that hold uploads, with the time of their first. */
export async function listBuckets(db: Database): Promise<readonly { readonly bucket: string; readonly createdAt: number }[]> {
  const rows = await db
    .selectFrom('uploads')
    .select((e) => ['bucket', e.fn.min('created_at').as('created_at')] as const)
    .groupBy('bucket')
    .orderBy('bucket')
    .execute();
  return rows.map((row) => ({ bucket: row.bucket, createdAt: Number(row.created_at) }));
}
