import type { Kysely } from 'kysely';

/** What an access key may do and where. Keys made before this were all administrators'. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema.alterTable('access_keys').addColumn('role', 'text', (c) => c.notNull().defaultTo('admin')).execute();
  await schema.alterTable('access_keys').addColumn('applications', 'text').execute();
  await schema.alterTable('access_keys').addColumn('description', 'text', (c) => c.notNull().defaultTo('')).execute();
  await schema.alterTable('access_keys').addColumn('created_by', 'text').execute();
  await schema.alterTable('access_keys').addColumn('expires_at', 'bigint').execute();
  await schema.alterTable('access_keys').addColumn('last_used_at', 'bigint').execute();
}
