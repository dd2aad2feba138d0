// Reads all that a decision about one deployment may depend on into the planner's terms. Call it with a transaction:
// read piece by piece beside a commit, the pieces would not fit together.

import type { AgentState, Limits, Snapshot, TargetState } from '../planner/snapshot.ts';
import type { DeploymentStatus, DeploymentCreator } from '../../protocol/model/deployment.ts';
import type { TargetStatus } from '../../protocol/model/target.ts';
import type { InstanceStanding } from '../planner/snapshot.ts';
import type { Instant } from '../../world/clock.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';
import { DeploymentDocument, StoredEvents, readDocument } from '../store/documents.ts';

export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  readonly row: DeploymentsTable;
  readonly document: DeploymentDocument;
  readonly targetRows: ReadonlyMap<string, TargetsTable>;
}

export const endedStatuses: readonly DeploymentStatus[] = ['Succeeded', 'Failed', 'Stopped'];

/** The snapshot of a deployment, or null when there is none of that id. */
export async function loadSnapshot(
  db: Database,
  deploymentId: string,
  now: Instant,
  limits: Limits,
  isConnected: (instanceId: string) => boolean,
): Promise<LoadedSnapshot | null> {
  const row = await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirst();
  if (row === undefined) return null;
  const document = readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  const targetRows = await db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).orderBy('target_id').execute();
  const lastSeen = await db
    .selectFrom('instances')
    .innerJoin('targets', 'targets.instance_id', 'instances.instance_id')
    .select(['instances.instance_id', 'instances.last_seen_at'])
    .where('targets.deployment_id', '=', deploymentId)
    .execute();
  const lastSeenAt = new Map(lastSeen.map((instance) => [instance.instance_id, instance.last_seen_at]));
  const group = await db.selectFrom('deployment_groups').selectAll().where('group_id', '=', row.group_id).executeTakeFirst();
  // The oldest active deployment of the group goes first; all others wait for it.
  const first = await db
    .selectFrom('deployments')
    .select('deployment_id')
    .where('group_id', '=', row.group_id)
    .where('status', 'not in', endedStatuses)
    .orderBy('created_at')
    .orderBy('deployment_id')
    .executeTakeFirst();
  const agentOf = (instanceId: string): AgentState =>
    isConnected(instanceId) ? { isConnected: true, silentSince: null } : { isConnected: false, silentSince: lastSeenAt.get(instanceId) ?? null };
  const targets = targetRows.map((target) => targetState(target, agentOf(target.instance_id)));
  const snapshot: Snapshot = {
    now,
    deployment: {
      deploymentId,
      status: row.status as DeploymentStatus,
      creator: row.creator as DeploymentCreator,
      createdAt: row.created_at,
      startedAt: row.started_at,
      minimumHealthyHosts: row.minimum_healthy_hosts,
      ignoreApplicationStopFailures: document.ignoreApplicationStopFailures,
      usesNewApplicationStop: document.usesNewApplicationStop ?? false,
      autoRollback: document.autoRollbackConfiguration,
      stopRequestedAt: row.stop_requested_at,
      isRevisionReady: document.bundle !== null || document.defect !== null,
      stopRollback: row.stop_rollback === null ? null : row.stop_rollback === 1,
      defect:
        group === undefined
          ? { code: 'DEPLOYMENT_GROUP_MISSING', message: `Deployment group ${row.group_name} was deleted after this deployment was created.` }
          : document.defect,
    },
    targets,
    earlierDeploymentId: first === undefined || first.deployment_id === deploymentId ? null : first.deployment_id,
    lastSuccessfulDeploymentId: group?.last_successful_deployment_id ?? null,
    limits,
  };
  return { snapshot, row, document, targetRows: new Map(targetRows.map((target) => [target.target_id, target])) };
}

function targetState(row: TargetsTable, agent: AgentState): TargetState {
  return {
    targetId: row.target_id,
    status: row.status as TargetStatus,
    standing: row.standing as InstanceStanding,
    lot: row.lot,
    generation: row.generation,
    events: readDocument(StoredEvents, row.events, `target ${row.target_id} of ${row.deployment_id}`),
    agent,
  };
}
