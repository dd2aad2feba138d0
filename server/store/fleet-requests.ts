// What fleet providers were asked, and what they said. A request is an effect as well, of the same id: that says when it is
// sent, this what became of it.

import type { Database } from './store.ts';
import type { FleetRequestsTable } from './tables.ts';

export async function insertFleetRequest(tx: Database, row: FleetRequestsTable): Promise<void> {
  await tx.insertInto('fleet_requests').values(row).execute();
}

export async function findFleetRequest(db: Database, requestId: string): Promise<FleetRequestsTable | null> {
  return (await db.selectFrom('fleet_requests').selectAll().where('request_id', '=', requestId).executeTakeFirst()) ?? null;
}

/** Of these deployments, in the order in which they were asked. */
export async function listFleetRequests(db: Database, deploymentIds: readonly string[]): Promise<readonly FleetRequestsTable[]> {
  if (deploymentIds.length === 0) return [];
  return db.selectFrom('fleet_requests').selectAll().where('deployment_id', 'in', deploymentIds).orderBy('asked_at').orderBy('request_id').execute();
}

export async function noteFleetRequest(tx: Database, requestId: string, change: Partial<Pick<FleetRequestsTable, 'state' | 'detail' | 'ended_at'>>): Promise<void> {
  await tx.updateTable('fleet_requests').set(change).where('request_id', '=', requestId).execute();
}

/** Deployments that wait for instances. */
export async function listProvisioning(db: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('fleet_requests').select('deployment_id').where('kind', '=', 'Provision').where('ended_at', 'is', null).orderBy('deployment_id').execute();
  return rows.map((row) => row.deployment_id);
}

/** The deployment waits for its instances no longer. */
export async function endProvision(tx: Database, deploymentId: string, now: number): Promise<void> {
  await tx.updateTable('fleet_requests').set({ ended_at: now }).where('deployment_id', '=', deploymentId).where('kind', '=', 'Provision').where('ended_at', 'is', null).execute();
}

/** Why the last attempt to send it failed; null where none did, or one has succeeded since. */
export async function lastTroubleOf(db: Database, requestId: string): Promise<string | null> {
  const row = await db.selectFrom('effects').select('last_error').where('effect_id', '=', requestId).executeTakeFirst();
  return row?.last_error ?? null;
}

/** The same of several; those without are not in the map. */
export async function lastTroublesOf(db: Database, requestIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (requestIds.length === 0) return new Map();
  const rows = await db.selectFrom('effects').select(['effect_id', 'last_error']).where('effect_id', 'in', requestIds).where('last_error', 'is not', null).execute();
  return new Map(rows.flatMap((row) => (row.last_error === null ? [] : [[row.effect_id, row.last_error] as const])));
}
