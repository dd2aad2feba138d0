import type { Kysely } from 'kysely';

/** Which signed writes were done, so that the next controller knows; and the order in which a group's deployments were made. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('signed_writes')
    .addColumn('signature', 'text', (c) => c.notNull())
    .addColumn('invocation_id', 'text', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('signed_writes_primary', ['signature', 'invocation_id'])
    .execute();
  await schema.createIndex('signed_writes_by_time').on('signed_writes').columns(['seen_at']).execute();
  await schema.alterTable('deployments').addColumn('number', 'bigint', (c) => c.notNull().defaultTo(0)).execute();
}
