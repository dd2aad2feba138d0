// Deployments: one row each, whose columns the planner's commits move and whose document was frozen at creation.

import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import { inEvenPieces } from './many-rows.ts';
import type { Database } from './store.ts';
import type { DeploymentsTable } from './tables.ts';

/** Statuses of a deployment that is over. */
export const finalStatuses: readonly string[] = ['Succeeded', 'Failed', 'Stopped'];

/** All others. */
export const unfinishedStatuses: readonly DeploymentStatus[] = ['Created', 'Queued', 'InProgress', 'Baking', 'Ready'];

/** As the newest of its group. */
export async function insertDeployment(tx: Database, row: DeploymentsTable): Promise<void> {
  const last = await tx.selectFrom('deployments').select((e) => e.fn.max('number').as('number')).where('group_id', '=', row.group_id).executeTakeFirst();
  await tx.insertInto('deployments').values({ ...row, number: Number(last?.number ?? 0) + 1 }).execute();
}

/** Whether one deployment of a group was made after another. */
export function isNewer(one: DeploymentsTable, other: DeploymentsTable): boolean {
  const [a, b] = [Number(one.number ?? 0), Number(other.number ?? 0)];
  return a === b ? Number(one.created_at) > Number(other.created_at) : a > b;
}

export async function findDeployment(db: Database, deploymentId: string): Promise<DeploymentsTable | null> {
  return (await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirst()) ?? null;
}

/** Those of the ids that exist, in no particular order. */
export async function findDeployments(db: Database, deploymentIds: readonly string[]): Promise<readonly DeploymentsTable[]> {
  if (deploymentIds.length === 0) return [];
  return db.selectFrom('deployments').selectAll().where('deployment_id', 'in', deploymentIds).execute();
}

/** The group's deployments that are not over, oldest first. */
export async function listActiveDeployments(db: Database, groupId: string): Promise<readonly DeploymentsTable[]> {
  return db
    .selectFrom('deployments')
    .selectAll()
    .where('group_id', '=', groupId)
    .where('status', 'not in', finalStatuses)
    .orderBy('created_at')
    .orderBy('deployment_id')
    .execute();
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

/** Ids of the deployments that are not over and have one of these instances among their targets. */
export async function listUnfinishedDeploymentsOn(db: Database, instanceIds: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const piece of inEvenPieces(instanceIds)) {
    const rows = await db
      .selectFrom('deployments')
      .select('deployment_id')
      .where('status', 'in', unfinishedStatuses)
      .where((e) => e.exists(e.selectFrom('targets').select('targets.target_id').whereRef('targets.deployment_id', '=', 'deployments.deployment_id').where('targets.instance_id', 'in', piece)))
      .execute();
    for (const row of rows) found.add(row.deployment_id);
  }
  return [...found];
}

/** Ids of the deployments that follow on each of these, oldest first. Those without any are not in the map. */
export async function listFollowOns(db: Database, rootDeploymentIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (rootDeploymentIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('deployments')
    .select(['deployment_id', 'root_deployment_id'])
    .where('root_deployment_id', 'in', rootDeploymentIds)
    .orderBy('created_at')
    .orderBy('deployment_id')
    .execute();
  const found = new Map<string, string[]>();
  for (const { deployment_id: id, root_deployment_id: root } of rows) found.set(root!, [...(found.get(root!) ?? []), id]);
  return found;
}

export interface DeploymentQuery {
  readonly groupId: string | null;
  /** Null: whatever the application. */
  readonly applicationNames?: readonly string[] | null;
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
  if (query.applicationNames !== undefined && query.applicationNames !== null) rows = rows.where('application_name', 'in', query.applicationNames);
  if (query.statuses.length > 0) rows = rows.where('status', 'in', query.statuses);
  if (query.createdFrom !== null) rows = rows.where('created_at', '>=', Math.ceil(query.createdFrom));
  if (query.createdTo !== null) rows = rows.where('created_at', '<=', Math.floor(query.createdTo));
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

/** The version grows, so that a plan made from the old document is made again. */
export async function replaceDocument(tx: Database, deploymentId: string, document: string): Promise<void> {
  await tx
    .updateTable('deployments')
    .set((e) => ({ document, version: e('version', '+', 1) }))
    .where('deployment_id', '=', deploymentId)
    .execute();
}

/** The calendar has changed: plans to start, made from what it was, are made again. A null covers all. */
export async function holdStarts(tx: Database, { applicationId, groupId }: { readonly applicationId: string | null; readonly groupId: string | null }): Promise<void> {
  let query = tx
    .updateTable('deployments')
    .set((e) => ({ version: e('version', '+', 1) }))
    .where('started_at', 'is', null)
    .where('status', 'not in', finalStatuses);
  if (applicationId !== null) query = query.where('application_id', '=', applicationId);
  if (groupId !== null) query = query.where('group_id', '=', groupId);
  await query.execute();
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

/** Something beside its row has changed: a plan made before is made again. Returns the version that what is written beside it gets. */
export async function touchDeployment(tx: Database, deploymentId: string): Promise<number> {
  const { version } = await tx
    .updateTable('deployments')
    .set((e) => ({ version: e('version', '+', 1) }))
    .where('deployment_id', '=', deploymentId)
    .returning('version')
    .executeTakeFirstOrThrow();
  return Number(version);
}
