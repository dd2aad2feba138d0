import type { Kysely } from 'kysely';

/** Who makes instances and takes them away, what they were asked, and which instances that is about. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('fleet_providers')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('secret_encrypted', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('fleet_requests')
    .addColumn('request_id', 'text', (c) => c.primaryKey())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .addColumn('ended_at', 'bigint')
    .execute();
  await schema.createIndex('fleet_requests_of_deployment').on('fleet_requests').columns(['deployment_id']).execute();
  await schema
    .createTable('fleet_hosts')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text')
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('released_by', 'text')
    .addColumn('request_id', 'text')
    .addPrimaryKeyConstraint('fleet_hosts_key', ['deployment_id', 'name'])
    .execute();
  await schema.createIndex('fleet_hosts_by_instance').on('fleet_hosts').columns(['instance_id']).execute();
  await schema.createIndex('fleet_hosts_by_state').on('fleet_hosts').columns(['state']).execute();
}
