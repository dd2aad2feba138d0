// From a definition to its handler. The table below is held against the registry by the compiler: a supported operation
// without a handler does not compile, and neither does a handler for one that is marked unsupported.

import { Failure } from '../../protocol/errors.ts';
import { checkInput, knownMembers } from '../../protocol/operations/check-input.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import type { Dispatch, RequestContext } from './handler.ts';
import type { Handler, Services } from './services.ts';
import { addTagsToOnPremisesInstances } from './add-tags-to-on-premises-instances.ts';
import { batchGetApplicationRevisions } from './batch-get-application-revisions.ts';
import { batchGetApplications } from './batch-get-applications.ts';
import { batchGetDeploymentGroups } from './batch-get-deployment-groups.ts';
import { batchGetDeploymentTargets } from './batch-get-deployment-targets.ts';
import { batchGetDeployments } from './batch-get-deployments.ts';
import { batchGetOnPremisesInstances } from './batch-get-on-premises-instances.ts';
import { createApplication } from './create-application.ts';
import { createDeployment } from './create-deployment.ts';
import { createDeploymentConfig } from './create-deployment-config.ts';
import { createDeploymentGroup } from './create-deployment-group.ts';
import { deleteApplication } from './delete-application.ts';
import { deleteDeploymentConfig } from './delete-deployment-config.ts';
import { deleteDeploymentGroup } from './delete-deployment-group.ts';
import { deregisterOnPremisesInstance } from './deregister-on-premises-instance.ts';
import { getApplication } from './get-application.ts';
import { getApplicationRevision } from './get-application-revision.ts';
import { getDeployment } from './get-deployment.ts';
import { getDeploymentConfig } from './get-deployment-config.ts';
import { getDeploymentGroup } from './get-deployment-group.ts';
import { getDeploymentTarget } from './get-deployment-target.ts';
import { getOnPremisesInstance } from './get-on-premises-instance.ts';
import { listApplicationRevisions } from './list-application-revisions.ts';
import { listApplications } from './list-applications.ts';
import { listDeploymentConfigs } from './list-deployment-configs.ts';
import { listDeploymentGroups } from './list-deployment-groups.ts';
import { listDeploymentTargets } from './list-deployment-targets.ts';
import { listDeployments } from './list-deployments.ts';
import { listOnPremisesInstances } from './list-on-premises-instances.ts';
import { registerApplicationRevision } from './register-application-revision.ts';
import { registerOnPremisesInstance } from './register-on-premises-instance.ts';
import { removeTagsFromOnPremisesInstances } from './remove-tags-from-on-premises-instances.ts';
import { stopDeployment } from './stop-deployment.ts';
import { updateApplication } from './update-application.ts';
import { updateDeploymentGroup } from './update-deployment-group.ts';
import { createEnrollmentToken } from './create-enrollment-token.ts';
import { listEnrollmentTokens } from './list-enrollment-tokens.ts';
import { revokeEnrollmentToken } from './revoke-enrollment-token.ts';
import { explainDeployment } from './explain-deployment.ts';
import { getDeploymentLogs } from './get-deployment-logs.ts';
import { listInstances } from './list-instances.ts';
import { tagInstance } from './tag-instance.ts';
import { untagInstance } from './untag-instance.ts';

type SupportedKey = { [Key in OperationKey]: (typeof registry)[Key]['isSupported'] extends true ? Key : never }[OperationKey];

const handlers: { readonly [Key in SupportedKey]: Handler<(typeof registry)[Key]> } = {
  addTagsToOnPremisesInstances,
  batchGetApplicationRevisions,
  batchGetApplications,
  batchGetDeploymentGroups,
  batchGetDeploymentTargets,
  batchGetDeployments,
  batchGetOnPremisesInstances,
  createApplication,
  createDeployment,
  createDeploymentConfig,
  createDeploymentGroup,
  deleteApplication,
  deleteDeploymentConfig,
  deleteDeploymentGroup,
  deregisterOnPremisesInstance,
  getApplication,
  getApplicationRevision,
  getDeployment,
  getDeploymentConfig,
  getDeploymentGroup,
  getDeploymentTarget,
  getOnPremisesInstance,
  listApplicationRevisions,
  listApplications,
  listDeploymentConfigs,
  listDeploymentGroups,
  listDeploymentTargets,
  listDeployments,
  listOnPremisesInstances,
  registerApplicationRevision,
  registerOnPremisesInstance,
  removeTagsFromOnPremisesInstances,
  stopDeployment,
  updateApplication,
  updateDeploymentGroup,
  createEnrollmentToken,
  listEnrollmentTokens,
  revokeEnrollmentToken,
  explainDeployment,
  getDeploymentLogs,
  listInstances,
  tagInstance,
  untagInstance,
};

/** A handler whose input was checked against its own definition. */
type AnyHandler = (services: Services, input: unknown, context: RequestContext) => Promise<unknown>;

const byName: ReadonlyMap<string, AnyHandler> = new Map(
  Object.entries(handlers).map(([key, handler]) => [registry[key as SupportedKey].name, handler as AnyHandler]),
);

/** Members that are null count as absent; members the definition does not know are ignored. */
export function makeDispatch(services: Services): Dispatch {
  return async (definition, input, context) => {
    const handler = byName.get(definition.name);
    if (!definition.isSupported || handler === undefined) {
      throw new Failure('OperationNotSupportedException', `${definition.name} is an operation of CodeDeploy that this controller does not support yet.`);
    }
    check(definition, input);
    return handler(services, knownMembers(definition, input), context);
  };
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
