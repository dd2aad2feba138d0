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
export async function noteMade(tx: Database, of: Pick<FleetHostsTable, 'deployment_id' | 'provider' | 'group_id'>, names: readonly string[]): Promise<void> {
  for (const name of new Set(names)) {
    const row = { ...of, name, instance_id: null, state: 'Made', released_by: null, request_id: null };
    await tx.insertInto('fleet_hosts').values(row).onConflict((conflict) => conflict.columns(['deployment_id', 'name']).doNothing()).execute();
  }
}

/** It has come, as this instance. */
export async function noteCome(tx: Database, deploymentId: string, name: string, instanceId: string): Promise<void> {
  await tx.updateTable('fleet_hosts').set({ instance_id: instanceId }).where('deployment_id', '=', deploymentId).where('name', '=', name).where('instance_id', 'is', null).execute();
}
