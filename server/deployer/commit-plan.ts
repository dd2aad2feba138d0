// Writes a plan down: new states, commands and outcomes, in the transaction that read what it was made from, and guarded by
// the deployment's version all the same. What each action means is told by planner/apply.ts; this file says it in rows.

import type { Action, Plan } from '../planner/actions.ts';
import type { LoadedSnapshot } from './load-snapshot.ts';
import type { Database } from '../store/store.ts';
import type { CommandsTable, DeploymentsTable, TargetsTable } from '../store/tables.ts';
import { listActiveDeploymentIds } from '../store/deployments.ts';
import { replaceTargets } from '../store/targets.ts';
import { DeploymentDocument, type StoredEvent, StoredEvents, writeDocument } from '../store/documents.ts';
import { insertCommands, markEnded, type NewCommand } from '../store/commands.ts';
import { auditRecord } from '../audit/entry.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { newDeployment } from './new-deployment.ts';
import { deploymentNotice, instanceNotice, noticeSubject, notifyEffect, type Whereabouts } from './notices.ts';
import { insertEffect } from '../store/effects.ts';
import { claimRoutes } from '../store/traffic-routes.ts';
import { writeTraffic } from './commit-traffic.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { Command, RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';

export interface Committed {
  /** What instances are told, in the order of each one's numbers. */
  readonly commands: readonly CommandsTable[];
  /** Deployments to look at next: a rollback made by this plan, or the next in the group. */
  readonly wake: readonly string[];
  /** There is something new to be carried out. */
  readonly hasEffects: boolean;
  /** Routers have something new to be told. */
  readonly movesTraffic: boolean;
}

type Chance = Pick<World, 'clock' | 'random'>;

interface Draft {
  readonly tx: Database;
  readonly loaded: LoadedSnapshot;
  readonly world: Chance;
  readonly whereabouts: Whereabouts;
  readonly targets: Map<string, { row: TargetsTable; events: StoredEvent[]; isTouched: boolean }>;
  readonly commands: NewCommand[];
  readonly wake: string[];
  document: DeploymentDocument;
  status: string;
  startedAt: number | null;
  completedAt: number | null;
  hasEffects: boolean;
  movesTraffic: boolean;
}

/**
 * What became of the plan's rows, or null when another deployment of the group has taken its turn: nothing is written
 * then. Call it in the transaction that loaded the snapshot: between the two nobody can move the deployment.
 */
export async function commitPlan(tx: Database, loaded: LoadedSnapshot, plan: Plan, world: Chance, whereabouts: Whereabouts): Promise<Committed | null> {
  const { row } = loaded;
  if (plan.actions.some((action) => action.kind === 'StartDeployment') && !(await takeTurn(tx, row))) return null;
  const draft = makeDraft(tx, loaded, world, whereabouts);
  for (const action of plan.actions) await write(draft, action);
  await saveTargets(draft);
  const commands = await insertCommands(tx, draft.commands, loaded.snapshot.now);
  const saved = await tx
    .updateTable('deployments')
    .set({
      version: row.version + 1,
      wake_at: plan.wakeAt,
      status: draft.status,
      started_at: draft.startedAt,
      completed_at: draft.completedAt,
      document: writeDocument(DeploymentDocument, draft.document, `deployment ${row.deployment_id}`),
    })
    .where('deployment_id', '=', row.deployment_id)
    .where('version', '=', row.version)
    .executeTakeFirst();
  if (Number(saved.numUpdatedRows) === 0) throw new Error(`Deployment ${row.deployment_id} has moved on since its snapshot, which was not read in this transaction.`);
  return { commands, wake: draft.wake, hasEffects: draft.hasEffects, movesTraffic: draft.movesTraffic };
}

/**
 * Whose turn it is was decided from a snapshot that other deployments may since have overtaken: only one of them gets to
 * write its id here.
 */
async function takeTurn(tx: Database, { group_id: groupId, deployment_id: deploymentId }: DeploymentsTable): Promise<boolean> {
  const taken = await tx
    .updateTable('deployment_groups')
    .set({ running_deployment_id: deploymentId })
    .where('group_id', '=', groupId)
    .where((e) => e.or([e('running_deployment_id', 'is', null), e('running_deployment_id', '=', deploymentId)]))
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) > 0;
}

