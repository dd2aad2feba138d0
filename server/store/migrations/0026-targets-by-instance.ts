import type { Kysely } from 'kysely';

/**
 * Which unfinished deployments an instance is part of: asked whenever an agent comes or goes. Never changed by reports, so
 * what an agent says costs no more than before. Never edited after a release.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.createIndex('targets_by_instance').on('targets').columns(['deployment_id', 'instance_id']).execute();
}
