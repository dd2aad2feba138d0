import type { Kysely } from 'kysely';

/**
 * The version of the deployment with which a target was last written: who knows a deployment as of a version reads what is
 * newer, and no more. Without an index: every report would move its entry. Never edited after a release.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('targets').addColumn('version', 'bigint', (c) => c.notNull().defaultTo(0)).execute();
}
