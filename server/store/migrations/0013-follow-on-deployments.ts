import type { Kysely } from 'kysely';

/** Which deployment a follow-on brings late instances to the revision of. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('deployments').addColumn('root_deployment_id', 'text').execute();
  await db.schema.createIndex('deployments_by_root').on('deployments').columns(['root_deployment_id']).execute();
}
