import type { Kysely } from 'kysely';

/** Zones that agents report, and each target's place: its zone or step, its rank in an explicit order. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('instances').addColumn('zone', 'text').execute();
  await db.schema
    .alterTable('targets')
    .addColumn('rank', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .alterTable('targets')
    .addColumn('stage', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
}
