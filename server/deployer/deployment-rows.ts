// What is frozen, as the rows of a deployment that has just been created: written by whoever creates it, looked at by
// whoever plans it.

import { DeploymentDocument, writeDocument } from '../store/documents.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';
import type { Draft } from './draft.ts';
import type { FrozenDeployment } from './freeze-deployment.ts';

export function deploymentRow(deploymentId: string, draft: Draft, frozen: FrozenDeployment, now: number): DeploymentsTable {
  const { group } = draft;
  return {
    deployment_id: deploymentId,
    application_id: group.application_id,
    group_id: group.group_id,
    application_name: draft.applicationName,
    group_name: group.name,
    status: 'Created',
    creator: draft.creator,
    created_at: now,
    started_at: null,
    completed_at: null,
    minimum_healthy_hosts: frozen.minimumHealthyHosts,
    root_deployment_id: draft.followOn?.rootDeploymentId ?? null,
    stop_requested_at: null,
    stop_rollback: null,
    wake_at: now,
    version: 0,
    document: writeDocument(DeploymentDocument, frozen.document, `deployment ${deploymentId}`),
  };
}

/** In the order of the members; `version` is that of their deployment. */
export function targetRows(deploymentId: string, { members, places, labels }: Pick<FrozenDeployment, 'members' | 'places' | 'labels'>, now: number, version = 0): readonly TargetsTable[] {
  return members.map(({ instance, standing }, index) => ({
    deployment_id: deploymentId,
    target_id: instance.name,
    instance_id: instance.instance_id,
    arn: instance.arn,
    status: 'Pending',
    standing,
    ...places[index]!,
    label: labels[index] ?? null,
    generation: 0,
    events: '[]',
    last_updated_at: now,
    version,
  }));
}
