// Routes: how the instances of a group stand at the routers, and what is wanted of them there. Planners write what is
// wanted, the watch over traffic writes what was taken and seen. What is blocked stays in sight after its deployment has
// ended: a router may forget it, and then it is to be blocked again.

import { finalStatuses } from './deployments.ts';
import type { Database } from './store.ts';
import type { InstancesTable, TrafficRoutesTable } from './tables.ts';

export interface NamedRouter {
  readonly name: string;
  readonly list: string;
}

/** A route for each of the instances and routers; those that there are stay as they are. */
export async function insertRoutes(
  tx: Database,
  of: { readonly groupId: string; readonly deploymentId: string },
  instances: readonly Pick<InstancesTable, 'instance_id' | 'name'>[],
  routers: readonly NamedRouter[],
): Promise<void> {
  for (const { instance_id, name } of instances) {
    if (routers.length === 0) return;
    const rows = routers.map((router): TrafficRoutesTable => ({
      group_id: of.groupId,
      instance_id,
      router: router.name,
      list: router.list,
      target_id: name,
      deployment_id: of.deploymentId,
      wanted: null,
      is_forced: 0,
      is_kept_out: 0,
      asked_at: null,
      taken_at: null,
      state: null,
      in_flight: null,
      since: null,
      observed_at: null,
      detail: '',
      trouble: null,
      is_trouble_final: 0,
      is_settled: 0,
      weighs: null,
      weight_wanted: null,
      weight_asked_at: null,
      weight_taken_at: null,
      weight: null,
    }));
    await tx.insertInto('traffic_routes').values(rows).onConflict((conflict) => conflict.columns(['group_id', 'instance_id', 'router']).doNothing()).execute();
  }
}

/** Of these instances, by router. */
export async function listRoutes(db: Database, groupId: string, instanceIds: readonly string[]): Promise<readonly TrafficRoutesTable[]> {
  if (instanceIds.length === 0) return [];
  return db.selectFrom('traffic_routes').selectAll().where('group_id', '=', groupId).where('instance_id', 'in', instanceIds).orderBy('router').execute();
}

/** Instances of the group that an earlier deployment left out of rotation. */
export async function listKeptOut(db: Database, groupId: string): Promise<ReadonlySet<string>> {
  const rows = await db.selectFrom('traffic_routes').select('instance_id').where('group_id', '=', groupId).where('wanted', '=', 'Blocked').execute();
  return new Set(rows.map((row) => row.instance_id));
}

/** From its start on the deployment goes by these routes. */
export async function claimRoutes(tx: Database, of: { readonly groupId: string; readonly deploymentId: string }, instanceIds: readonly string[]): Promise<void> {
  if (instanceIds.length === 0) return;
  await tx.updateTable('traffic_routes').set({ deployment_id: of.deploymentId, is_settled: 0, trouble: null, is_trouble_final: 0 }).where('group_id', '=', of.groupId).where('instance_id', 'in', instanceIds).execute();
}

/** What was seen of these instances counts no more: they are to be seen anew. */
export async function forgetSeen(tx: Database, groupId: string, instanceIds: readonly string[]): Promise<void> {
  if (instanceIds.length === 0) return;
  await tx.updateTable('traffic_routes').set({ observed_at: null }).where('group_id', '=', groupId).where('instance_id', 'in', instanceIds).execute();
}

export type RouteWish =
  | { readonly wanted: 'Blocked'; readonly isForced: boolean }
  /** `isKeptOut`: its application is broken. */
  | { readonly wanted: 'Blocked'; readonly isKeptOut: true }
  /** The same, and asked for again even where it is so: nothing seen before counts. */
  | { readonly wanted: 'Blocked'; readonly isHeldBack: true }
  | { readonly wanted: 'Allowed' };

/** What is wanted of an instance from `now` on, at all routers. */
export async function wishForRoutes(tx: Database, of: { readonly groupId: string; readonly deploymentId: string }, instanceId: string, wish: RouteWish, now: number): Promise<void> {
  const asked = { wanted: wish.wanted, asked_at: now, taken_at: null, trouble: null, is_trouble_final: 0, is_settled: 0, deployment_id: of.deploymentId };
  const routes = tx.updateTable('traffic_routes').where('group_id', '=', of.groupId).where('instance_id', '=', instanceId);
  if (wish.wanted === 'Allowed') {
    await routes.set({ ...asked, is_forced: 0, is_kept_out: 0 }).execute();
  } else if ('isKeptOut' in wish) {
    // What is blocked already need not be asked for again.
    await routes.set({ is_kept_out: 1 }).where('wanted', '=', 'Blocked').execute();
    await routes.set({ ...asked, is_forced: 0, is_kept_out: 1 }).where((e) => e.or([e('wanted', 'is', null), e('wanted', '!=', 'Blocked')])).execute();
  } else if ('isHeldBack' in wish) {
    await routes.set({ ...asked, is_forced: 0, is_kept_out: 1 }).execute();
    // A share that an earlier deployment had left it: once it is out it may be whole.
    await routes.set({ weight_wanted: 100, weight_asked_at: now, weight_taken_at: null }).where('weight_wanted', 'is not', null).where('weighs', '=', 'member').execute();
  } else {
    await routes.set({ ...asked, is_forced: wish.isForced ? 1 : 0 }).execute();
  }
}

