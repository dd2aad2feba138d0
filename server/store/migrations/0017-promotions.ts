import type { Kysely } from 'kysely';

/** Promotion paths, promotions along them, and which deployments are theirs. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('promotion_paths')
    .addColumn('path_id', 'text', (c) => c.primaryKey())
    .addColumn('application_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('running_promotion_id', 'text')
    .addUniqueConstraint('promotion_paths_by_name', ['application_id', 'name'])
    .execute();
  await schema
    .createTable('promotions')
    .addColumn('promotion_id', 'text', (c) => c.primaryKey())
    .addColumn('application_id', 'text', (c) => c.notNull())
    .addColumn('path_id', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('completed_at', 'bigint')
    .addColumn('version', 'integer', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('promotions_by_path').on('promotions').columns(['path_id', 'created_at']).execute();
  await schema.createIndex('promotions_by_time').on('promotions').columns(['created_at', 'promotion_id']).execute();
  await schema
    .createTable('promotion_deployments')
    .addColumn('promotion_id', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('previous_deployment_id', 'text')
    .addColumn('rollback_deployment_id', 'text')
    .addPrimaryKeyConstraint('promotion_deployments_primary', ['promotion_id', 'group_id'])
    .execute();
  await schema.createIndex('promotion_deployments_by_deployment').unique().on('promotion_deployments').columns(['deployment_id']).execute();
}
