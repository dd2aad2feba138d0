// Custom deployment configs. The predefined ones are no rows: see server/operations/predefined-configs.ts.

import type { Database } from './store.ts';
import type { DeploymentConfigsTable } from './tables.ts';

export async function insertDeploymentConfig(db: Database, row: DeploymentConfigsTable): Promise<void> {
  await db.insertInto('deployment_configs').values(row).execute();
}

export async function findDeploymentConfig(db: Database, name: string): Promise<DeploymentConfigsTable | null> {
  return (await db.selectFrom('deployment_configs').selectAll().where('name', '=', name).executeTakeFirst()) ?? null;
}

/** Up to `limit` names in order, those after `after` (null: from the first). */
export async function listDeploymentConfigNames(db: Database, after: string | null, limit: number): Promise<readonly string[]> {
  let query = db.selectFrom('deployment_configs').select('name').orderBy('name').limit(limit);
  if (after !== null) query = query.where('name', '>', after);
  return (await query.execute()).map((row) => row.name);
}

export async function countDeploymentConfigs(db: Database): Promise<number> {
  const row = await db.selectFrom('deployment_configs').select((e) => e.fn.countAll().as('count')).executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Silent when there is none. */
export async function deleteDeploymentConfig(db: Database, name: string): Promise<void> {
  await db.deleteFrom('deployment_configs').where('name', '=', name).execute();
}
