import type { Kysely } from 'kysely';

/** The owner's signature that came with a registration, as JSON. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('revisions').addColumn('signature', 'text').execute();
}
