// Reads all that a decision about one deployment may depend on into the planner's terms. Call it with a transaction:
// read piece by piece beside a commit, the pieces would not fit together.

import type { AgentState, EventState, Limits, Snapshot, TargetState } from '../planner/snapshot.ts';
import type { DeploymentStatus, DeploymentCreator } from '../../protocol/model/deployment.ts';
import type { TargetStatus } from '../../protocol/model/target.ts';
import type { HostHold } from '../../protocol/model/host-hold.ts';
import type { AlarmState } from '../../protocol/model/alarm.ts';
import type { TrafficReturn } from '../planner/blue-green-state.ts';
import type { AlarmWatch, InstanceStanding } from '../planner/snapshot.ts';
import type { Instant } from '../../world/clock.ts';
import { type Breath, noBreath } from '../breath.ts';
import { type KnownTarget, KnownTargets } from './known-targets.ts';
import { loadRoutes } from './load-routes.ts';
import { type LoadedProvisioning, loadProvisioning } from './load-provisioning.ts';
import { loadTurn } from './load-turn.ts';
import type { Database } from '../store/store.ts';
import { listLastSeen } from '../store/instances.ts';
import type { DeploymentsTable, WatchedAlarmsTable } from '../store/tables.ts';
import { DeploymentDocument, type StoredEvent, readDocument } from '../store/documents.ts';
import { listWatchedAlarms } from '../store/watched-alarms.ts';

export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  readonly row: DeploymentsTable;
  readonly document: DeploymentDocument;
  /** By target id, in its order. */
  readonly targets: ReadonlyMap<string, KnownTarget>;
  /** Where its replacement instances are made. */
  readonly provisioning?: LoadedProvisioning;
}

/** What is known beside the store: who is connected, since when anybody could be, and how long is waited where nothing else is said. */
export interface Presence {
  readonly isConnected: (instanceId: string) => boolean;
  /** What holds an attempt back on its host, as its agent says: nothing that a decision depends on. Absent: nobody says. */
  readonly holdOf?: (instanceId: string, attemptId: string) => HostHold | null;
  readonly listeningSince: Instant;
  readonly limits: Limits;
}
/** Within this time of a deployment's creation, or of a controller's start, every alarm is asked about. */
export const alarmGraceMs = 60_000;

export const endedStatuses: readonly DeploymentStatus[] = ['Succeeded', 'Failed', 'Stopped'];

/** The rows of one deployment: as they are in the store, or as they would be of one that is only planned. */
export interface DeploymentRows {
  readonly row: DeploymentsTable;
  /** By target id, in its order. */
  readonly targets: ReadonlyMap<string, KnownTarget>;
  readonly alarmRows: readonly WatchedAlarmsTable[];
  /** When the instances that are not connected were last heard of; null: never. */
  readonly lastSeenAt: ReadonlyMap<string, Instant | null>;
}

/** For a deployment that may be large: who gets a turn meanwhile, and what is known of its targets from before. */
export interface Reading {
  readonly breath?: Breath;
  readonly known?: KnownTargets;
}

/** The snapshot of a deployment, or null when there is none of that id. */
export async function loadSnapshot(db: Database, deploymentId: string, now: Instant, presence: Presence, { breath = noBreath, known = new KnownTargets() }: Reading = {}): Promise<LoadedSnapshot | null> {
  const row = await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirst();
  if (row === undefined) return null;
  const targets = await known.read(db, row, breath);
  await breath.take();
  const absent = [...targets.values()].map((target) => target.row.instance_id).filter((id) => !presence.isConnected(id));
  return snapshotOf(db, { row, targets, alarmRows: await listWatchedAlarms(db, deploymentId), lastSeenAt: await listLastSeen(db, absent) }, now, presence);
}

