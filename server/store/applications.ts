// Applications by name. Deleting one takes everything that is kept under it along, in the caller's transaction.

import { deleteLogsOfApplication } from './logs.ts';
import type { Database } from './store.ts';
import type { ApplicationsTable } from './tables.ts';

export async function insertApplication(db: Database, row: ApplicationsTable): Promise<void> {
  await db.insertInto('applications').values(row).execute();
}

export async function findApplication(db: Database, name: string): Promise<ApplicationsTable | null> {
  return (await db.selectFrom('applications').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

/** Those of the names that exist, in no particular order. */
export async function findApplications(db: Database, names: readonly string[]): Promise<readonly ApplicationsTable[]> {
  if (names.length === 0) return [];
  return db.selectFrom('applications').selectAll().where('name', 'in', names).execute();
}

/** Names of those of the ids that exist, each once. */
export async function findApplicationNames(db: Database, applicationIds: readonly string[]): Promise<readonly string[]> {
  if (applicationIds.length === 0) return [];
  const rows = await db.selectFrom('applications').select('name').where('application_id', 'in', [...new Set(applicationIds)]).orderBy('name').execute();
  return rows.map((row) => row.name);
}

/** Up to `limit` names in order, those after `after` (null: from the first); of those in `among` alone when it is given. */
export async function listApplicationNames(db: Database, after: string | null, limit: number, among: readonly string[] | null = null): Promise<readonly string[]> {
  let query = db.selectFrom('applications').select('name').orderBy('name').limit(limit);
  if (among !== null) query = query.where('name', 'in', among);
  if (after !== null) query = query.where('name', '>', after);
  return (await query.execute()).map((row) => row.name);
}

export async function countApplications(db: Database): Promise<number> {
  const row = await db.selectFrom('applications').select((e) => e.fn.countAll().as('count')).executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Deployments repeat the name for the agents' sake: they are renamed too. */
export async function renameApplication(tx: Database, applicationId: string, name: string): Promise<void> {
  await tx.updateTable('applications').set({ name }).where('application_id', '=', applicationId).execute();
  await tx.updateTable('deployments').set({ application_name: name }).where('application_id', '=', applicationId).execute();
}

export async function writeApplicationTags(tx: Database, applicationId: string, tags: string): Promise<void> {
  await tx.updateTable('applications').set({ tags }).where('application_id', '=', applicationId).execute();
}

/**
 * Removes the application with its groups, revisions, deployments and promotions. What promotions of others have deployed to it goes with it. Commands stay, because an instance numbers them
 * without gaps, but count as ended: what was not sent yet goes out as a Cancel.
 */
export async function deleteApplication(tx: Database, applicationId: string, now: number): Promise<void> {
  const deployments = tx.selectFrom('deployments').select('deployment_id').where('application_id', '=', applicationId);
  const groups = tx.selectFrom('deployment_groups').select('group_id').where('application_id', '=', applicationId);
  await tx.updateTable('commands').set({ ended_at: now }).where('ended_at', 'is', null).where('deployment_id', 'in', deployments).execute();
  await deleteLogsOfApplication(tx, applicationId);
  await tx.deleteFrom('targets').where('deployment_id', 'in', deployments).execute();
  await tx.deleteFrom('watched_alarms').where('deployment_id', 'in', deployments).execute();
  await tx.deleteFrom('group_instances').where('group_id', 'in', groups).execute();
  await tx.deleteFrom('group_secrets').where('group_id', 'in', groups).execute();
  await tx.deleteFrom('traffic_routes').where('group_id', 'in', groups).execute();
  await tx.deleteFrom('freezes').where('application_id', '=', applicationId).execute();
  const promotions = tx.selectFrom('promotions').select('promotion_id').where('application_id', '=', applicationId);
  await tx.deleteFrom('promotion_deployments').where('promotion_id', 'in', promotions).execute();
  await tx.deleteFrom('promotions').where('application_id', '=', applicationId).execute();
  await tx.deleteFrom('promotion_paths').where('application_id', '=', applicationId).execute();
  await tx.deleteFrom('deployments').where('application_id', '=', applicationId).execute();
  await tx.deleteFrom('deployment_groups').where('application_id', '=', applicationId).execute();
  await tx.deleteFrom('revisions').where('application_id', '=', applicationId).execute();
  await tx.deleteFrom('applications').where('application_id', '=', applicationId).execute();
}
