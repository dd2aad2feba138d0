import type { Kysely } from 'kysely';

/** How instances of a group stand at the routers, and what is wanted there. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('traffic_routes')
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text', (c) => c.notNull())
    .addColumn('router', 'text', (c) => c.notNull())
    .addColumn('list', 'text', (c) => c.notNull())
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('wanted', 'text')
    .addColumn('is_forced', 'integer', (c) => c.notNull())
    .addColumn('is_kept_out', 'integer', (c) => c.notNull())
    .addColumn('asked_at', 'bigint')
    .addColumn('taken_at', 'bigint')
    .addColumn('state', 'text')
    .addColumn('in_flight', 'integer')
    .addColumn('since', 'bigint')
    .addColumn('observed_at', 'bigint')
    .addColumn('detail', 'text', (c) => c.notNull())
    .addColumn('trouble', 'text')
    .addColumn('is_trouble_final', 'integer', (c) => c.notNull())
    .addColumn('is_settled', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('traffic_routes_primary', ['group_id', 'instance_id', 'router'])
    .execute();
  await schema.createIndex('traffic_routes_by_router').on('traffic_routes').columns(['router', 'is_settled']).execute();
}
