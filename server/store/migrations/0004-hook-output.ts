import type { Kysely } from 'kysely';

/** What hooks print: attempts, how far each stream of theirs has come, and the pieces kept. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('output_attempts')
    .addColumn('attempt_id', 'text', (c) => c.primaryKey())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('is_complete', 'integer', (c) => c.notNull())
    .execute();
  await schema.createIndex('output_attempts_by_deployment').on('output_attempts').columns(['deployment_id']).execute();
  await schema
    .createTable('output_streams')
    .addColumn('attempt_id', 'text', (c) => c.notNull())
    .addColumn('script_index', 'integer', (c) => c.notNull())
    .addColumn('restart', 'integer', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('ends_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('output_streams_primary', ['attempt_id', 'script_index', 'restart', 'stream'])
    .execute();
  await schema
    .createTable('output_pieces')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('sequence', 'integer', (c) => c.notNull())
    .addColumn('attempt_id', 'text', (c) => c.notNull())
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('script_index', 'integer', (c) => c.notNull())
    .addColumn('restart', 'integer', (c) => c.notNull())
    .addColumn('stream', 'text', (c) => c.notNull())
    .addColumn('starts_at', 'bigint', (c) => c.notNull())
    .addColumn('ends_at', 'bigint', (c) => c.notNull())
    .addColumn('seen_at', 'bigint', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .addColumn('cost', 'integer', (c) => c.notNull())
    .addColumn('is_head', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('output_pieces_primary', ['deployment_id', 'sequence'])
    .execute();
  await schema.createIndex('output_pieces_by_script').on('output_pieces').columns(['attempt_id', 'script_index', 'restart', 'stream', 'starts_at']).execute();
}
