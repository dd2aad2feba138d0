// How the alarms stand that deployments heed: a row for each alarm of each deployment, written with the deployment and
// filled in by the watch. A planner reads nothing else of alarms.

import { finalStatuses } from './deployments.ts';
import { inEvenPieces } from './many-rows.ts';
import type { Database } from './store.ts';
import type { WatchedAlarmsTable } from './tables.ts';

/** Not yet observed. */
export function newWatchedAlarms(deploymentId: string, alarms: readonly { readonly name: string; readonly isDryRun: boolean }[]): readonly WatchedAlarmsTable[] {
  return alarms.map(({ name, isDryRun }, position) => ({
    deployment_id: deploymentId,
    name,
    position,
    is_dry_run: isDryRun ? 1 : 0,
    state: null,
    detail: '',
    observed_at: null,
    good_until: null,
    active_at: null,
  }));
}

export async function insertWatchedAlarms(tx: Database, rows: readonly WatchedAlarmsTable[]): Promise<void> {
  if (rows.length > 0) await tx.insertInto('watched_alarms').values(rows).execute();
}

/** In the order in which they were named. */
export async function listWatchedAlarms(db: Database, deploymentId: string): Promise<readonly WatchedAlarmsTable[]> {
  return db.selectFrom('watched_alarms').selectAll().where('deployment_id', '=', deploymentId).orderBy('position').execute();
}

/** Of many deployments; of each in the order in which they were named. */
export async function listWatchedAlarmsOf(db: Database, deploymentIds: readonly string[]): Promise<ReadonlyMap<string, readonly WatchedAlarmsTable[]>> {
  const rows: WatchedAlarmsTable[] = [];
  for (const piece of inEvenPieces(deploymentIds)) {
    rows.push(...(await db.selectFrom('watched_alarms').selectAll().where('deployment_id', 'in', piece).orderBy('position').execute()));
  }
  return Map.groupBy(rows, (row) => row.deployment_id);
}

/** Alarms that deployments heed which are not over, and whether one of these has not seen it yet. */
export async function heededAlarms(db: Database): Promise<ReadonlyMap<string, { readonly isUnseen: boolean }>> {
  const rows = await heeded(db).select(['watched_alarms.name', 'watched_alarms.state']).orderBy('watched_alarms.name').execute();
  const alarms = new Map<string, { isUnseen: boolean }>();
  for (const { name, state } of rows) alarms.set(name, { isUnseen: state === null || alarms.get(name)?.isUnseen === true });
  return alarms;
}

export async function isHeeded(db: Database, name: string): Promise<boolean> {
  return (await heeded(db).select('watched_alarms.name').where('watched_alarms.name', '=', name).limit(1).executeTakeFirst()) !== undefined;
}

export interface Observation {
  readonly state: 'OK' | 'ALARM' | 'INCONCLUSIVE' | 'ERROR';
  readonly detail: string;
  readonly observedAt: number;
  /** From then on it counts as ERROR, unless it is renewed. */
  readonly goodUntil: number;
}

/**
 * Writes how an alarm stands for each deployment that heeds it; returns the deployments for which that is news. An alarm
 * seen active once their start stays so for them. The version of these grows, so that a plan made before is made again.
 */
export async function recordObservation(tx: Database, name: string, { state, detail, observedAt, goodUntil }: Observation): Promise<readonly string[]> {
  const rows = await heeded(tx)
    .select(['watched_alarms.deployment_id', 'watched_alarms.state', 'watched_alarms.active_at', 'deployments.started_at'])
    .where('watched_alarms.name', '=', name)
    .execute();
  const news: string[] = [];
  for (const row of rows) {
    const becomesActive = state === 'ALARM' && row.active_at === null && row.started_at !== null;
    await tx
      .updateTable('watched_alarms')
      .set({ state, detail, observed_at: observedAt, good_until: goodUntil, ...(becomesActive ? { active_at: observedAt } : {}) })
      .where('deployment_id', '=', row.deployment_id)
      .where('name', '=', name)
      .execute();
    if (row.state === state && !becomesActive) continue;
    news.push(row.deployment_id);
    await tx
      .updateTable('deployments')
      .set((e) => ({ version: e('version', '+', 1) }))
      .where('deployment_id', '=', row.deployment_id)
      .execute();
  }
  return news;
}

function heeded(db: Database) {
  return db.selectFrom('watched_alarms').innerJoin('deployments', 'deployments.deployment_id', 'watched_alarms.deployment_id').where('deployments.status', 'not in', finalStatuses);
}
