// The list of operations: the only barrel in the house. A new operation is one file and one line here.

import type { OperationDefinition } from './operation.ts';
import { addTagsToOnPremisesInstances } from './add-tags-to-on-premises-instances.ts';
import { batchGetApplicationRevisions } from './batch-get-application-revisions.ts';
import { batchGetApplications } from './batch-get-applications.ts';
import { batchGetDeploymentGroups } from './batch-get-deployment-groups.ts';
import { batchGetDeploymentInstances } from './batch-get-deployment-instances.ts';
import { batchGetDeploymentTargets } from './batch-get-deployment-targets.ts';
import { batchGetDeployments } from './batch-get-deployments.ts';
import { batchGetOnPremisesInstances } from './batch-get-on-premises-instances.ts';
import { continueDeployment } from './continue-deployment.ts';
import { createApplication } from './create-application.ts';
import { createDeployment } from './create-deployment.ts';
import { createDeploymentConfig } from './create-deployment-config.ts';
import { createDeploymentGroup } from './create-deployment-group.ts';
import { deleteApplication } from './delete-application.ts';
import { deleteDeploymentConfig } from './delete-deployment-config.ts';
import { deleteDeploymentGroup } from './delete-deployment-group.ts';
import { deleteGitHubAccountToken } from './delete-github-account-token.ts';
import { deleteResourcesByExternalId } from './delete-resources-by-external-id.ts';
import { deregisterOnPremisesInstance } from './deregister-on-premises-instance.ts';
import { getApplication } from './get-application.ts';
import { getApplicationRevision } from './get-application-revision.ts';
import { getDeployment } from './get-deployment.ts';
import { getDeploymentConfig } from './get-deployment-config.ts';
import { getDeploymentGroup } from './get-deployment-group.ts';
import { getDeploymentInstance } from './get-deployment-instance.ts';
import { getDeploymentTarget } from './get-deployment-target.ts';
import { getOnPremisesInstance } from './get-on-premises-instance.ts';
import { listApplicationRevisions } from './list-application-revisions.ts';
import { listApplications } from './list-applications.ts';
import { listDeploymentConfigs } from './list-deployment-configs.ts';
import { listDeploymentGroups } from './list-deployment-groups.ts';
import { listDeploymentInstances } from './list-deployment-instances.ts';
import { listDeploymentTargets } from './list-deployment-targets.ts';
import { listDeployments } from './list-deployments.ts';
import { listGitHubAccountTokenNames } from './list-github-account-token-names.ts';
import { listOnPremisesInstances } from './list-on-premises-instances.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { putLifecycleEventHookExecutionStatus } from './put-lifecycle-event-hook-execution-status.ts';
import { registerApplicationRevision } from './register-application-revision.ts';
import { registerOnPremisesInstance } from './register-on-premises-instance.ts';
import { removeTagsFromOnPremisesInstances } from './remove-tags-from-on-premises-instances.ts';
import { skipWaitTimeForInstanceTermination } from './skip-wait-time-for-instance-termination.ts';
import { stopDeployment } from './stop-deployment.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';
import { updateApplication } from './update-application.ts';
import { updateDeploymentGroup } from './update-deployment-group.ts';

import { createAccessKey } from './create-access-key.ts';
import { listAccessKeys } from './list-access-keys.ts';
import { listAuditRecords } from './list-audit-records.ts';
import { revokeAccessKey } from './revoke-access-key.ts';
import { updateAccessKey } from './update-access-key.ts';
import { createEnrollmentToken } from './create-enrollment-token.ts';
import { listEnrollmentTokens } from './list-enrollment-tokens.ts';
import { revokeEnrollmentToken } from './revoke-enrollment-token.ts';
import { putGroupSecret } from './put-group-secret.ts';
import { listGroupSecrets } from './list-group-secrets.ts';
import { deleteGroupSecret } from './delete-group-secret.ts';
import { createFreeze } from './create-freeze.ts';
import { listFreezes } from './list-freezes.ts';
import { deleteFreeze } from './delete-freeze.ts';
import { approveDeployment } from './approve-deployment.ts';
import { rejectDeployment } from './reject-deployment.ts';
import { decideDeploymentFailure } from './decide-deployment-failure.ts';
import { planDeployment } from './plan-deployment.ts';
import { overrideDeploymentCalendar } from './override-deployment-calendar.ts';
import { createPromotionPath } from './create-promotion-path.ts';
import { updatePromotionPath } from './update-promotion-path.ts';
import { deletePromotionPath } from './delete-promotion-path.ts';
import { getPromotionPath } from './get-promotion-path.ts';
import { listPromotionPaths } from './list-promotion-paths.ts';
import { createPromotion } from './create-promotion.ts';
import { getPromotion } from './get-promotion.ts';
import { listPromotions } from './list-promotions.ts';
import { stopPromotion } from './stop-promotion.ts';
import { approvePromotion } from './approve-promotion.ts';
import { rejectPromotion } from './reject-promotion.ts';
import { explainPromotion } from './explain-promotion.ts';
import { explainDeployment } from './explain-deployment.ts';
import { explainDeploymentGroup } from './explain-deployment-group.ts';
import { getDeploymentLogs } from './get-deployment-logs.ts';
import { listInstances } from './list-instances.ts';
import { listTriggerDeliveries } from './list-trigger-deliveries.ts';
import { putAlarm } from './put-alarm.ts';
import { getAlarm } from './get-alarm.ts';
import { listAlarms } from './list-alarms.ts';
import { deleteAlarm } from './delete-alarm.ts';
import { putTrafficRouter } from './put-traffic-router.ts';
import { getTrafficRouter } from './get-traffic-router.ts';
import { listTrafficRouters } from './list-traffic-routers.ts';
import { deleteTrafficRouter } from './delete-traffic-router.ts';
import { observeTrafficRouter } from './observe-traffic-router.ts';
import { putFleetProvider } from './put-fleet-provider.ts';
import { getFleetProvider } from './get-fleet-provider.ts';
import { listFleetProviders } from './list-fleet-providers.ts';
import { deleteFleetProvider } from './delete-fleet-provider.ts';
import { putProvisionedInstances } from './put-provisioned-instances.ts';
import { revokeInstanceKey } from './revoke-instance-key.ts';
import { rotateInstanceKey } from './rotate-instance-key.ts';
import { tagInstance } from './tag-instance.ts';
import { untagInstance } from './untag-instance.ts';

