// Deployments as callers see them: the frozen document, the columns that move, and how the targets stand in numbers.

import type { DeploymentCreator, DeploymentInfo, DeploymentOverview, DeploymentStatus } from '../../protocol/model/deployment.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { countTargets } from '../store/targets.ts';

/** The deployment of that id, or null. */
export async function loadDeploymentInfo(db: Database, deploymentId: string): Promise<DeploymentInfo | null> {
  const row = await findDeployment(db, deploymentId);
  return row === null ? null : (await deploymentInfos(db, [row]))[0]!;
}

/** In the order of `rows`. */
export async function deploymentInfos(db: Database, rows: readonly DeploymentsTable[]): Promise<DeploymentInfo[]> {
  const counts = await countTargets(db, rows.map((row) => row.deployment_id));
  return rows.map((row) => deploymentInfo(row, counts.get(row.deployment_id) ?? new Map()));
}

function deploymentInfo(row: DeploymentsTable, counts: ReadonlyMap<string, number>): DeploymentInfo {
  const document = readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`);
  const { description, previousRevision, errorInformation, overrideAlarmConfiguration } = document;
  return {
    applicationName: row.application_name,
    deploymentGroupName: row.group_name,
    deploymentConfigName: document.deploymentConfigName,
    deploymentId: row.deployment_id,
    ...(previousRevision === undefined ? {} : { previousRevision }),
    revision: document.revision,
    status: row.status as DeploymentStatus,
    ...(errorInformation === undefined ? {} : { errorInformation }),
    createTime: Number(row.created_at),
    ...(row.started_at === null ? {} : { startTime: Number(row.started_at) }),
    ...(row.completed_at === null ? {} : { completeTime: Number(row.completed_at) }),
    deploymentOverview: overview(counts),
    ...(description === '' ? {} : { description }),
    creator: row.creator as DeploymentCreator,
    ignoreApplicationStopFailures: document.ignoreApplicationStopFailures,
    autoRollbackConfiguration: document.autoRollbackConfiguration,
    updateOutdatedInstancesOnly: document.updateOutdatedInstancesOnly,
    rollbackInfo: document.rollbackInfo,
    deploymentStyle: document.deploymentStyle,
    instanceTerminationWaitTimeStarted: false,
    fileExistsBehavior: document.fileExistsBehavior,
    deploymentStatusMessages: document.statusMessages ?? [],
    computePlatform: 'Server',
    ...(overrideAlarmConfiguration === undefined ? {} : { overrideAlarmConfiguration }),
  };
}

/** A target whose fate is not known counts as failed: no other number would hold it. */
function overview(counts: ReadonlyMap<string, number>): DeploymentOverview {
  const of = (status: string): number => counts.get(status) ?? 0;
  return {
    Pending: of('Pending'),
    InProgress: of('InProgress'),
    Succeeded: of('Succeeded'),
    Failed: of('Failed') + of('Unknown'),
    Skipped: of('Skipped'),
    Ready: of('Ready'),
  };
}
