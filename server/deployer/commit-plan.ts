// Writes a plan down: new states, commands and outcomes, in the transaction that read what it was made from, and guarded by
// the deployment's version all the same. What each action means is told by planner/apply.ts; this file says it in rows, those
// that take more than a line in the rooms beside it.

import type { Action, Plan } from '../planner/actions.ts';
import { type Breath, noBreath } from '../breath.ts';
import { DeploymentDocument, writeDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { CommandsTable } from '../store/tables.ts';
import { claimRoutes, wishForRoutes, wishForWeights } from '../store/traffic-routes.ts';
import { finishDeployment, finishTarget } from './commit-ending.ts';
import { failEvent, retryEvent, runEvent, unrun } from './commit-event.ts';
import { writeFleets } from './commit-fleets.ts';
import { notify } from './commit-notice.ts';
import { provisionInstances } from './commit-provision.ts';
import { releaseInstances } from './commit-release.ts';
import { createRollback } from './commit-rollback.ts';
import { writeTraffic } from './commit-traffic.ts';
import type { KnownTarget } from './known-targets.ts';
import type { LoadedSnapshot } from './load-snapshot.ts';
import type { Whereabouts } from './notices.ts';
import { type Chance, draftPlan, eventOf, instanceOf, paceOf, type PlanDraft, rowsOf, saveCommands, saveStandings, saveTargets, touch } from './plan-draft.ts';
import { takeTurn } from './take-turn.ts';

export interface Committed {
  /** What instances are told, in the order of each one's numbers. */
  readonly commands: readonly CommandsTable[];
  /** The targets that it changed, as they are from now on, and the deployment's version. */
  readonly targets: readonly KnownTarget[];
  readonly version: number;
  /** Deployments to look at next: a rollback made by this plan, or the next in the group. */
  readonly wake: readonly string[];
  /** There is something new to be carried out. */
  readonly hasEffects: boolean;
  /** Routers have something new to be told. */
  readonly movesTraffic: boolean;
}

/**
 * What became of the plan's rows, or null when another deployment of the group has taken its turn: nothing is written
 * then. Call it in the transaction that loaded the snapshot: between the two nobody can move the deployment.
 */
export async function commitPlan(tx: Database, loaded: LoadedSnapshot, plan: Plan, world: Chance, whereabouts: Whereabouts, breath: Breath = noBreath): Promise<Committed | null> {
  const { row } = loaded;
  if (plan.actions.some((action) => action.kind === 'StartDeployment') && !(await takeTurn(tx, row))) return null;
  const draft = draftPlan(tx, loaded, world, whereabouts);
  for (const action of plan.actions) {
    if (action.kind === 'FinishDeployment' || action.kind === 'CreateRollback') await saveStandings(draft);
    await write(draft, action);
    await breath.take();
  }
  await saveStandings(draft);
  const targets = await saveTargets(draft, breath);
  const commands = await saveCommands(draft, breath);
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
  return { commands, targets, version: row.version + 1, wake: draft.wake, hasEffects: draft.hasEffects, movesTraffic: draft.movesTraffic };
}

async function write(draft: PlanDraft, action: Action): Promise<void> {
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
    case 'HoldBack': {
      const { row } = touch(draft, action.targetId);
      draft.movesTraffic = true;
      return wishForRoutes(draft.tx, { groupId: draft.loaded.row.group_id, deploymentId: draft.loaded.row.deployment_id }, row.instance_id, { wanted: 'Blocked', isHeldBack: true }, now);
    }
    case 'ReadyTarget':
      touch(draft, action.targetId).row.status = 'Ready';
      return;
    case 'RerouteTarget':
      touch(draft, action.targetId).row.status = 'InProgress';
      return;
    case 'ProvisionInstances':
      return provisionInstances(draft, action);
    case 'NoteReady':
    case 'Reroute':
    case 'MoveGroup':
    case 'ShiftTraffic':
    case 'NoteShare':
    case 'ReturnTraffic':
    case 'NoteMoved': {
      Object.assign(draft, await writeFleets(draft.tx, draft.loaded.row, draft.document, rowsOf(draft), action, now));
      return;
    }
    case 'SetWeights': {
      draft.movesTraffic = true;
      const wishes = action.weights.map(({ targetId, router, weight }) => ({ instanceId: instanceOf(draft, targetId), router, weight }));
      return wishForWeights(draft.tx, { groupId: draft.loaded.row.group_id, deploymentId: draft.loaded.row.deployment_id }, wishes, now);
    }
    case 'LeaveRotation':
      draft.movesTraffic = true;
      for (const id of action.targetIds) await wishForRoutes(draft.tx, { groupId: draft.loaded.row.group_id, deploymentId: draft.loaded.row.deployment_id }, instanceOf(draft, id), { wanted: 'Blocked', isKeptOut: true }, now);
      return;
    case 'ReleaseInstances':
      return releaseInstances(draft, action);
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
    case 'CreateRollback':
      return createRollback(draft, action);
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
async function claim(draft: PlanDraft): Promise<void> {
  const { row, document, targets } = draft.loaded;
  if (document.traffic === undefined) return;
  draft.movesTraffic = true;
  await claimRoutes(draft.tx, { groupId: row.group_id, deploymentId: row.deployment_id }, [...targets.values()].map((target) => target.row.instance_id));
}
