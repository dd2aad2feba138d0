import type { Kysely } from 'kysely';

/** Resource tags of applications: CreateApplication takes them, so they must be kept. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .alterTable('applications')
    .addColumn('tags', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute();
}
