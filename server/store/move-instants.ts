// Instants that something is still counted from, moved when the wall clock was stepped (server/steady-time.ts): those of
// deployments and promotions under way and of targets, of effects, of silence, of what is good for so long. What is
// over keeps its dates, and so does what means a date: a schedule, a freeze, a record. A column or member that holds an
// instant is named here, or in the test that knows the others.

import { type RawBuilder, sql } from 'kysely';
import { finalStatuses, replaceDocument } from './deployments.ts';
import { DeploymentDocument, readDocument, writeDocument } from './documents.ts';
import { readPromotionDocument, replacePromotionDocument } from './promotions.ts';
import type { Database } from './store.ts';
import { readEvents, writeEvents } from './stored-events.ts';
import type { TargetsTable } from './tables.ts';

const underWay = sql`select deployment_id from deployments where status not in (${sql.join(finalStatuses)})`;
const ofUnderWay = sql`deployment_id in (${underWay})`;
/** A failure of these is waited from, though they are over. */
const failedFollowOn = sql`status in ('Failed', 'Unknown') and deployment_id in (select deployment_id from deployments where root_deployment_id is not null and status in (${sql.join(finalStatuses)}))`;

interface Measured {
  readonly table: string;
  readonly columns: readonly string[];
  readonly where: RawBuilder<unknown>;
}

/** In an order in which no condition looks at what was moved before. */
export const measuredColumns: readonly Measured[] = [
  { table: 'targets', columns: ['last_updated_at'], where: ofUnderWay },
  { table: 'targets', columns: ['last_updated_at'], where: failedFollowOn },
  { table: 'commands', columns: ['created_at', 'accepted_at', 'ended_at'], where: ofUnderWay },
  { table: 'watched_alarms', columns: ['observed_at', 'good_until', 'active_at'], where: ofUnderWay },
  { table: 'deployments', columns: ['created_at', 'started_at', 'stop_requested_at', 'wake_at'], where: ofUnderWay },
  { table: 'traffic_routes', columns: ['asked_at', 'taken_at', 'since', 'observed_at', 'weight_asked_at', 'weight_taken_at'], where: sql`1 = 1` },
  { table: 'promotions', columns: ['created_at', 'started_at'], where: sql`status not in (${sql.join(finalStatuses)})` },
  // Those that are over as well: they are forgotten after a time.
  { table: 'effects', columns: ['created_at', 'next_attempt_at', 'done_at', 'abandoned_at'], where: sql`1 = 1` },
  { table: 'fleet_requests', columns: ['ended_at'], where: sql`ended_at is not null` },
  { table: 'instances', columns: ['last_seen_at'], where: sql`deregistered_at is null` },
  { table: 'signed_writes', columns: ['seen_at'], where: sql`1 = 1` },
  { table: 'enrollment_tokens', columns: ['expires_at'], where: sql`revoked_at is null` },
  { table: 'access_keys', columns: ['expires_at'], where: sql`revoked_at is null` },
];

/** Of the documents of deployments under way, dotted. */
export const measuredMembers = ['pace.baking.since', 'pace.baking.until', 'alarmStop.at', 'alarmBakeUntil', 'blueGreen.readyAt', 'blueGreen.continuedAt', 'blueGreen.movedAt', 'blueGreen.terminationSkippedAt', 'blueGreen.shift.askedAt', 'blueGreen.shift.seenAt', 'blueGreen.returning.at', 'provisioning.askedAt', 'provisioning.until', 'provisioning.providedAt', 'approval.requestedAt', 'approval.expiresAt', 'approval.decidedAt'] as const;
/** Of the documents of promotions under way. */
export const measuredPromotionMembers = ['baking.since', 'baking.until', 'approvals.requestedAt', 'approvals.expiresAt', 'approvals.decidedAt'] as const;
/** Of each of a target's events. */
export const measuredEventMembers = ['commandedAt', 'startedAt', 'endedAt', 'held.since', 'held.until', 'held.decidedAt', 'earlier.startedAt', 'earlier.endedAt'] as const;

/** Moves them all by so many whole milliseconds. Whoever planned from an older snapshot must look again. */
export async function moveInstants(tx: Database, byMs: number): Promise<void> {
  // Instances that are registered after it must not seem to be older than the request they were made for.
  if (byMs < 0) await tx.updateTable('fleet_requests').set((e) => ({ asked_at: e('asked_at', '+', byMs) })).where('kind', '=', 'Provision').execute();
  const deployments = await tx.selectFrom('deployments').select(['deployment_id', 'document', 'version']).where('status', 'not in', finalStatuses).execute();
  for (const { deployment_id: id, document, version } of deployments) {
    const where = `deployment ${id}`;
    const moved = writeDocument(DeploymentDocument, move(readDocument(DeploymentDocument, document, where), measuredMembers, byMs), where);
    await replaceDocument(tx, id, moved);
    const targets = await tx.selectFrom('targets').selectAll().where('deployment_id', '=', id).where('events', '!=', '[]').execute();
    for (const target of targets) await moveEvents(tx, target, Number(version) + 1, byMs);
  }
  for (const row of await tx.selectFrom('promotions').selectAll().where('status', 'not in', finalStatuses).execute()) {
    await replacePromotionDocument(tx, row.promotion_id, move(readPromotionDocument(row), measuredPromotionMembers, byMs));
  }
  for (const { table, columns, where } of measuredColumns) {
    const sums = columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(column)} + ${byMs}`);
    await sql`update ${sql.table(table)} set ${sql.join(sums)} where ${where}`.execute(tx);
  }
}

async function moveEvents(tx: Database, { deployment_id: deploymentId, target_id: targetId, events }: TargetsTable, version: number, byMs: number): Promise<void> {
  const moved = readEvents(events, `target ${targetId}`).map((event) => move(event, measuredEventMembers, byMs));
  await tx
    .updateTable('targets')
    .set({ events: writeEvents(moved, `target ${targetId}`), version })
    .where('deployment_id', '=', deploymentId)
    .where('target_id', '=', targetId)
    .execute();
}

function move<Document>(document: Document, members: readonly string[], byMs: number): Document {
  return members.reduce((moved, member) => moveMember(moved, member.split('.'), byMs) as Document, document);
}

/** A copy; members that are absent or null stay so, and of a list every element is meant. */
function moveMember(value: unknown, path: readonly string[], byMs: number): unknown {
  if (Array.isArray(value)) return value.map((element) => moveMember(element, path, byMs));
  const [name = '', ...rest] = path;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  const member = (value as Record<string, unknown>)[name];
  const moved = rest.length > 0 ? moveMember(member, rest, byMs) : typeof member === 'number' ? member + byMs : member;
  return { ...value, [name]: moved };
}
