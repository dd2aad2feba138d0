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
 * The deployments that the new one is to supersede; throws where the group wants one at a time. Those that wait for their
 * hour or for approval are not active in that sense, and what brings late instances to the old revision always gives way. The wording is kept to the letter: pipelines take the active id out of it.
 */
export async function makeWay(tx: Database, group: DeploymentGroupsTable, asked: ActiveDeploymentPolicy | undefined): Promise<readonly DeploymentsTable[]> {
  const policy = asked ?? readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`).activeDeploymentPolicy ?? 'REFUSE';
  const active = await listActiveDeployments(tx, group.group_id);
  const followOns = active.filter(({ root_deployment_id: root }) => (root ?? null) !== null);
  switch (policy) {
    case 'QUEUE':
      return followOns;
    case 'SUPERSEDE':
      return active.filter((one) => one.creator !== 'codeDeployRollback');
    case 'REFUSE': {
      const inTheWay = active.find((one) => !followOns.includes(one) && (one.started_at !== null || !waitsForItsHour(one)));
      if (inTheWay === undefined) return followOns;
      throw new Failure('DeploymentLimitExceededException', `The Deployment Group '${group.name}' already has an active Deployment '${inTheWay.deployment_id}'`);
    }
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
