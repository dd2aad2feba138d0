// Writes a plan down: new states, commands and outcomes in one transaction, guarded by the deployment's version. When
// somebody else moved the deployment meanwhile nothing is written and the caller plans again. What each action means is
// told by planner/apply.ts; this file says it in rows.

import type { Action, Plan } from '../planner/actions.ts';
import type { LoadedSnapshot } from './load-snapshot.ts';
import type { Database, Store } from '../store/store.ts';
import type { TargetsTable } from '../store/tables.ts';
import { DeploymentDocument, type StoredEvent, StoredEvents, readDocument, writeDocument } from '../store/documents.ts';
import { insertCommand, markAttemptEnded } from '../store/commands.ts';
import { newDeployment } from './new-deployment.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { Command, RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';

export interface Committed {
  /** Instances that have new commands. */
  readonly nudge: ReadonlySet<string>;
  /** Deployments to look at next: a rollback made by this plan, or the next in the group. */
  readonly wake: readonly string[];
}

type Chance = Pick<World, 'clock' | 'random'>;

interface Draft {
  readonly tx: Database;
  readonly loaded: LoadedSnapshot;
  readonly world: Chance;
  readonly targets: Map<string, { row: TargetsTable; events: StoredEvent[]; isTouched: boolean }>;
  readonly nudge: Set<string>;
  readonly wake: string[];
  document: DeploymentDocument;
  status: string;
  startedAt: number | null;
  completedAt: number | null;
}

/** What became of the plan's rows, or null when the deployment had moved on since the snapshot. */
export async function commitPlan(store: Store, loaded: LoadedSnapshot, plan: Plan, world: Chance): Promise<Committed | null> {
  return store.transaction(async (tx) => {
    const guard = await tx
      .updateTable('deployments')
      .set({ version: loaded.row.version + 1, wake_at: plan.wakeAt })
      .where('deployment_id', '=', loaded.row.deployment_id)
      .where('version', '=', loaded.row.version)
      .executeTakeFirst();
    if (Number(guard.numUpdatedRows) === 0) return null;
    const draft = makeDraft(tx, loaded, world);
    for (const action of plan.actions) await write(draft, action);
    await saveTargets(draft);
    await tx
      .updateTable('deployments')
      .set({
        status: draft.status,
        started_at: draft.startedAt,
        completed_at: draft.completedAt,
        document: writeDocument(DeploymentDocument, draft.document, `deployment ${loaded.row.deployment_id}`),
      })
      .where('deployment_id', '=', loaded.row.deployment_id)
      .execute();
    return { nudge: draft.nudge, wake: draft.wake };
  });
}

function makeDraft(tx: Database, loaded: LoadedSnapshot, world: Chance): Draft {
  const targets = new Map<string, { row: TargetsTable; events: StoredEvent[]; isTouched: boolean }>();
  for (const [id, row] of loaded.targetRows) {
    targets.set(id, { row, events: readDocument(StoredEvents, row.events, `target ${id}`), isTouched: false });
  }
  return {
    tx,
    loaded,
    world,
    targets,
    nudge: new Set(),
    wake: [],
    document: loaded.document,
    status: loaded.row.status,
    startedAt: loaded.row.started_at,
    completedAt: loaded.row.completed_at,
  };
}

async function write(draft: Draft, action: Action): Promise<void> {
  const now = draft.loaded.snapshot.now;
  switch (action.kind) {
    case 'StartDeployment':
      draft.status = 'InProgress';
      draft.startedAt = now;
      return;
    case 'StartTarget': {
      const target = touch(draft, action.targetId);
      target.row.status = 'InProgress';
      target.events = action.events.map((name) => ({
        name,
        status: 'Pending',
        attemptId: null,
        commandedAt: null,
        startedAt: null,
        endedAt: null,
        diagnostics: null,
        warnings: [],
      }));
      return;
    }
    case 'RunEvent':
      return runEvent(draft, action);
    case 'FailEvent':
      return failEvent(draft, action);
    case 'FinishTarget':
      return finishTarget(draft, action);
    case 'FinishDeployment':
      return finishDeployment(draft, action);
    case 'CreateRollback': {
      const rollbackDeploymentId = await newDeployment(
        draft.tx,
        { kind: 'rollback', ofDeploymentId: action.ofDeploymentId, triggeringDeploymentId: draft.loaded.row.deployment_id },
        { now, random: draft.world.random },
      );
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
    default:
      action satisfies never;
  }
}

async function runEvent(draft: Draft, action: Extract<Action, { kind: 'RunEvent' }>): Promise<void> {
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
  await tell(draft, target.row, command, attemptId, action.event, action.generation);
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
  await markAttemptEnded(draft.tx, event.attemptId, now);
  const command: Command = {
    kind: 'Cancel',
    attemptId: event.attemptId,
    deploymentId: draft.loaded.row.deployment_id,
    reason: action.message.slice(0, 256),
  };
  await tell(draft, target.row, command, '', action.event, action.generation);
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
  await tell(draft, target.row, command, '', '', target.row.generation);
}

async function finishDeployment(draft: Draft, action: Extract<Action, { kind: 'FinishDeployment' }>): Promise<void> {
  const { row: deployment, snapshot, document } = draft.loaded;
  draft.status = action.status;
  draft.completedAt = snapshot.now;
  if (action.error !== null) draft.document = { ...draft.document, errorInformation: action.error };
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

async function tell(draft: Draft, target: TargetsTable, command: Command, attemptId: string, event: string, generation: number): Promise<void> {
  await insertCommand(
    draft.tx,
    {
      instanceId: target.instance_id,
      attemptId,
      deploymentId: draft.loaded.row.deployment_id,
      targetId: target.target_id,
      event,
      generation,
      command,
    },
    draft.loaded.snapshot.now,
  );
  draft.nudge.add(target.instance_id);
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

async function saveTargets(draft: Draft): Promise<void> {
  for (const { row, events, isTouched } of draft.targets.values()) {
    if (!isTouched) continue;
    await draft.tx
      .updateTable('targets')
      .set({
        status: row.status,
        generation: row.generation,
        events: writeDocument(StoredEvents, events, `target ${row.target_id}`),
        last_updated_at: draft.loaded.snapshot.now,
      })
      .where('deployment_id', '=', row.deployment_id)
      .where('target_id', '=', row.target_id)
      .execute();
  }
}
