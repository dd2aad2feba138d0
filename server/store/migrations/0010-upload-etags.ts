import type { Kysely } from 'kysely';

/** What S3 clients know an upload by. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('uploads').addColumn('etag', 'text').execute();
}
