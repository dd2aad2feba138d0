import type { Kysely } from 'kysely';

/** Acts on the outside that plans have asked for, and what became of them. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('effects')
    .addColumn('effect_id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text')
    .addColumn('far_end', 'text', (c) => c.notNull())
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('sequence', 'integer', (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('next_attempt_at', 'bigint')
    .addColumn('done_at', 'bigint')
    .addColumn('abandoned_at', 'bigint')
    .addColumn('last_error', 'text')
    .execute();
  await schema.createIndex('effects_by_lane').on('effects').columns(['lane', 'sequence']).unique().execute();
  await schema.createIndex('effects_due').on('effects').columns(['next_attempt_at']).execute();
  await schema.createIndex('effects_by_deployment').on('effects').columns(['deployment_id', 'created_at']).execute();
  await schema.createIndex('effects_by_group').on('effects').columns(['group_id', 'created_at']).execute();
}
