// Starting is taking the group's turn, which only one deployment can.

import type { Database } from '../store/store.ts';
import type { DeploymentsTable } from '../store/tables.ts';

/**
 * Whose turn it is was decided from a snapshot that other deployments may since have overtaken: only one of them gets to
 * write its id here.
 */
export async function takeTurn(tx: Database, { group_id: groupId, deployment_id: deploymentId }: DeploymentsTable): Promise<boolean> {
  const taken = await tx
    .updateTable('deployment_groups')
    .set({ running_deployment_id: deploymentId })
    .where('group_id', '=', groupId)
    .where((e) => e.or([e('running_deployment_id', 'is', null), e('running_deployment_id', '=', deploymentId)]))
    .executeTakeFirst();
  return Number(taken.numUpdatedRows) > 0;
}
