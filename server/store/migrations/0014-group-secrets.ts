import type { Kysely } from 'kysely';

/** Secrets of deployment groups, for the environment of their hooks. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('group_secrets')
    .addColumn('group_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('value_encrypted', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_by', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('group_secrets_key', ['group_id', 'name'])
    .execute();
}
