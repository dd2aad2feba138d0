// Deployment groups, and how instances stand within them. What callers set is one document; what deployments leave
// behind (last attempted, last successful, target revision) are columns of their own.

import { inExactPieces } from './many-rows.ts';
import type { Database } from './store.ts';
import type { DeploymentGroupsTable, GroupInstancesTable } from './tables.ts';

export async function insertDeploymentGroup(db: Database, row: DeploymentGroupsTable): Promise<void> {
  await db.insertInto('deployment_groups').values(row).execute();
}

export async function findDeploymentGroup(db: Database, applicationId: string, name: string): Promise<DeploymentGroupsTable | null> {
  const row = await db
    .selectFrom('deployment_groups')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row ?? null;
}

export async function findDeploymentGroupById(db: Database, groupId: string): Promise<DeploymentGroupsTable | null> {
  return (await db.selectFrom('deployment_groups').selectAll().where('group_id', '=', groupId).executeTakeFirst()) ?? null;
}

export interface NamedGroup extends DeploymentGroupsTable {
  readonly applicationName: string;
}

/** Those of the ids that exist, whatever their applications. */
export async function findDeploymentGroupsById(db: Database, groupIds: readonly string[]): Promise<readonly NamedGroup[]> {
  if (groupIds.length === 0) return [];
  return db
    .selectFrom('deployment_groups')
    .innerJoin('applications', 'applications.application_id', 'deployment_groups.application_id')
    .selectAll('deployment_groups')
    .select('applications.name as applicationName')
    .where('group_id', 'in', groupIds)
    .execute();
}

/** Those of the names that exist, in no particular order. */
export async function findDeploymentGroups(
  db: Database,
  applicationId: string,
  names: readonly string[],
): Promise<readonly DeploymentGroupsTable[]> {
  if (names.length === 0) return [];
  return db.selectFrom('deployment_groups').selectAll().where('application_id', '=', applicationId).where('name', 'in', names).execute();
}

/** Up to `limit` names in order, those after `after` (null: from the first). */
export async function listDeploymentGroupNames(
  db: Database,
  applicationId: string,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  let query = db.selectFrom('deployment_groups').select('name').where('application_id', '=', applicationId).orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return (await query.execute()).map((row) => row.name);
}

export async function countDeploymentGroups(db: Database, applicationId: string): Promise<number> {
  const row = await db
    .selectFrom('deployment_groups')
    .select((e) => e.fn.countAll().as('count'))
    .where('application_id', '=', applicationId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Every group's document, whatever its application. */
export async function listGroupDocuments(db: Database): Promise<readonly Pick<DeploymentGroupsTable, 'group_id' | 'name' | 'document'>[]> {
  return db.selectFrom('deployment_groups').select(['group_id', 'name', 'document']).execute();
}

/** Groups of an application that have a target revision, by name. */
export async function listTargetRevisions(
  db: Database,
  applicationId: string,
): Promise<readonly { readonly name: string; readonly targetRevision: string }[]> {
  const rows = await db
    .selectFrom('deployment_groups')
    .select(['name', 'target_revision'])
    .where('application_id', '=', applicationId)
    .where('target_revision', 'is not', null)
    .orderBy('name')
    .execute();
  return rows.map((row) => ({ name: row.name, targetRevision: row.target_revision! }));
}

/** Deployments repeat the name for the agents' sake: they are renamed too. */
export async function updateDeploymentGroup(tx: Database, groupId: string, name: string, document: string): Promise<void> {
  await tx.updateTable('deployment_groups').set({ name, document }).where('group_id', '=', groupId).execute();
  await tx.updateTable('deployments').set({ group_name: name }).where('group_id', '=', groupId).execute();
}

export async function writeGroupDocument(tx: Database, groupId: string, document: string): Promise<void> {
  await tx.updateTable('deployment_groups').set({ document }).where('group_id', '=', groupId).execute();
}

/** Who the members are, whatever the tags say; null: those selected by tag. */
export async function writeMembers(tx: Database, groupId: string, instanceIds: readonly string[] | null): Promise<void> {
  await tx.updateTable('deployment_groups').set({ members: instanceIds === null ? null : JSON.stringify(instanceIds.toSorted()) }).where('group_id', '=', groupId).execute();
}

export function readMembers({ members = null }: Pick<DeploymentGroupsTable, 'members'>): readonly string[] | null {
  return members === null ? null : (JSON.parse(members) as string[]);
}

export async function noteAttempted(tx: Database, groupId: string, deploymentId: string): Promise<void> {
  await tx.updateTable('deployment_groups').set({ last_attempted_deployment_id: deploymentId }).where('group_id', '=', groupId).execute();
}

/** Its deployments stay: they are the application's history. */
export async function deleteDeploymentGroup(tx: Database, groupId: string): Promise<void> {
  await tx.deleteFrom('group_instances').where('group_id', '=', groupId).execute();
  await tx.deleteFrom('group_secrets').where('group_id', '=', groupId).execute();
  await tx.deleteFrom('traffic_routes').where('group_id', '=', groupId).execute();
  await tx.deleteFrom('freezes').where('group_id', '=', groupId).execute();
  await tx.deleteFrom('deployment_groups').where('group_id', '=', groupId).execute();
}

/** What a deployment leaves instances with. */
export async function replaceStandings(tx: Database, standings: readonly GroupInstancesTable[]): Promise<void> {
  for (const piece of inExactPieces(standings)) {
    await tx
      .insertInto('group_instances')
      .values(piece)
      .onConflict((conflict) => conflict.columns(['group_id', 'instance_id']).doUpdateSet((e) => ({ is_healthy: e.ref('excluded.is_healthy'), location_key: e.ref('excluded.location_key'), deployment_id: e.ref('excluded.deployment_id') })))
      .execute();
  }
}

/** How the instances stand that a deployment of this group has touched. */
export async function listGroupInstances(db: Database, groupId: string): Promise<readonly GroupInstancesTable[]> {
  return db.selectFrom('group_instances').selectAll().where('group_id', '=', groupId).execute();
}