/** These rows in the planner's terms, with all beside them that a decision depends on. */
export async function snapshotOf(db: Database, { row, targets, alarmRows, lastSeenAt }: DeploymentRows, now: Instant, presence: Presence): Promise<LoadedSnapshot> {
  const { deployment_id: deploymentId } = row;
  const document = readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  const group = await db.selectFrom('deployment_groups').selectAll().where('group_id', '=', row.group_id).executeTakeFirst();
  const turn = await loadTurn(db, row, group, now);
  const agentOf = (instanceId: string): AgentState =>
    presence.isConnected(instanceId) ? connected : { isConnected: false, silentSince: lastSeenAt.get(instanceId) ?? null };
  const provisioning = document.provisioning === undefined || endedStatuses.includes(row.status as DeploymentStatus) ? undefined : await loadProvisioning(db, row, group, document, document.provisioning, presence.isConnected);
  const routes = document.traffic === undefined ? null : await loadRoutes(db, row.group_id, [...targets.values()].map((target) => target.row), document.traffic.routers);
  const stateOf = (target: KnownTarget): TargetState => {
    const { instance_id: instanceId } = target.row;
    const state = targetState(target, agentOf(instanceId));
    return routes === null ? state : { ...state, routes: routes.get(instanceId) ?? [] };
  };
  const snapshot: Snapshot = {
    now,
    deployment: {
      deploymentId,
      status: row.status as DeploymentStatus,
      creator: row.creator as DeploymentCreator,
      createdAt: row.created_at,
      startedAt: row.started_at,
      minimumHealthyHosts: provisioning?.minimumHealthyHosts ?? row.minimum_healthy_hosts,
      mayFail: document.pace?.mayFail ?? null,
      stages: document.pace?.stages ?? [],
      openStage: document.pace?.open ?? 0,
      baking: document.pace?.baking ?? null,
      decideWithinMs: document.decideWithinMs ?? null,
      ignoreApplicationStopFailures: document.ignoreApplicationStopFailures,
      usesNewApplicationStop: document.usesNewApplicationStop ?? false,
      autoRollback: document.autoRollbackConfiguration,
      stopRequestedAt: row.stop_requested_at,
      gates: turn.gates,
      supersededBy: document.supersededBy ?? null,
      isRevisionReady: document.bundle !== null || document.defect !== null,
      stopRollback: row.stop_rollback === null ? null : row.stop_rollback === 1,
      alarmStop: document.alarmStop ?? null,
      notedAlarms: document.notedAlarms ?? [],
      alarmBakeUntil: document.alarmBakeUntil ?? null,
      ...trafficRules(document),
      ...blueGreenState(document),
      ...(provisioning === undefined ? {} : { provisioning: provisioning.state }),
      defect:
        group === undefined
          ? { code: 'DEPLOYMENT_GROUP_MISSING', message: `Deployment group ${row.group_name} was deleted after this deployment was created.` }
          : document.defect,
    },
    targets: [...targets.values()].map(stateOf),
    earlierDeploymentId: turn.earlierDeploymentId,
    lastSuccessfulDeploymentId: group?.last_successful_deployment_id ?? null,
    ...(document.alarms === undefined ? {} : { alarms: alarmWatch(alarmRows, Number(row.created_at), document.alarms, presence.listeningSince) }),
    ...(document.triggers === undefined ? {} : { triggers: document.triggers.map(({ triggerName = '', triggerEvents = [] }) => ({ name: triggerName, events: triggerEvents })) }),
    limits: limitsFor(document, presence.limits),
    listeningSince: presence.listeningSince,
  };
  return { ...(provisioning === undefined ? {} : { provisioning }), snapshot, row, document, targets };
}

function trafficRules({ traffic }: DeploymentDocument): Pick<Snapshot['deployment'], 'traffic'> {
  if (traffic === undefined) return {};
  const { routers: _, ...rules } = traffic;
  return { traffic: rules };
}

function blueGreenState({ blueGreen }: DeploymentDocument): Pick<Snapshot['deployment'], 'blueGreen'> {
  if (blueGreen === undefined) return {};
  const { formerMembers: _, fleetProvider: __, readyAt = null, continuedAt = null, movedAt = null, terminationSkippedAt = null, shift = null, returning = null, ...chosen } = blueGreen;
  return { blueGreen: { ...chosen, readyAt, continuedAt, movedAt, terminationSkippedAt, shift, returning: returning as TrafficReturn | null } };
}

/** The time that stages are watched for is not the deployment's own, nor are the waits between two fleets. */
function limitsFor({ pace, timeouts, blueGreen, provisioning }: DeploymentDocument, limits: Limits): Limits {
  const bakesMs = (pace?.stages ?? []).reduce((sum, { bakeMs }) => sum + bakeMs, 0);
  const waitsMs = (blueGreen?.readyWaitMs ?? 0) + (blueGreen?.terminationWaitMs ?? 0) + (blueGreen?.trafficSteps ?? []).reduce((sum, { bakeMs }) => sum + bakeMs, 0) + (provisioning?.waitMs ?? 0);
  return { ...limits, ...timeouts, deploymentMs: limits.deploymentMs + bakesMs + waitsMs };
}

/** After a restart what was known before stays good until this controller has had the time to ask. */
function alarmWatch(rows: readonly WatchedAlarmsTable[], createdAt: Instant, frozen: NonNullable<DeploymentDocument['alarms']>, watchingSince: Instant): AlarmWatch {
  const alarms = rows.map((row) => ({
    name: row.name,
    isDryRun: row.is_dry_run === 1,
    state: row.state as AlarmState | null,
    detail: row.detail,
    goodUntil: Math.max(Number(row.good_until ?? createdAt), watchingSince + alarmGraceMs, row.good_until === null ? createdAt + alarmGraceMs : 0),
    activeAt: row.active_at === null ? null : Number(row.active_at),
  }));
  return { ...frozen, alarms };
}

const connected: AgentState = { isConnected: true, silentSince: null };
/** Of targets whose agents are connected: most are, and nothing about them has changed. */
const statesConnected = new WeakMap<KnownTarget, TargetState>();

function targetState(target: KnownTarget, agent: AgentState): TargetState {
  const known = agent === connected ? statesConnected.get(target) : undefined;
  if (known !== undefined) return known;
  const state = newTargetState(target, agent);
  if (agent === connected) statesConnected.set(target, state);
  return state;
}

function newTargetState({ row, events }: KnownTarget, agent: AgentState): TargetState {
  return {
    targetId: row.target_id,
    status: row.status as TargetStatus,
    standing: row.standing as InstanceStanding,
    lot: row.lot,
    rank: row.rank,
    stage: row.stage,
    ...((row.label ?? null) === null ? {} : { label: row.label as 'Blue' | 'Green' }),
    generation: row.generation,
    events: events.map(eventState),
    agent,
  };
}

function eventState({ earlier = [], ...event }: StoredEvent): EventState {
  const hasRunBefore = earlier.some(({ attemptId }) => attemptId !== null);
  return { ...event, ...(earlier.length === 0 ? {} : { earlierAttempts: earlier.length }), ...(hasRunBefore ? { hasRunBefore } : {}) };
}
