// Instances that were made for a deployment, or are to be taken away after one: who made them, and how far they are on their way.
//
//   Made --the fleet became the group--> Member --a later deployment lets it go--> Leaving --> Asked --> Released | Unanswered
//     '--its deployment has ended without--------------------------------------------------^
//
// Of instances that nobody made for a deployment, only those that leave have a row.

import type { Database } from './store.ts';
import type { FleetHostsTable } from './tables.ts';

export async function listHostsOf(db: Database, deploymentId: string): Promise<readonly FleetHostsTable[]> {
  return db.selectFrom('fleet_hosts').selectAll().where('deployment_id', '=', deploymentId).orderBy('name').execute();
}

/** Made for the deployment; those that are known stay as they are. */
export async function noteMade(tx: Database, { deployment_id, provider, group_id }: Pick<FleetHostsTable, 'deployment_id' | 'provider' | 'group_id'>, names: readonly string[]): Promise<void> {
  for (const name of new Set(names)) {
    const row = { deployment_id, provider, group_id, name, instance_id: null, state: 'Made', released_by: null, request_id: null };
    await tx.insertInto('fleet_hosts').values(row).onConflict((conflict) => conflict.columns(['deployment_id', 'name']).doNothing()).execute();
  }
}

/** It has come, as this instance. */
export async function noteCome(tx: Database, deploymentId: string, name: string, instanceId: string): Promise<void> {
  await tx.updateTable('fleet_hosts').set({ instance_id: instanceId }).where('deployment_id', '=', deploymentId).where('name', '=', name).where('instance_id', 'is', null).execute();
}

/** Those that may have to be let go. */
export async function listLeaving(db: Database): Promise<readonly FleetHostsTable[]> {
  return db.selectFrom('fleet_hosts').selectAll().where('state', 'in', ['Made', 'Leaving']).orderBy('deployment_id').orderBy('name').execute();
}

/** Made for one of these deployments, or let go by it. */
export async function listHostsAbout(db: Database, deploymentIds: readonly string[]): Promise<readonly FleetHostsTable[]> {
  if (deploymentIds.length === 0) return [];
  return db
    .selectFrom('fleet_hosts')
    .selectAll()
    .where((e) => e.or([e('deployment_id', 'in', deploymentIds), e('released_by', 'in', deploymentIds)]))
    .orderBy('name')
    .execute();
}

/** Instances that no deployment to this group is to count as the group's by their tags: made for it and not its members, on their way out, or gone. */
export async function listNoMembers(db: Database, groupId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('fleet_hosts')
    .select('instance_id')
    .where('instance_id', 'is not', null)
    .where((e) => e.or([e('state', 'in', ['Asked', 'Released', 'Unanswered']), e.and([e('group_id', '=', groupId), e('state', 'in', ['Made', 'Leaving'])])]))
    .execute();
  return new Set(rows.flatMap((row) => (row.instance_id === null ? [] : [row.instance_id])));
}

/** They are the group now. */
export async function noteMembers(tx: Database, groupId: string, instanceIds: readonly string[]): Promise<void> {
  if (instanceIds.length === 0) return;
  await tx.updateTable('fleet_hosts').set({ state: 'Member' }).where('group_id', '=', groupId).where('instance_id', 'in', instanceIds).where('state', '=', 'Made').execute();
}

/** They are the group no longer, as traffic went back. */
export async function noteNoMembers(tx: Database, groupId: string, instanceIds: readonly string[]): Promise<void> {
  if (instanceIds.length === 0) return;
  await tx.updateTable('fleet_hosts').set({ state: 'Made' }).where('group_id', '=', groupId).where('instance_id', 'in', instanceIds).where('state', '=', 'Member').execute();
}

/** A deployment lets them go, whoever made them. */
export async function noteLeaving(tx: Database, of: Pick<FleetHostsTable, 'provider' | 'group_id'>, deploymentId: string, instances: readonly { readonly instanceId: string; readonly name: string }[]): Promise<void> {
  for (const { instanceId, name } of instances) {
    const known = await tx.updateTable('fleet_hosts').set({ state: 'Leaving', released_by: deploymentId, provider: of.provider }).where('instance_id', '=', instanceId).where('state', 'in', ['Made', 'Member', 'Leaving']).executeTakeFirst();
    if (Number(known.numUpdatedRows) > 0) continue;
    const row = { ...of, deployment_id: deploymentId, name, instance_id: instanceId, state: 'Leaving', released_by: deploymentId, request_id: null };
    await tx.insertInto('fleet_hosts').values(row).onConflict((conflict) => conflict.columns(['deployment_id', 'name']).doNothing()).execute();
  }
}

/** The provider is to be asked for them by this request. False where one of them is on its way already. */
export async function noteAsked(tx: Database, hosts: readonly Pick<FleetHostsTable, 'deployment_id' | 'name'>[], requestId: string): Promise<boolean> {
  for (const { deployment_id: deploymentId, name } of hosts) {
    const asked = await tx.updateTable('fleet_hosts').set({ state: 'Asked', request_id: requestId }).where('deployment_id', '=', deploymentId).where('name', '=', name).where('state', 'in', ['Made', 'Leaving']).executeTakeFirst();
    if (Number(asked.numUpdatedRows) === 0) return false;
  }
  return true;
}

/** What became of the request. */
export async function endAsked(tx: Database, requestId: string, state: 'Released' | 'Unanswered'): Promise<readonly FleetHostsTable[]> {
  const hosts = await tx.selectFrom('fleet_hosts').selectAll().where('request_id', '=', requestId).where('state', '=', 'Asked').orderBy('name').execute();
  await tx.updateTable('fleet_hosts').set({ state }).where('request_id', '=', requestId).where('state', '=', 'Asked').execute();
  return hosts;
}