/** Nobody asked for it at the time, so it stands in the audit log as the controller's own. */
async function recordRollback({ tx, loaded: { row, snapshot } }: Draft, deploymentId: string, ofDeploymentId: string): Promise<void> {
  const record = auditRecord(
    { actor: 'controller', reason: `Rolls back deployment ${row.deployment_id}.` },
    {
      at: snapshot.now,
      operation: 'CreateDeployment',
      subjects: [`application:${row.application_name}`, `deployment-group:${row.application_name}/${row.group_name}`, `deployment:${deploymentId}`, `deployment:${row.deployment_id}`],
      input: { creator: 'codeDeployRollback', ofDeploymentId },
      outcome: 'Succeeded',
    },
  );
  await appendAuditRecord(tx, record);
}

function makeDraft(tx: Database, loaded: LoadedSnapshot, world: Chance, whereabouts: Whereabouts): Draft {
  const targets = new Map<string, { row: TargetsTable; events: StoredEvent[]; isTouched: boolean }>();
  for (const [id, row] of loaded.targetRows) targets.set(id, { row: { ...row }, events: loaded.events.get(id) ?? [], isTouched: false });
  return {
    tx,
    loaded,
    world,
    whereabouts,
    targets,
    commands: [],
    wake: [],
    document: loaded.document,
    status: loaded.row.status,
    startedAt: loaded.row.started_at,
    completedAt: loaded.row.completed_at,
    hasEffects: false,
    movesTraffic: false,
  };
}

async function write(draft: Draft, action: Action): Promise<void> {
  const now = draft.loaded.snapshot.now;
  switch (action.kind) {
    case 'QueueDeployment':
      draft.status = 'Queued';
      return;
    case 'StartDeployment':
      draft.status = 'InProgress';
      draft.startedAt = now;
      return claim(draft);
    case 'StartTarget': {
      const target = touch(draft, action.targetId);
      target.row.status = 'InProgress';
      target.events = action.events.map(unrun);
      return;
    }
    case 'RunEvent':
      return runEvent(draft, action);
    case 'FailEvent':
      return failEvent(draft, action);
    case 'HoldFailure':
      eventOf(touch(draft, action.targetId), action.event).held = { since: now, until: action.until, decision: null };
      return;
    case 'RetryEvent':
      return retryEvent(draft, action);
    case 'FinishTarget':
      return finishTarget(draft, action);
    case 'BlockTraffic':
    case 'AllowTraffic':
    case 'PassTraffic':
    case 'LetBackIn':
    case 'KeepOut': {
      const target = touch(draft, action.targetId);
      draft.movesTraffic = true;
      return writeTraffic(draft.tx, draft.loaded.row, target.row.instance_id, target.events, action, now);
    }
    case 'Bake':
      draft.status = 'Baking';
      draft.document = { ...draft.document, pace: { ...paceOf(draft), baking: { since: now, until: action.until } } };
      return;
    case 'OpenStage':
      draft.status = 'InProgress';
      draft.document = { ...draft.document, pace: { ...paceOf(draft), open: action.stage, baking: null } };
      return;
    case 'StopForAlarms':
      draft.document = { ...draft.document, alarmStop: { at: now, alarms: [...action.alarms], message: action.message } };
      return;
    case 'NoteAlarm': {
      const { notedAlarms = [], statusMessages = [] } = draft.document;
      draft.document = { ...draft.document, notedAlarms: [...notedAlarms, action.alarm], statusMessages: [...statusMessages, action.message] };
      return;
    }
    case 'WatchAlarms':
      draft.status = 'Baking';
      draft.document = { ...draft.document, alarmBakeUntil: action.until };
      return;
    case 'FinishDeployment':
      return finishDeployment(draft, action);
    case 'CreateRollback': {
      const rollbackDeploymentId = await newDeployment(
        draft.tx,
        { kind: 'rollback', ofDeploymentId: action.ofDeploymentId, triggeringDeploymentId: draft.loaded.row.deployment_id },
        { now, random: draft.world.random },
      );
      await recordRollback(draft, rollbackDeploymentId, action.ofDeploymentId);
      draft.document = {
        ...draft.document,
        rollbackInfo: {
          ...draft.document.rollbackInfo,
          rollbackDeploymentId,
          rollbackMessage: `Deployment ${rollbackDeploymentId} is triggered to roll back deployment ${draft.loaded.row.deployment_id}.`,
        },
      };
      draft.wake.push(rollbackDeploymentId);
      return;
    }
    case 'NoteNoRollback':
      draft.document = {
        ...draft.document,
        rollbackInfo: { ...draft.document.rollbackInfo, rollbackMessage: action.message },
      };
      return;
    case 'Notify':
      return notify(draft, action);
    default:
      action satisfies never;
  }
}

