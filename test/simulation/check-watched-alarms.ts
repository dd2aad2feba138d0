// What must be so of alarms once a story is over, read from the rows: from the instant at which an alarm that counts was
// written down as active, nothing new was commanded; the deployment was stopped; what was only reported stopped nothing.

import { DeploymentDocument, StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable, WatchedAlarmsTable } from '../../server/store/tables.ts';
import type { Fleet } from './fleet.ts';
import type { SimRandom } from './sim-random.ts';

/** Of the simulated group; undefined: it heeds no alarm. */
export function drawAlarmConfiguration(random: SimRandom) {
  if (!random.chance(0.6)) return undefined;
  return { enabled: true, ignorePollAlarmFailure: random.chance(0.5), alarms: [{ name: 'errors' }, { name: 'latency', dryRun: true }], bakeSeconds: random.chance(0.5) ? 20 : 0 };
}

export async function checkWatchedAlarms(fleet: Fleet, deployment: DeploymentsTable): Promise<void> {
  const { deployment_id: id } = deployment;
  const document = readDocument(DeploymentDocument, deployment.document, id);
  const rows = await fleet.store.db.selectFrom('watched_alarms').selectAll().where('deployment_id', '=', id).execute();
  for (const row of rows) if (row.active_at !== null) await checkActive(fleet, deployment, document, { ...row, active_at: Number(row.active_at) });
  if (deployment.status === 'Succeeded') await checkBake(fleet, deployment, document);
  const reported = rows.filter((row) => row.is_dry_run === 1).map((row) => row.name);
  if (document.alarmStop?.alarms.some((name) => reported.includes(name)) === true) fleet.violations.push(`${id} was stopped for an alarm that was only to be reported`);
}

async function checkActive(fleet: Fleet, deployment: DeploymentsTable, document: DeploymentDocument, { name, is_dry_run: isDryRun, active_at: activeAt }: WatchedAlarmsTable): Promise<void> {
  const { deployment_id: id } = deployment;
  if (isDryRun === 1) {
    // One that ends at that very moment has no time to say so.
    const isSaid = document.statusMessages?.some((message) => message.includes(`Alarm ${name} became active`)) === true;
    if (!isSaid && (deployment.completed_at ?? 0) > (activeAt ?? 0) + 10_000) fleet.violations.push(`${id} never said that its alarm ${name} on a dry run was active`);
    return;
  }
  const later = await fleet.store.db.selectFrom('commands').select(['target_id', 'event']).where('deployment_id', '=', id).where('attempt_id', '!=', '').where('created_at', '>', activeAt ?? 0).limit(1).executeTakeFirst();
  if (later !== undefined) fleet.violations.push(`${later.event} of ${id} was commanded on ${later.target_id} after its alarm ${name} was seen active`);
  const code = document.errorInformation?.code;
  if (deployment.status !== 'Stopped' || (code !== 'ALARM_ACTIVE' && deployment.stop_requested_at === null)) fleet.violations.push(`${id} ended as ${deployment.status} ${code ?? ''} although its alarm ${name} was seen active`);
}

/** A success comes no sooner than the bake after the last event. */
async function checkBake(fleet: Fleet, deployment: DeploymentsTable, { alarms }: DeploymentDocument): Promise<void> {
  const { deployment_id: id } = deployment;
  const targets = await fleet.store.db.selectFrom('targets').select('events').where('deployment_id', '=', id).execute();
  const lastEnd = Math.max(...targets.flatMap(({ events }) => readDocument(StoredEvents, events, id).map((event) => event.endedAt ?? 0)));
  if (Number(deployment.completed_at) < lastEnd + (alarms?.bakeMs ?? 0)) fleet.violations.push(`${id} succeeded before its alarms were watched for ${alarms?.bakeMs} ms`);
}
