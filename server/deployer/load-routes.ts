// Routes in the planner's terms.

import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { RouteState } from '../planner/traffic-state.ts';
import type { Database } from '../store/store.ts';
import type { TargetsTable, TrafficRoutesTable } from '../store/tables.ts';
import { listRoutes, type NamedRouter } from '../store/traffic-routes.ts';

/** By instance: one for each of the routers, whether anything is known of it or not. */
export async function loadRoutes(db: Database, groupId: string, targets: readonly Pick<TargetsTable, 'instance_id'>[], routers: readonly NamedRouter[]): Promise<ReadonlyMap<string, readonly RouteState[]>> {
  const rows = await listRoutes(db, groupId, targets.map((target) => target.instance_id));
  const known = new Map(rows.map((row) => [`${row.instance_id} ${row.router}`, row]));
  return new Map(targets.map(({ instance_id: id }) => [id, routers.map(({ name }) => routeState(name, known.get(`${id} ${name}`)))]));
}

function routeState(router: string, row: TrafficRoutesTable | undefined): RouteState {
  const instant = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : Number(value));
  return {
    router,
    wanted: (row?.wanted ?? null) as RouteState['wanted'],
    isForced: row?.is_forced === 1,
    isKeptOut: row?.is_kept_out === 1,
    askedAt: instant(row?.asked_at),
    takenAt: instant(row?.taken_at),
    state: (row?.state ?? null) as MemberState | null,
    inFlight: row?.in_flight ?? null,
    since: instant(row?.since),
    observedAt: instant(row?.observed_at),
    ...(row === undefined || row.observed_at === null ? {} : { weighs: row.weighs as NonNullable<RouteState['weighs']> | null }),
    ...(row === undefined || (row.weight_wanted === null && row.weight === null) ? {} : { weight: { wanted: row.weight_wanted, askedAt: instant(row.weight_asked_at), takenAt: instant(row.weight_taken_at), seen: row.weight } }),
    trouble: row === undefined || row.trouble === null ? null : { message: row.trouble, isFinal: row.is_trouble_final === 1 },
  };
}
