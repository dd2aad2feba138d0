// From a definition to its handler. The table below is held against the registry by the compiler: a supported operation
// without a handler does not compile, and neither does a handler for one that is marked unsupported.

import { Failure } from '../../protocol/errors.ts';
import { checkInput, knownMembers } from '../../protocol/operations/check-input.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import { makeAuthorize } from '../access/authorize.ts';
import type { Given } from '../access/reach.ts';
import { auditRecord, subjectsOf } from '../audit/entry.ts';
import { originOf, recordRefusal } from '../audit/refusal.ts';
import { recordIn } from '../audit/recorded-store.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { readingFrom } from '../store/store.ts';
import type { Dispatch, HandlerContext, RequestContext } from './handler.ts';
import type { Handler, Services } from './services.ts';
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

type SupportedKey = { [Key in OperationKey]: (typeof registry)[Key]['isSupported'] extends true ? Key : never }[OperationKey];

const handlers: { readonly [Key in SupportedKey]: Handler<(typeof registry)[Key]> } = {
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
  registerApplicationRevision,
  registerOnPremisesInstance,
  removeTagsFromOnPremisesInstances,
  skipWaitTimeForInstanceTermination,
  stopDeployment,
  tagResource,
  untagResource,
  updateApplication,
  updateDeploymentGroup,
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
};

/** A handler whose input was checked against its own definition. */
type AnyHandler = (services: Services, input: unknown, context: HandlerContext) => Promise<unknown>;

const byName: ReadonlyMap<string, AnyHandler> = new Map(
  Object.entries(handlers).map(([key, handler]) => [registry[key as SupportedKey].name, handler as AnyHandler]),
);

/**
 * Members that are null count as absent; members the definition does not know are ignored. Every write leaves an audit
 * record in the transaction of its change, or one that says that access was denied.
 */
export function makeDispatch(services: Services): Dispatch {
  const authorize = makeAuthorize(services.store.reads, services.buckets);
  const reads = readingFrom(services.store);
  return async (definition, input, context) => {
    try {
      return await perform(definition, input, context);
    } catch (error) {
      if (definition.access === 'write' && error instanceof Failure && error.code === 'AccessDeniedException') await recordRefusal(services.store, definition.name, input, context, error);
      throw error;
    }
  };

  async function perform(definition: OperationDefinition, input: unknown, context: RequestContext): Promise<unknown> {
    const { name } = definition;
    authorize.role(name, context.access);
    const handler = byName.get(name);
    if (!definition.isSupported || handler === undefined) {
      throw new Failure('OperationNotSupportedException', `${name} is not supported here. ${definition.summary}`);
    }
    check(definition, input);
    const known = knownMembers(definition, input) as Given;
    await authorize.scope(name, known, context.access);
    if (definition.access === 'read') return handler({ ...services, store: reads }, known, { ...context, concerns: () => undefined });
    const subjects = [...(await authorize.applications(name, known)).map((application) => `application:${application}`), ...subjectsOf(known)];
    const recording = recordIn(services.store, async (tx, more) => {
      await appendAuditRecord(tx, auditRecord(originOf(context), { at: context.now, operation: name, subjects: [...subjects, ...more], input: known, outcome: 'Succeeded' }));
      await context.keepSignature?.(tx);
    });
    const output = await handler({ ...services, store: recording.store }, known, { ...context, concerns: recording.concerns });
    await recording.finish();
    return output;
  }
}

/** Pipelines look for this very sentence. */
function check(definition: OperationDefinition, input: unknown): void {
  try {
    checkInput(definition, input);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'DeploymentGroupNameRequiredException') throw error;
    throw new Failure(error.code, 'Deployment Group name is missing', error.field ?? undefined);
  }
}
