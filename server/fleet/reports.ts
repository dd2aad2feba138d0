// The only writer of what agents say. Check, store, wake: merging is idempotent, a finished event never changes, and the
// reports' numbers are stored in the same transaction, so that acknowledging them afterwards loses and repeats nothing.
// Reports of many instances are one transaction and a few statements: what an agent says costs little more than its row.

import type { FromAgent, Report } from '../../protocol/session/frames.ts';
import type { Clock, Instant } from '../../world/clock.ts';
import { type Breath, noBreath } from '../breath.ts';
import type { Database, Store } from '../store/store.ts';
import type { CommandsTable, TargetsTable } from '../store/tables.ts';
import type { StoredEvent } from '../store/documents.ts';
import { commandsOfAttempts, markAccepted, markEnded } from '../store/commands.ts';
import { touchDeployment } from '../store/deployments.ts';
import { updateRows } from '../store/many-rows.ts';
import { readEvents, writeEvents } from '../store/stored-events.ts';
import { listTargetsOf, replaceTargets } from '../store/targets.ts';

type NumberedReport = Pick<Extract<FromAgent, { kind: 'report' }>, 'number' | 'report'>;

/** Consecutive reports of one instance. */
export interface InstanceReports {
  readonly instanceId: string;
  readonly reports: readonly NumberedReport[];
}

/** A deployment that reports have changed. */
export interface Reported {
  readonly deploymentId: string;
  /** False when commands were accepted and nothing has ended: that moves deadlines only. */
  readonly hasEnds: boolean;
}

/** Longest tail of a hook's output that is kept with a target, in characters (CodeDeploy: 4 KB). */
const logTailLimit = 4096;

/** Of what is saved without a breath. */
const savedAtOnce = 256;

interface Heard {
  readonly row: TargetsTable;
  /** Replaced where one changes. */
  events: readonly StoredEvent[];
  isTouched: boolean;
}

interface Draft {
  readonly targets: ReadonlyMap<string, Heard>;
  readonly accepted: string[];
  readonly ended: Set<string>;
}

/**
 * Stores reports of any instances, each instance's in order. Returns the deployments that changed. A report about an
 * attempt that is not this instance's, or has ended already, counts as heard and changes nothing.
 */
export async function storeReports(store: Store, heard: readonly InstanceReports[], clock: Pick<Clock, 'now'>, breath: Breath = noBreath): Promise<readonly Reported[]> {
  if (heard.every(({ reports }) => reports.length === 0)) return [];
  return store.transaction(async (tx) => {
    // Read inside, so that no step of the wall clock comes between it and the instants beside it.
    const now = clock.now();
    const commands = await commandsOfAttempts(tx, heard.flatMap(({ reports }) => reports.map(({ report }) => report.attemptId)));
    await breath.take();
    const draft: Draft = { targets: await loadTargets(tx, [...commands.values()], breath), accepted: [], ended: new Set() };
    const changed = new Map<string, boolean>();
    for (const { instanceId, reports } of heard) {
      for (const { report } of reports) {
        const command = commands.get(report.attemptId);
        if (command === undefined || command.instance_id !== instanceId || command.ended_at !== null) continue;
        if (merge(draft, command, report, now)) changed.set(command.deployment_id, report.kind === 'Ended' || changed.get(command.deployment_id) === true);
      }
    }
    // First, so that who else reports waits here, and whoever planned from an older snapshot looks again.
    const versions = new Map<string, number>();
    for (const deploymentId of [...changed.keys()].toSorted()) versions.set(deploymentId, await touchDeployment(tx, deploymentId));
    await save(tx, draft, versions, now, breath);
    await rememberNumbers(tx, heard, now);
    return [...changed].map(([deploymentId, hasEnds]) => ({ deploymentId, hasEnds }));
  });
}

async function loadTargets(tx: Database, commands: readonly CommandsTable[], breath: Breath): Promise<ReadonlyMap<string, Heard>> {
  const wanted = new Map<string, Set<string>>();
  for (const { deployment_id: deploymentId, target_id: targetId } of commands) {
    wanted.set(deploymentId, (wanted.get(deploymentId) ?? new Set()).add(targetId));
  }
  const loaded = new Map<string, Heard>();
  for (const [deploymentId, targetIds] of wanted) {
    for (const row of await listTargetsOf(tx, deploymentId, [...targetIds])) {
      loaded.set(keyOf(row), { row, events: readEvents(row.events, `target ${row.target_id}`), isTouched: false });
      await breath.take();
    }
  }
  return loaded;
}

/** Notes what a report says; false when it changes nothing. */
function merge(draft: Draft, command: CommandsTable, report: Report, now: Instant): boolean {
  const target = draft.targets.get(keyOf(command));
  const event = target?.events.find((candidate) => candidate.attemptId === command.attempt_id);
  if (target === undefined || event === undefined || event.status !== 'InProgress') return false;
  if (report.kind === 'Accepted') draft.accepted.push(command.attempt_id);
  else draft.ended.add(command.attempt_id);
  const changed = report.kind === 'Accepted' ? { ...event, startedAt: now } : ended(event, report, now);
  target.events = target.events.map((one) => (one === event ? changed : one));
  target.isTouched = true;
  return true;
}

function ended(event: StoredEvent, { outcome, diagnostics, warnings, onceEvents }: Extract<Report, { kind: 'Ended' }>, now: Instant): StoredEvent {
  return {
    ...event,
    status: outcome === 'Succeeded' ? 'Succeeded' : 'Failed',
    startedAt: event.startedAt ?? now,
    endedAt: now,
    diagnostics: { ...diagnostics, logTail: diagnostics.logTail.slice(-logTailLimit) },
    warnings,
    ...(onceEvents === undefined ? {} : { onceEvents }),
  };
}

async function save(tx: Database, { targets, accepted, ended }: Draft, versions: ReadonlyMap<string, number>, now: Instant, breath: Breath): Promise<void> {
  await markAccepted(tx, accepted, now);
  await markEnded(tx, [...ended], now);
  const touched = [...targets.values()].filter(({ isTouched }) => isTouched);
  for (let at = 0; at < touched.length; at += savedAtOnce) {
    await breath.take();
    await replaceTargets(
      tx,
      touched.slice(at, at + savedAtOnce).map(({ row, events }) => ({ ...row, events: writeEvents(events, `target ${row.target_id}`), last_updated_at: now, version: versions.get(row.deployment_id)! })),
    );
  }
  await breath.take();
}

/** Never back, should a session that was replaced come last. */
async function rememberNumbers(tx: Database, heard: readonly InstanceReports[], now: Instant): Promise<void> {
  const newest = new Map<string, number>();
  for (const { instanceId, reports } of heard) newest.set(instanceId, Math.max(newest.get(instanceId) ?? 0, reports.at(-1)?.number ?? 0));
  await updateRows(
    tx,
    { table: 'instances', keys: ['instance_id'], set: ['last_report', 'last_seen_at'], numbers: ['last_report', 'last_seen_at'], growing: 'last_report' },
    [...newest].map(([instanceId, number]) => ({ instance_id: instanceId, last_report: number, last_seen_at: now })),
  );
}

function keyOf({ deployment_id: deploymentId, target_id: targetId }: Pick<TargetsTable, 'deployment_id' | 'target_id'>): string {
  return `${deploymentId} ${targetId}`;
}
