import type { Kysely } from 'kysely';

/** What a join token binds the hosts to that enrol with it. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('enrollment_tokens').addColumn('name_pattern', 'text').execute();
  await db.schema
    .alterTable('enrollment_tokens')
    .addColumn('tags', 'text', (c) => c.notNull().defaultTo('[]'))
    .execute();
}
