import type { Kysely } from 'kysely';

/** How much of the traffic comes by each route: what is wanted, and what was last seen. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema.alterTable('traffic_routes').addColumn('weighs', 'text').execute();
  await schema.alterTable('traffic_routes').addColumn('weight_wanted', 'integer').execute();
  await schema.alterTable('traffic_routes').addColumn('weight_asked_at', 'bigint').execute();
  await schema.alterTable('traffic_routes').addColumn('weight_taken_at', 'bigint').execute();
  await schema.alterTable('traffic_routes').addColumn('weight', 'integer').execute();
}
