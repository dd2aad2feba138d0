// Targets as callers see them, lifecycle event by lifecycle event. A target that has not started shows the events it
// will go through, all Pending; one that ended without having started shows them Skipped.

import type { Diagnostics, LifecycleEvent } from '../../protocol/model/lifecycle-event.ts';
import type { EarlierAttempt, HeldFailure } from '../../protocol/model/guided-failure.ts';
import type { DeploymentTarget, TargetLabel, TargetStatus } from '../../protocol/model/target.ts';
import { type EventsQuestion, eventsFor } from '../planner/event-order.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument, type StoredEvent } from '../store/documents.ts';
import { readEvents } from '../store/stored-events.ts';
import type { Database } from '../store/store.ts';
import type { TargetsTable } from '../store/tables.ts';
import { listTargets } from '../store/targets.ts';

/** As much of the log's end as CodeDeploy shows, in characters. */
const longestLogTail = 4096;

/** All targets of the deployment, by target id; empty when there is no such deployment. */
export async function loadDeploymentTargets(db: Database, deploymentId: string): Promise<DeploymentTarget[]> {
  const order = await eventOrder(db, deploymentId);
  return (await listTargets(db, deploymentId)).map((row) => targetInfo(row, order));
}

/** What decides which events the targets of the deployment will go through. */
export async function eventOrder(db: Database, deploymentId: string): Promise<EventsQuestion> {
  const row = await findDeployment(db, deploymentId);
  const document = row === null ? null : readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  return { usesNewApplicationStop: document?.usesNewApplicationStop === true, movesTraffic: document?.traffic !== undefined, direction: document?.blueGreen?.direction ?? null };
}

/** `order` is `eventOrder` of its deployment. */
export function targetInfo(row: TargetsTable, order: EventsQuestion): DeploymentTarget {
  const stored = readEvents(row.events, `target ${row.target_id} of ${row.deployment_id}`);
  const label = labelOf(row);
  return {
    deploymentTargetType: 'InstanceTarget',
    instanceTarget: {
      deploymentId: row.deployment_id,
      targetId: row.target_id,
      targetArn: row.arn,
      status: row.status as TargetStatus,
      lastUpdatedAt: Number(row.last_updated_at),
      lifecycleEvents: stored.length === 0 ? eventsOfUnstarted(row, order) : stored.map(lifecycleEvent),
      ...(label === null ? {} : { instanceLabel: label }),
    },
  };
}

function labelOf({ label = null }: TargetsTable): TargetLabel | null {
  return label as TargetLabel | null;
}

function eventsOfUnstarted(row: TargetsTable, order: EventsQuestion): LifecycleEvent[] {
  const isOver = row.status !== 'Pending' && row.status !== 'InProgress';
  return eventsFor(order, labelOf(row) ?? undefined).map((lifecycleEventName) =>
    isOver ? { lifecycleEventName, endTime: Number(row.last_updated_at), status: 'Skipped' } : { lifecycleEventName, status: 'Pending' },
  );
}

/** Skipped events have an end but no start. */
function lifecycleEvent(event: StoredEvent): LifecycleEvent {
  const startedAt = event.startedAt ?? (event.status === 'Skipped' ? null : event.commandedAt);
  const diagnostics = diagnosticsOf(event);
  return {
    lifecycleEventName: event.name,
    ...(diagnostics === null ? {} : { diagnostics }),
    ...(startedAt === null ? {} : { startTime: startedAt }),
    ...(event.endedAt === null ? {} : { endTime: event.endedAt }),
    status: event.status,
    ...(event.held === undefined ? {} : { heldFailure: heldFailure(event.held) }),
    ...(event.earlier === undefined ? {} : { earlierAttempts: event.earlier.map(earlierAttempt) }),
  };
}

function heldFailure({ since, until, decision, ...word }: NonNullable<StoredEvent['held']>): HeldFailure {
  return { since, decideBy: until, ...(decision === null ? {} : { decision, ...word }) };
}

function earlierAttempt({ startedAt, endedAt, message, decidedBy, comment }: NonNullable<StoredEvent['earlier']>[number]): EarlierAttempt {
  return {
    ...(startedAt === null ? {} : { startTime: startedAt }),
    ...(endedAt === null ? {} : { endTime: endedAt }),
    message,
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(comment === undefined ? {} : { comment }),
  };
}

/** Warnings have no place of their own in CodeDeploy's shape: they are shown at the end of the log. */
function diagnosticsOf({ status, diagnostics, warnings }: StoredEvent): Diagnostics | null {
  const success: Diagnostics = { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: '' };
  const told = diagnostics ?? (status === 'Succeeded' ? success : null);
  if (told === null || warnings.length === 0) return told;
  const lines = warnings.map((warning) => `Warning: ${warning}\n`).join('');
  const log = told.logTail === '' || told.logTail.endsWith('\n') ? told.logTail : `${told.logTail}\n`;
  return { ...told, logTail: `${log}${lines}`.slice(-longestLogTail) };
}
