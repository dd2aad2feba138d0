import type { Kysely } from 'kysely';

/** What alarms' names mean, and how the alarms stand that deployments heed. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('alarms')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('header_names', 'text', (c) => c.notNull())
    .addColumn('headers_encrypted', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('watched_alarms')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('is_dry_run', 'integer', (c) => c.notNull())
    .addColumn('state', 'text')
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('observed_at', 'bigint')
    .addColumn('good_until', 'bigint')
    .addColumn('active_at', 'bigint')
    .addPrimaryKeyConstraint('watched_alarms_primary', ['deployment_id', 'name'])
    .execute();
  await schema.createIndex('watched_alarms_by_name').on('watched_alarms').columns(['name']).execute();
}
