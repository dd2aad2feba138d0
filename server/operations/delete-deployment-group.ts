// Deleting what is not there is no error. Its deployments stay in the application's history; one under way is asked to
// stop and is not rolled back, since there is no group left to roll back.

import type { registry } from '../../protocol/operations/registry.ts';
import { findApplication } from '../store/applications.ts';
import { deleteDeploymentGroup as deleteRows, findDeploymentGroup } from '../store/deployment-groups.ts';
import { listActiveDeploymentIds, requestStop } from '../store/deployments.ts';
import type { Handler } from './services.ts';

export const deleteDeploymentGroup: Handler<typeof registry.deleteDeploymentGroup> = async ({ store, wake }, input, { now }) => {
  const active = await store.transaction(async (tx) => {
    const application = await findApplication(tx, input.applicationName);
    const group = application === null ? null : await findDeploymentGroup(tx, application.application_id, input.deploymentGroupName);
    if (group === null) return [];
    const deploymentIds = await listActiveDeploymentIds(tx, group.group_id);
    for (const deploymentId of deploymentIds) await requestStop(tx, deploymentId, now, false);
    await deleteRows(tx, group.group_id);
    return deploymentIds;
  });
  for (const deploymentId of active) wake(deploymentId);
  return { hooksNotCleanedUp: [] };
};