/** Where traffic is moved, the routes of its targets are the deployment's from now on. */
async function claim(draft: Draft): Promise<void> {
  const { row, document, targetRows } = draft.loaded;
  if (document.traffic === undefined) return;
  draft.movesTraffic = true;
  await claimRoutes(draft.tx, { groupId: row.group_id, deploymentId: row.deployment_id }, [...targetRows.values()].map((target) => target.instance_id));
}

function runEvent(draft: Draft, action: Extract<Action, { kind: 'RunEvent' }>): void {
  const { row: deployment, document, snapshot } = draft.loaded;
  const target = touch(draft, action.targetId);
  const attemptId = uuid(draft.world.random.bytes(16));
  const event = eventOf(target, action.event);
  event.status = 'InProgress';
  event.attemptId = attemptId;
  event.commandedAt = snapshot.now;
  if (action.skipsOnce === true) event.skipsOnce = true;
  target.row.generation = action.generation;
  const command: RunEventCommand = {
    kind: 'RunEvent',
    attemptId,
    deploymentId: deployment.deployment_id,
    deploymentGroupId: deployment.group_id,
    deploymentGroupName: deployment.group_name,
    applicationName: deployment.application_name,
    deploymentCreator: deployment.creator,
    deploymentType: document.deploymentStyle.deploymentType ?? 'IN_PLACE',
    event: action.event,
    generation: action.generation,
    revision: document.revision as Record<string, unknown>,
    fileExistsBehavior: document.fileExistsBehavior,
    timeoutMs: snapshot.limits.eventMs,
    ...(action.skipsOnce === true ? { skipsOnce: true } : {}),
  };
  tell(draft, target.row, command, attemptId, action.event, action.generation);
}

/** The attempt that failed is kept beside the event, which is then as one that was never run. */
function retryEvent(draft: Draft, action: Extract<Action, { kind: 'RetryEvent' }>): void {
  const target = touch(draft, action.targetId);
  const { name, attemptId, startedAt, endedAt, diagnostics, held, earlier = [] } = eventOf(target, action.event);
  const { decidedBy, comment } = held ?? {};
  const attempt = { attemptId, startedAt, endedAt, message: diagnostics?.message ?? '', ...(decidedBy === undefined ? {} : { decidedBy }), ...(comment === undefined ? {} : { comment }) };
  const anew: StoredEvent = { ...unrun(name), earlier: [...earlier, attempt] };
  target.events = target.events.map((event) => (event.name === name ? anew : event));
}

function unrun(name: string): StoredEvent {
  return { name, status: 'Pending', attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [] };
}

async function failEvent(draft: Draft, action: Extract<Action, { kind: 'FailEvent' }>): Promise<void> {
  const now = draft.loaded.snapshot.now;
  const target = touch(draft, action.targetId);
  const event = eventOf(target, action.event);
  event.status = 'Failed';
  event.endedAt = now;
  event.givenUp = action.cause;
  event.diagnostics = { errorCode: 'UnknownError', scriptName: '', message: action.message, logTail: '' };
  if (event.attemptId === null) return;
  await markEnded(draft.tx, [event.attemptId], now);
  const command: Command = {
    kind: 'Cancel',
    attemptId: event.attemptId,
    deploymentId: draft.loaded.row.deployment_id,
    reason: action.message.slice(0, 256),
  };
  tell(draft, target.row, command, '', action.event, action.generation);
}

async function finishTarget(draft: Draft, action: Extract<Action, { kind: 'FinishTarget' }>): Promise<void> {
  const { row: deployment, snapshot, document } = draft.loaded;
  const target = touch(draft, action.targetId);
  target.row.status = action.status;
  for (const event of target.events) {
    if (event.status !== 'Pending') continue;
    event.status = 'Skipped';
    event.endedAt = snapshot.now;
  }
  // A target that was never commanded keeps the standing it had.
  if (target.row.generation === 0) return;
  const isHealthy = action.status === 'Succeeded';
  const standing = {
    is_healthy: isHealthy ? 1 : 0,
    location_key: isHealthy ? document.locationKey : null,
    deployment_id: deployment.deployment_id,
  };
  await draft.tx
    .insertInto('group_instances')
    .values({ group_id: deployment.group_id, instance_id: target.row.instance_id, ...standing })
    .onConflict((conflict) => conflict.columns(['group_id', 'instance_id']).doUpdateSet(standing))
    .execute();
  const command: Command = {
    kind: 'Finish',
    deploymentId: deployment.deployment_id,
    deploymentGroupId: deployment.group_id,
    status: action.status,
  };
  tell(draft, target.row, command, '', '', target.row.generation);
}

