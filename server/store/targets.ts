// Targets: instances within one deployment, frozen when it is created.

import { inEvenPieces, updateRows } from './many-rows.ts';
import type { Database } from './store.ts';
import type { TargetsTable } from './tables.ts';

/** SQLite takes 32766 values in one statement; a row has a dozen. */
const rowsAtOnce = 500;

export async function insertTargets(tx: Database, rows: readonly TargetsTable[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    await tx.insertInto('targets').values(rows.slice(at, at + rowsAtOnce)).execute();
  }
}

/** Writes how they stand and how their lifecycle events do: each row has all of it, its deployment's new version too. */
export async function replaceTargets(tx: Database, rows: readonly Pick<TargetsTable, 'deployment_id' | 'target_id' | 'status' | 'generation' | 'events' | 'last_updated_at' | 'version'>[]): Promise<void> {
  const numbers = ['generation', 'last_updated_at', 'version'] as const;
  await updateRows(tx, { table: 'targets', keys: ['deployment_id', 'target_id'], set: ['status', 'events', ...numbers], numbers }, rows);
}

/** Those of these ids, in no order. */
export async function listTargetsOf(db: Database, deploymentId: string, targetIds: readonly string[]): Promise<readonly TargetsTable[]> {
  const found: TargetsTable[] = [];
  for (const piece of inEvenPieces(targetIds)) {
    found.push(...(await db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).where('target_id', 'in', piece).execute()));
  }
  return found;
}

/** All of them, by target id; or those that are newer than a version of the deployment. */
export async function listTargets(db: Database, deploymentId: string, newerThan = -1): Promise<readonly TargetsTable[]> {
  return db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).where('version', '>', newerThan).orderBy('target_id').execute();
}

/** Empty lists: any. */
export interface TargetChoice {
  readonly statuses: readonly string[];
  readonly labels: readonly string[];
}

/** Up to `limit` target ids in order, those after `after` (null: from the first). */
export async function listTargetIds(
  db: Database,
  deploymentId: string,
  { statuses, labels }: TargetChoice,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  let query = db.selectFrom('targets').select('target_id').where('deployment_id', '=', deploymentId).orderBy('target_id').limit(limit);
  if (statuses.length > 0) query = query.where('status', 'in', statuses);
  if (labels.length > 0) query = query.where('label', 'in', labels);
  if (after !== null) query = query.where('target_id', '>', after);
  return (await query.execute()).map((row) => row.target_id);
}

/** How many targets each deployment has in each status. Deployments without targets are not in the map. */
export async function countTargets(
  db: Database,
  deploymentIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  if (deploymentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('targets')
    .select((e) => ['deployment_id', 'status', e.fn.countAll().as('count')] as const)
    .where('deployment_id', 'in', deploymentIds)
    .groupBy(['deployment_id', 'status'])
    .execute();
  const counts = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const ofDeployment = counts.get(row.deployment_id) ?? new Map<string, number>();
    counts.set(row.deployment_id, ofDeployment.set(row.status, Number(row.count)));
  }
  return counts;
}

/** Writes how its lifecycle events stand; `version` is its deployment's new one. */
export async function replaceEvents(tx: Database, { deployment_id: deploymentId, target_id: targetId }: Pick<TargetsTable, 'deployment_id' | 'target_id'>, { events, version, now }: { readonly events: string; readonly version: number; readonly now: number }): Promise<void> {
  await tx.updateTable('targets').set({ events, last_updated_at: now, version }).where('deployment_id', '=', deploymentId).where('target_id', '=', targetId).execute();
}
