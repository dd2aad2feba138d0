import { type Kysely, sql } from 'kysely';

/** Which deployment of a group is under way, and when nothing may start. Never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  await db.schema.alterTable('deployment_groups').addColumn('running_deployment_id', 'text').execute();
  await sql`update deployment_groups set running_deployment_id = (
    select min(deployment_id) from deployments where deployments.group_id = deployment_groups.group_id and status in ('InProgress', 'Baking', 'Ready')
  )`.execute(db);
  await db.schema
    .createTable('freezes')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.notNull())
    .addColumn('application_id', 'text')
    .addColumn('group_id', 'text')
    .addColumn('document', 'text', (column) => column.notNull())
    .execute();
}
