// The only writer of what agents say. Check, store, wake: merging is idempotent, a finished event never changes, and the
// report's number is stored in the same transaction, so that acknowledging it afterwards loses and repeats nothing.

import type { FromAgent, Report } from '../../protocol/session/frames.ts';
import type { Instant } from '../../world/clock.ts';
import type { Database, Store } from '../store/store.ts';
import type { CommandsTable } from '../store/tables.ts';
import { StoredEvents, readDocument, writeDocument } from '../store/documents.ts';
import { commandOfAttempt, markAccepted, markAttemptEnded } from '../store/commands.ts';

type NumberedReport = Pick<Extract<FromAgent, { kind: 'report' }>, 'number' | 'report'>;

/** Longest tail of a hook's output that is kept with a target, in characters (CodeDeploy: 4 KB). */
const logTailLimit = 4096;

/**
 * Stores consecutive reports of one instance. Returns the deployments that changed. A report about an attempt that is
 * not this instance's, or has ended already, counts as heard and changes nothing.
 */
export async function storeReports(store: Store, instanceId: string, reports: readonly NumberedReport[], now: Instant): Promise<readonly string[]> {
  const last = reports.at(-1);
  if (last === undefined) return [];
  return store.transaction(async (tx) => {
    const changed = new Set<string>();
    for (const { report } of reports) {
      const command = await commandOfAttempt(tx, report.attemptId);
      if (command === undefined || command.instance_id !== instanceId || command.ended_at !== null) continue;
      if (await merge(tx, command, report, now)) changed.add(command.deployment_id);
    }
    await tx
      .updateTable('instances')
      .set({ last_report: last.number, last_seen_at: now })
      .where('instance_id', '=', instanceId)
      .execute();
    for (const deploymentId of changed) {
      // Whoever planned from an older snapshot must look again.
      await tx
        .updateTable('deployments')
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('deployment_id', '=', deploymentId)
        .execute();
    }
    return [...changed];
  });
}

async function merge(tx: Database, command: CommandsTable, report: Report, now: Instant): Promise<boolean> {
  const row = await tx
    .selectFrom('targets')
    .selectAll()
    .where('deployment_id', '=', command.deployment_id)
    .where('target_id', '=', command.target_id)
    .executeTakeFirst();
  if (row === undefined) return false;
  const events = readDocument(StoredEvents, row.events, `target ${row.target_id}`);
  const event = events.find((candidate) => candidate.attemptId === command.attempt_id);
  if (event === undefined || event.status !== 'InProgress') return false;
  if (report.kind === 'Accepted') {
    await markAccepted(tx, command, now);
    event.startedAt = now;
  } else {
    await markAttemptEnded(tx, command.attempt_id, now);
    event.status = report.outcome === 'Succeeded' ? 'Succeeded' : 'Failed';
    event.startedAt ??= now;
    event.endedAt = now;
    event.diagnostics = { ...report.diagnostics, logTail: report.diagnostics.logTail.slice(-logTailLimit) };
    event.warnings = report.warnings;
    if (report.onceEvents !== undefined) event.onceEvents = report.onceEvents;
  }
  await tx
    .updateTable('targets')
    .set({ events: writeDocument(StoredEvents, events, `target ${row.target_id}`), last_updated_at: now })
    .where('deployment_id', '=', row.deployment_id)
    .where('target_id', '=', row.target_id)
    .execute();
  return true;
}
