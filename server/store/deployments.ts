// Deployments: one row each, whose columns the planner's commits move and whose document was frozen at creation.

import type { Database } from './store.ts';
import type { DeploymentsTable } from './tables.ts';

/** Statuses of a deployment that is over. */
export const finalStatuses: readonly string[] = ['Succeeded', 'Failed', 'Stopped'];

export async function insertDeployment(tx: Database, row: DeploymentsTable): Promise<void> {
  await tx.insertInto('deployments').values(row).execute();
}

export async function findDeployment(db: Database, deploymentId: string): Promise<DeploymentsTable | null> {
  return (await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirst()) ?? null;
}

/** Those of the ids that exist, in no particular order. */
export async function findDeployments(db: Database, deploymentIds: readonly string[]): Promise<readonly DeploymentsTable[]> {
  if (deploymentIds.length === 0) return [];
  return db.selectFrom('deployments').selectAll().where('deployment_id', 'in', deploymentIds).execute();
}

/** The oldest deployment of the group that is not over, or null. */
export async function findActiveDeployment(db: Database, groupId: string): Promise<DeploymentsTable | null> {
  const row = await db
    .selectFrom('deployments')
    .selectAll()
    .where('group_id', '=', groupId)
    .where('status', 'not in', finalStatuses)
    .orderBy('created_at')
    .orderBy('deployment_id')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** Ids of the group's deployments that are not over. */
export async function listActiveDeploymentIds(db: Database, groupId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('deployments')
    .select('deployment_id')
    .where('group_id', '=', groupId)
    .where('status', 'not in', finalStatuses)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => row.deployment_id);
}

export interface DeploymentQuery {
  readonly groupId: string | null;
  /** Empty: whatever the status. */
  readonly statuses: readonly string[];
  /** Created at or after, at or before; epoch milliseconds. */
  readonly createdFrom: number | null;
  readonly createdTo: number | null;
  /** Where the last page ended; null for the first. */
  readonly after: DeploymentPlace | null;
  readonly limit: number;
}

export interface DeploymentPlace {
  readonly createdAt: number;
  readonly deploymentId: string;
}

/** A page of deployments, newest first. */
export async function listDeployments(db: Database, query: DeploymentQuery): Promise<readonly DeploymentPlace[]> {
  let rows = db
    .selectFrom('deployments')
    .select(['deployment_id', 'created_at'])
    .orderBy('created_at', 'desc')
    .orderBy('deployment_id', 'desc')
    .limit(query.limit);
  if (query.groupId !== null) rows = rows.where('group_id', '=', query.groupId);
  if (query.statuses.length > 0) rows = rows.where('status', 'in', query.statuses);
  if (query.createdFrom !== null) rows = rows.where('created_at', '>=', query.createdFrom);
  if (query.createdTo !== null) rows = rows.where('created_at', '<=', query.createdTo);
  const { after } = query;
  if (after !== null) {
    rows = rows.where((e) =>
      e.or([
        e('created_at', '<', after.createdAt),
        e.and([e('created_at', '=', after.createdAt), e('deployment_id', '<', after.deploymentId)]),
      ]),
    );
  }
  return (await rows.execute()).map((row) => ({ createdAt: Number(row.created_at), deploymentId: row.deployment_id }));
}

/**
 * Asks for a stop: the first request's instant counts; what is said of rolling back counts when it is said. The version
 * grows, so that a plan made before the request is made again.
 */
export async function requestStop(tx: Database, deploymentId: string, now: number, rollback: boolean | null): Promise<void> {
  await tx
    .updateTable('deployments')
    .set((e) => ({
      stop_requested_at: e.fn.coalesce('stop_requested_at', e.val(now)),
      version: e('version', '+', 1),
      ...(rollback === null ? {} : { stop_rollback: rollback ? 1 : 0 }),
    }))
    .where('deployment_id', '=', deploymentId)
    .where('status', 'not in', finalStatuses)
    .execute();
}