export interface WeightWish {
  readonly instanceId: string;
  readonly router: string;
  readonly weight: number;
}

/** How much of the traffic is to come by these ways from `now` on. */
export async function wishForWeights(tx: Database, of: { readonly groupId: string; readonly deploymentId: string }, wishes: readonly WeightWish[], now: number): Promise<void> {
  const kinds = Map.groupBy(wishes, ({ router, weight }) => `${weight} ${router}`);
  for (const same of kinds.values()) {
    await tx
      .updateTable('traffic_routes')
      .set({ weight_wanted: same[0]!.weight, weight_asked_at: now, weight_taken_at: null, trouble: null, is_trouble_final: 0, is_settled: 0, deployment_id: of.deploymentId })
      .where('group_id', '=', of.groupId)
      .where('router', '=', same[0]!.router)
      .where('instance_id', 'in', same.map(({ instanceId }) => instanceId))
      .execute();
  }
}

/** Routers at which there is something to be looked at. */
export async function watchedRouters(db: Database): Promise<readonly NamedRouter[]> {
  const rows = await db.selectFrom('traffic_routes').select(['router', 'list']).distinct().where('is_settled', '=', 0).orderBy('router').execute();
  return rows.filter(({ router }, index) => rows[index - 1]?.router !== router).map(({ router: name, list }) => ({ name, list }));
}

export interface WatchedRoute extends TrafficRoutesTable {
  /** No deployment that is not over goes by it. */
  readonly isIdle: boolean;
  /** When the deployment that goes by it started; 0: it has not. */
  readonly startedAt: number;
}

/** The routes at a router that somebody has to look at, in order of their instances. */
export async function listWatchedRoutes(db: Database, router: string): Promise<readonly WatchedRoute[]> {
  const rows = await db
    .selectFrom('traffic_routes')
    .innerJoin('instances', 'instances.instance_id', 'traffic_routes.instance_id')
    .leftJoin('deployments', 'deployments.deployment_id', 'traffic_routes.deployment_id')
    .selectAll('traffic_routes')
    .select(['deployments.status as deployment_status', 'deployments.started_at as started_at'])
    .where('traffic_routes.router', '=', router)
    .where('traffic_routes.is_settled', '=', 0)
    .where('instances.deregistered_at', 'is', null)
    .orderBy('traffic_routes.instance_id')
    .orderBy('traffic_routes.group_id')
    .execute();
  return rows.map(({ deployment_status: status, started_at: startedAt, ...row }) => ({ ...row, isIdle: status === null || finalStatuses.includes(status), startedAt: Number(startedAt ?? 0) }));
}

/** Tells the routes of one router apart. */
export function routeKey({ group_id: groupId, instance_id: instanceId }: TrafficRoutesTable): string {
  return `${groupId} ${instanceId}`;
}

/** What was learnt of a route; only while it is wanted as it was, by whom it was. */
export async function noteRoute(tx: Database, { group_id, instance_id, router, deployment_id, asked_at, wanted, weight_asked_at: weighedAt }: TrafficRoutesTable, learnt: Partial<TrafficRoutesTable>): Promise<boolean> {
  const written = await tx
    .updateTable('traffic_routes')
    .set(learnt)
    .where('group_id', '=', group_id)
    .where('instance_id', '=', instance_id)
    .where('router', '=', router)
    .where('deployment_id', '=', deployment_id)
    .where('asked_at', asked_at === null ? 'is' : '=', asked_at)
    .where('wanted', wanted === null ? 'is' : '=', wanted)
    .where('weight_asked_at', weighedAt === null ? 'is' : '=', weighedAt)
    .executeTakeFirst();
  return Number(written.numUpdatedRows) > 0;
}

/** Plans made before are to be made again. */
export async function noteNews(tx: Database, deploymentIds: readonly string[]): Promise<void> {
  if (deploymentIds.length === 0) return;
  await tx
    .updateTable('deployments')
    .set((e) => ({ version: e('version', '+', 1) }))
    .where('deployment_id', 'in', deploymentIds)
    .where('status', 'not in', finalStatuses)
    .execute();
}

/** The group does not go by these routers any more. Whoever is blocked there stays as the router has it. */
export async function forgetRoutes(tx: Database, groupId: string, exceptRouters: readonly string[]): Promise<void> {
  let query = tx.deleteFrom('traffic_routes').where('group_id', '=', groupId);
  if (exceptRouters.length > 0) query = query.where('router', 'not in', exceptRouters);
  await query.execute();
}
