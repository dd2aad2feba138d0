// Targets: instances within one deployment, frozen when it is created.

import type { Database } from './store.ts';
import type { TargetsTable } from './tables.ts';

/** SQLite takes 32766 values in one statement; a row has ten. */
const rowsAtOnce = 500;

export async function insertTargets(tx: Database, rows: readonly TargetsTable[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    await tx.insertInto('targets').values(rows.slice(at, at + rowsAtOnce)).execute();
  }
}

/** All of them, by target id. */
export async function listTargets(db: Database, deploymentId: string): Promise<readonly TargetsTable[]> {
  return db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).orderBy('target_id').execute();
}

/** Up to `limit` target ids in order, those after `after` (null: from the first), of these statuses (empty: of any). */
export async function listTargetIds(
  db: Database,
  deploymentId: string,
  statuses: readonly string[],
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  let query = db.selectFrom('targets').select('target_id').where('deployment_id', '=', deploymentId).orderBy('target_id').limit(limit);
  if (statuses.length > 0) query = query.where('status', 'in', statuses);
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
