// What a new deployment does to those that are active in its group already: refused because of them, behind them, or in
// their place.

import { Failure } from '../../protocol/errors.ts';
import type { ActiveDeploymentPolicy } from '../../protocol/model/deployment-group.ts';
import { listActiveDeployments, replaceDocument, requestStop } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable } from '../store/tables.ts';
import { waitsForItsHour } from './waits-for-its-hour.ts';

/**
 * The deployments that the new one is to supersede; throws where the group wants one at a time. The wording is kept to the
 * letter: pipelines take the active id out of it.
 */
export async function makeWay(tx: Database, group: DeploymentGroupsTable, asked: ActiveDeploymentPolicy | undefined): Promise<readonly DeploymentsTable[]> {
  const { givesWay, refusedFor } = await rivalsIn(tx, group, asked);
  if (refusedFor !== null) throw new Failure('DeploymentLimitExceededException', alreadyActive(group.name, refusedFor.deployment_id));
  return givesWay;
}

export function alreadyActive(groupName: string, deploymentId: string): string {
  return `The Deployment Group '${groupName}' already has an active Deployment '${deploymentId}'`;
}

export interface Rivals {
  /** To be superseded. */
  readonly givesWay: readonly DeploymentsTable[];
  /** Because of which no other may be created now; null: none. */
  readonly refusedFor: DeploymentsTable | null;
}

/**
 * Those that are active already, by what becomes of them. Those that wait for their hour or for approval are not active in
 * that sense, and what brings late instances to the old revision always gives way.
 */
export async function rivalsIn(db: Database, group: DeploymentGroupsTable, asked: ActiveDeploymentPolicy | undefined): Promise<Rivals> {
  const policy = asked ?? readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`).activeDeploymentPolicy ?? 'REFUSE';
  const active = await listActiveDeployments(db, group.group_id);
  const followOns = active.filter(({ root_deployment_id: root }) => (root ?? null) !== null);
  switch (policy) {
    case 'QUEUE':
      return { givesWay: followOns, refusedFor: null };
    case 'SUPERSEDE':
      return { givesWay: active.filter((one) => one.creator !== 'codeDeployRollback'), refusedFor: null };
    case 'REFUSE':
      return { givesWay: followOns, refusedFor: active.find((one) => !followOns.includes(one) && (one.started_at !== null || !waitsForItsHour(one))) ?? null };
  }
}

/** Asks `row` to stop without rollback, in favour of the deployment `by`. */
export async function supersede(tx: Database, row: DeploymentsTable, by: string, now: number): Promise<void> {
  if (row.stop_requested_at !== null) return;
  const where = `deployment ${row.deployment_id}`;
  const document = writeDocument(DeploymentDocument, { ...readDocument(DeploymentDocument, row.document, where), supersededBy: by }, where);
  await replaceDocument(tx, row.deployment_id, document);
  await requestStop(tx, row.deployment_id, now, false);
}
