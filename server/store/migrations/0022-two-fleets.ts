import type { Kysely } from 'kysely';

/** Of which of two fleets a target is, and who a group's members are after traffic went from one to the other. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema.alterTable('targets').addColumn('label', 'text').execute();
  await schema.alterTable('deployment_groups').addColumn('members', 'text').execute();
}
