// Deployment groups as callers see them: the stored members, Auto Scaling groups as objects, and the last deployments.
// Their resource tags are not part of it.

import type { DeploymentGroupInfo, LastDeploymentInfo, OutdatedInstancesStrategy } from '../../protocol/model/deployment-group.ts';
import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { findDeployments } from '../store/deployments.ts';
import { DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { namesIn } from '../deployer/traffic-routers.ts';
import { listFindings } from '../store/router-findings.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable } from '../store/tables.ts';

/** In the order of `rows`, which are all of the application of that name. */
export async function groupInfos(db: Database, applicationName: string, rows: readonly DeploymentGroupsTable[]): Promise<DeploymentGroupInfo[]> {
  const lastIds = rows.flatMap((row) => [row.last_attempted_deployment_id, row.last_successful_deployment_id]).filter((id) => id !== null);
  const deployments = new Map((await findDeployments(db, lastIds)).map((row) => [row.deployment_id, row]));
  return Promise.all(rows.map(async (row) => {
    const info = groupInfo(applicationName, row, deployments);
    const routerFindings = await listFindings(db, namesIn(info.loadBalancerInfo ?? {}).map(({ name }) => name));
    return routerFindings.length === 0 ? info : { ...info, routerFindings };
  }));
}

function groupInfo(applicationName: string, row: DeploymentGroupsTable, deployments: ReadonlyMap<string, DeploymentsTable>): DeploymentGroupInfo {
  const { tags: _tags, autoScalingGroups, outdatedInstancesStrategy, ...document } = readDocument(
    DeploymentGroupDocument,
    row.document,
    `deployment group ${row.group_id}`,
  );
  const successful = lastDeployment(row.last_successful_deployment_id, deployments);
  const attempted = lastDeployment(row.last_attempted_deployment_id, deployments);
  return {
    applicationName,
    deploymentGroupId: row.group_id,
    deploymentGroupName: row.name,
    ...document,
    autoScalingGroups: autoScalingGroups.map((name) => ({ name })),
    outdatedInstancesStrategy: outdatedInstancesStrategy as OutdatedInstancesStrategy,
    ...(row.target_revision === null ? {} : { targetRevision: JSON.parse(row.target_revision) as RevisionLocation }),
    ...(successful === null ? {} : { lastSuccessfulDeployment: successful }),
    ...(attempted === null ? {} : { lastAttemptedDeployment: attempted }),
    computePlatform: 'Server',
  };
}

function lastDeployment(deploymentId: string | null, deployments: ReadonlyMap<string, DeploymentsTable>): LastDeploymentInfo | null {
  const row = deploymentId === null ? undefined : deployments.get(deploymentId);
  if (row === undefined) return null;
  return {
    deploymentId: row.deployment_id,
    status: row.status as DeploymentStatus,
    ...(row.completed_at === null ? {} : { endTime: Number(row.completed_at) }),
    createTime: Number(row.created_at),
  };
}
