// Reads all that a group's convergence may depend on into the planner's terms. Call it with a transaction.

import type { GroupInstance, GroupSnapshot } from '../planner/convergence.ts';
import { findDeployment, findDeployments, isNewer, listActiveDeployments } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { defaultConfigName, findConfigRules } from '../store/predefined-configs.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable } from '../store/tables.ts';
import { findMembers } from './members.ts';
import { waitsForItsHour } from './waits-for-its-hour.ts';

export interface LoadedGroup {
  readonly snapshot: GroupSnapshot;
  /** The deployment that made the group's revision what it is; follow-ons name it. */
  readonly rootDeploymentId: string;
}

export const defaultMaxAttempts = 3;

/** Null when the group has not opted in, or has had no success: there is no revision to come to. */
export async function loadGroup(db: Database, group: DeploymentGroupsTable, now: number, isConnected: (instanceId: string) => boolean): Promise<LoadedGroup | null> {
  const document = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
  const { convergence, outdatedInstancesStrategy } = document;
  const success = group.last_successful_deployment_id === null ? null : await findDeployment(db, group.last_successful_deployment_id);
  if (convergence?.enabled !== true || success === null) return null;
  const root = (success.root_deployment_id ?? null) === null ? success : ((await findDeployment(db, success.root_deployment_id!)) ?? success);
  const { locationKey } = readDocument(DeploymentDocument, root.document, `deployment ${root.deployment_id}`);
  const rules = (await findConfigRules(db, document.deploymentConfigName)) ?? (await findConfigRules(db, defaultConfigName));
  if (rules === null) throw new Error(`There is no deployment config ${defaultConfigName}.`);
  const { members } = await findMembers(db, group, document, locationKey, false);
  const active = (await listActiveDeployments(db, group.group_id)).find((row) => row.started_at !== null || !waitsForItsHour(row));
  const touches = await readTouches(db, group.group_id, root);
  const failures = await readFailures(db, root.deployment_id);
  return {
    rootDeploymentId: root.deployment_id,
    snapshot: {
      now,
      minimum: rules.minimum,
      maxAttempts: convergence.maxAttempts ?? defaultMaxAttempts,
      updatesOutdated: outdatedInstancesStrategy !== 'IGNORE',
      activeDeploymentId: active?.deployment_id ?? null,
      instances: members.map(({ instance, standing }): GroupInstance => {
        const id = instance.instance_id;
        const touched = touches.get(id);
        const failed = failures.get(id);
        return {
          instanceId: id,
          name: instance.name,
          standing,
          isHealthy: touched?.isHealthy ?? false,
          isConnected: isConnected(id),
          touched: touched === undefined ? null : { deploymentId: touched.deploymentId, when: touched.when },
          failures: failed?.count ?? 0,
          lastFailure: failed === undefined ? null : failed.last,
        };
      }),
    },
  };
}

type Touch = NonNullable<GroupInstance['touched']> & { readonly isHealthy: boolean };

/** How the last deployment of the group left each instance, and how that deployment lies to the root. */
async function readTouches(db: Database, groupId: string, root: DeploymentsTable): Promise<ReadonlyMap<string, Touch>> {
  const rows = await db.selectFrom('group_instances').selectAll().where('group_id', '=', groupId).execute();
  const deployments = new Map((await findDeployments(db, [...new Set(rows.map((row) => row.deployment_id))])).map((row) => [row.deployment_id, row]));
  const whenOf = (deploymentId: string): Touch['when'] => {
    const row = deployments.get(deploymentId);
    if (deploymentId === root.deployment_id || row?.root_deployment_id === root.deployment_id) return 'root';
    return row !== undefined && isNewer(row, root) ? 'after' : 'before';
  };
  return new Map(rows.map((row) => [row.instance_id, { deploymentId: row.deployment_id, when: whenOf(row.deployment_id), isHealthy: row.is_healthy === 1 }]));
}

interface Failures {
  readonly count: number;
  readonly last: { readonly at: number; readonly deploymentId: string };
}

/** Of the follow-ons of a deployment, by instance. */
async function readFailures(db: Database, rootDeploymentId: string): Promise<ReadonlyMap<string, Failures>> {
  const rows = await db
    .selectFrom('targets')
    .innerJoin('deployments', 'deployments.deployment_id', 'targets.deployment_id')
    .select(['targets.instance_id', 'targets.last_updated_at', 'targets.deployment_id'])
    .where('deployments.root_deployment_id', '=', rootDeploymentId)
    .where('targets.status', 'in', ['Failed', 'Unknown'])
    .orderBy('targets.last_updated_at')
    .execute();
  const failures = new Map<string, Failures>();
  for (const row of rows) failures.set(row.instance_id, { count: (failures.get(row.instance_id)?.count ?? 0) + 1, last: { at: Number(row.last_updated_at), deploymentId: row.deployment_id } });
  return failures;
}