async function finishDeployment(draft: Draft, action: Extract<Action, { kind: 'FinishDeployment' }>): Promise<void> {
  const { row: deployment, snapshot, document } = draft.loaded;
  draft.status = action.status;
  draft.completedAt = snapshot.now;
  if (action.error !== null) draft.document = { ...draft.document, errorInformation: action.error };
  await draft.tx
    .updateTable('deployment_groups')
    .set({ running_deployment_id: null })
    .where('group_id', '=', deployment.group_id)
    .where('running_deployment_id', '=', deployment.deployment_id)
    .execute();
  draft.wake.push(...(await listActiveDeploymentIds(draft.tx, deployment.group_id)).filter((id) => id !== deployment.deployment_id));
  if (action.status !== 'Succeeded') return;
  await draft.tx
    .updateTable('deployment_groups')
    .set({
      last_successful_deployment_id: deployment.deployment_id,
      target_revision: JSON.stringify(document.revision),
    })
    .where('group_id', '=', deployment.group_id)
    .execute();
}

/** As things stand at this point of the plan. */
async function notify(draft: Draft, { trigger: name, event, aboutTargetId }: Extract<Action, { kind: 'Notify' }>): Promise<void> {
  const { row, snapshot } = draft.loaded;
  const trigger = draft.document.triggers?.find((one) => one.triggerName === name);
  if (trigger?.triggerTargetArn === undefined) throw new Error(`The plan tells trigger ${name}, which ${row.deployment_id} does not have.`);
  const target = aboutTargetId === null ? null : touch(draft, aboutTargetId);
  const targets = [...draft.targets.values()].map((one) => one.row);
  const payload = {
    triggerName: name,
    target: trigger.triggerTargetArn,
    event,
    subject: noticeSubject(event === 'DeploymentRollback' ? 'rolled back' : (target === null ? draft.status : statusTold(event, target.row)), target === null ? row.deployment_id : `${row.deployment_id} on ${target.row.target_id}`, row.application_name, draft.whereabouts),
    message:
      target === null
        ? deploymentNotice({ row, status: draft.status, completedAt: draft.completedAt, document: draft.document, targets }, trigger, draft.whereabouts)
        : instanceNotice(row.deployment_id, { ...target.row, status: statusTold(event, target.row) }, target.events, snapshot.now, trigger, draft.whereabouts),
  };
  const effectId = uuid(draft.world.random.bytes(16));
  await insertEffect(draft.tx, notifyEffect(effectId, { groupId: row.group_id, deploymentId: row.deployment_id }, payload), snapshot.now);
  draft.hasEffects = true;
}

/** While somebody is asked about its failure a target is in progress; what is told of is that it failed. */
function statusTold(event: string, { status }: TargetsTable): string {
  return event === 'InstanceFailure' && status === 'InProgress' ? 'Failed' : status;
}

function tell(draft: Draft, target: TargetsTable, command: Command, attemptId: string, event: string, generation: number): void {
  draft.commands.push({ instanceId: target.instance_id, attemptId, deploymentId: draft.loaded.row.deployment_id, targetId: target.target_id, event, generation, command });
}

function paceOf({ document, loaded }: Draft): NonNullable<DeploymentDocument['pace']> {
  if (document.pace === undefined) throw new Error(`The plan moves between stages, which ${loaded.row.deployment_id} does not have.`);
  return document.pace;
}

function touch(draft: Draft, targetId: string): { row: TargetsTable; events: StoredEvent[]; isTouched: boolean } {
  const target = draft.targets.get(targetId);
  if (target === undefined) throw new Error(`The plan names ${targetId}, which is no target of ${draft.loaded.row.deployment_id}.`);
  target.isTouched = true;
  return target;
}

function eventOf(target: { row: TargetsTable; events: StoredEvent[] }, name: string): StoredEvent {
  const event = target.events.find((candidate) => candidate.name === name);
  if (event === undefined) throw new Error(`The plan names ${name}, which ${target.row.target_id} does not have.`);
  return event;
}

async function saveTargets({ tx, loaded, targets }: Draft): Promise<void> {
  const touched = [...targets.values()].filter((target) => target.isTouched);
  await replaceTargets(
    tx,
    touched.map(({ row, events }) => ({ ...row, events: writeDocument(StoredEvents, events, `target ${row.target_id}`), last_updated_at: loaded.snapshot.now })),
  );
}
