import type { Kysely } from 'kysely';

/** A name has one live instance at most, whoever registers and enrols at the same moment. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await (db as unknown as Kysely<{ instances: { name: string; deregistered_at: number | null } }>).schema
    .createIndex('instances_live_by_name')
    .unique()
    .on('instances')
    .column('name')
    .where('deregistered_at', 'is', null)
    .execute();
}
