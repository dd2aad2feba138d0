import { sql, type Kysely } from 'kysely';

/** A name has one live instance at most, whoever registers and enrols at the same moment. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create unique index instances_live_by_name on instances (name) where deregistered_at is null`.execute(db);
}