export const registry = {
  addTagsToOnPremisesInstances,
  batchGetApplicationRevisions,
  batchGetApplications,
  batchGetDeploymentGroups,
  batchGetDeploymentInstances,
  batchGetDeploymentTargets,
  batchGetDeployments,
  batchGetOnPremisesInstances,
  continueDeployment,
  createApplication,
  createDeployment,
  createDeploymentConfig,
  createDeploymentGroup,
  deleteApplication,
  deleteDeploymentConfig,
  deleteDeploymentGroup,
  deleteGitHubAccountToken,
  deleteResourcesByExternalId,
  deregisterOnPremisesInstance,
  getApplication,
  getApplicationRevision,
  getDeployment,
  getDeploymentConfig,
  getDeploymentGroup,
  getDeploymentInstance,
  getDeploymentTarget,
  getOnPremisesInstance,
  listApplicationRevisions,
  listApplications,
  listDeploymentConfigs,
  listDeploymentGroups,
  listDeploymentInstances,
  listDeploymentTargets,
  listDeployments,
  listGitHubAccountTokenNames,
  listOnPremisesInstances,
  listTagsForResource,
  putLifecycleEventHookExecutionStatus,
  registerApplicationRevision,
  registerOnPremisesInstance,
  removeTagsFromOnPremisesInstances,
  skipWaitTimeForInstanceTermination,
  stopDeployment,
  tagResource,
  untagResource,
  updateApplication,
  updateDeploymentGroup,

  // Ours alone: REST only.
  createAccessKey,
  listAccessKeys,
  revokeAccessKey,
  updateAccessKey,
  listAuditRecords,
  createEnrollmentToken,
  listEnrollmentTokens,
  revokeEnrollmentToken,
  putGroupSecret,
  listGroupSecrets,
  deleteGroupSecret,
  createFreeze,
  listFreezes,
  deleteFreeze,
  approveDeployment,
  rejectDeployment,
  overrideDeploymentCalendar,
  decideDeploymentFailure,
  createPromotionPath,
  updatePromotionPath,
  deletePromotionPath,
  getPromotionPath,
  listPromotionPaths,
  createPromotion,
  getPromotion,
  listPromotions,
  stopPromotion,
  approvePromotion,
  rejectPromotion,
  explainPromotion,
  explainDeployment,
  planDeployment,
  explainDeploymentGroup,
  getDeploymentLogs,
  listInstances,
  listTriggerDeliveries,
  putAlarm,
  getAlarm,
  listAlarms,
  deleteAlarm,
  putTrafficRouter,
  getTrafficRouter,
  listTrafficRouters,
  deleteTrafficRouter,
  observeTrafficRouter,
  putFleetProvider,
  getFleetProvider,
  listFleetProviders,
  deleteFleetProvider,
  putProvisionedInstances,
  revokeInstanceKey,
  rotateInstanceKey,
  tagInstance,
  untagInstance,
} as const;

export type OperationKey = keyof typeof registry;

/** Every definition, in the registry's order. */
export const operations: readonly OperationDefinition[] = Object.values(registry);

/** The definition of that name, or null. */
export function findOperation(name: string): OperationDefinition | null {
  return operations.find((definition) => definition.name === name) ?? null;
}
