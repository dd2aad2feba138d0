// The end of a target, and of the deployment: what it leaves with the instance, the group and whoever waits behind it.

import type { Command } from '../../protocol/session/frames.ts';
import type { Action } from '../planner/actions.ts';
import { listActiveDeploymentIds } from '../store/deployments.ts';
import { endProvision } from '../store/fleet-requests.ts';
import type { GroupInstancesTable } from '../store/tables.ts';
import { type PlanDraft, tellAgent, touch } from './plan-draft.ts';

export function finishTarget(draft: PlanDraft, action: Extract<Action, { kind: 'FinishTarget' }>): void {
  const { snapshot } = draft.loaded;
  const target = touch(draft, action.targetId);
  target.row.status = action.status;
  for (const event of target.events) {
    if (event.status !== 'Pending') continue;
    event.status = 'Skipped';
    event.endedAt = snapshot.now;
  }
  // A target that was never commanded keeps the standing it had.
  if (target.row.generation === 0) return;
  // Where nothing was installed there is nothing new to remember either.
  const isInstalled = target.events.some(({ name }) => name === 'Install');
  if (isInstalled) draft.standings.push(standingOf(draft, target.row.instance_id, action.status === 'Succeeded'));
  const command: Command = {
    kind: 'Finish',
    deploymentId: draft.loaded.row.deployment_id,
    deploymentGroupId: draft.loaded.row.group_id,
    status: isInstalled ? action.status : 'Skipped',
  };
  tellAgent(draft, target.row, command, '', '', target.row.generation);
}

function standingOf({ loaded: { row: deployment, document } }: PlanDraft, instanceId: string, isHealthy: boolean): GroupInstancesTable {
  return { group_id: deployment.group_id, instance_id: instanceId, is_healthy: isHealthy ? 1 : 0, location_key: isHealthy ? document.locationKey : null, deployment_id: deployment.deployment_id };
}

export async function finishDeployment(draft: PlanDraft, action: Extract<Action, { kind: 'FinishDeployment' }>): Promise<void> {
  const { row: deployment, snapshot, document } = draft.loaded;
  draft.status = action.status;
  draft.completedAt = snapshot.now;
  if (action.error !== null) draft.document = { ...draft.document, errorInformation: action.error };
  await draft.tx
    .updateTable('deployment_groups')
    .set({ running_deployment_id: null })
    .where('group_id', '=', deployment.group_id)
    .where('running_deployment_id', '=', deployment.deployment_id)
    .execute();
  if (document.provisioning !== undefined) await endProvision(draft.tx, deployment.deployment_id, snapshot.now);
  draft.wake.push(...(await listActiveDeploymentIds(draft.tx, deployment.group_id)).filter((id) => id !== deployment.deployment_id));
  // The way back deploys nothing: what succeeded last is what it was.
  if (action.status !== 'Succeeded' || document.blueGreen?.direction === 'back') return;
  await draft.tx
    .updateTable('deployment_groups')
    .set({
      last_successful_deployment_id: deployment.deployment_id,
      target_revision: JSON.stringify(document.revision),
    })
    .where('group_id', '=', deployment.group_id)
    .execute();
}
