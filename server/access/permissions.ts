// Who may do what: the one table of roles and operations. What is not in it nobody may, administrators included, so a new
// operation (or route of our own) needs its line here. Operations stand under their names in the registry.

import type { Role } from '../../protocol/model/access-key.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import { applicationsNamedIn, arnNamedIn, controller, deploymentsNamedIn, listNarrowedBy, promotionGiven, promotionPathGiven, type Reach, shared, triggersGiven } from './reach.ts';

export interface Permission {
  /** The least role that may. */
  readonly role: Role;
  /** What of the input is held against the key's scope. */
  readonly reach: Reach;
}

const viewer = (reach: Reach): Permission => ({ role: 'viewer', reach });
const deployer = (reach: Reach): Permission => ({ role: 'deployer', reach });
const admin = (reach: Reach): Permission => ({ role: 'admin', reach });

const application = applicationsNamedIn('applicationName');
const deployment = deploymentsNamedIn('deploymentId');

const ofOperations: Readonly<Record<OperationKey, Permission>> = {
  createApplication: admin(application),
  updateApplication: admin(applicationsNamedIn('applicationName', 'newApplicationName')),
  deleteApplication: admin(application),
  getApplication: viewer(application),
  batchGetApplications: viewer(applicationsNamedIn('applicationNames')),
  listApplications: viewer(listNarrowedBy('applicationName')),

  createDeploymentGroup: admin(application),
  updateDeploymentGroup: admin(application),
  deleteDeploymentGroup: admin(application),
  putGroupSecret: admin(application),
  deleteGroupSecret: admin(application),
  listGroupSecrets: viewer(application),
  getDeploymentGroup: viewer(application),
  batchGetDeploymentGroups: viewer(application),
  listDeploymentGroups: viewer(application),

  registerApplicationRevision: deployer(application),
  getApplicationRevision: viewer(application),
  batchGetApplicationRevisions: viewer(application),
  listApplicationRevisions: viewer(application),

  createDeployment: deployer(application),
  planDeployment: viewer(application),
  stopDeployment: deployer(deployment),
  continueDeployment: deployer(deployment),
  putProvisionedInstances: deployer(deployment),
  skipWaitTimeForInstanceTermination: deployer(deployment),
  putLifecycleEventHookExecutionStatus: deployer(deployment),
  approveDeployment: deployer(deployment),
  rejectDeployment: deployer(deployment),
  overrideDeploymentCalendar: deployer(deployment),
  decideDeploymentFailure: deployer(deployment),
  getDeployment: viewer(deployment),
  batchGetDeployments: viewer(deploymentsNamedIn('deploymentIds')),
  listDeployments: viewer(listNarrowedBy('applicationName')),
  explainDeployment: viewer(deployment),
  explainDeploymentGroup: viewer(application),
  getDeploymentLogs: viewer(deployment),
  getDeploymentTarget: viewer(deployment),
  batchGetDeploymentTargets: viewer(deployment),
  listDeploymentTargets: viewer(deployment),
  getDeploymentInstance: viewer(deployment),
  batchGetDeploymentInstances: viewer(deployment),
  listDeploymentInstances: viewer(deployment),

  createPromotionPath: admin(promotionPathGiven),
  updatePromotionPath: admin(promotionPathGiven),
  deletePromotionPath: admin(promotionPathGiven),
  getPromotionPath: viewer(promotionPathGiven),
  listPromotionPaths: viewer(application),
  createPromotion: deployer(promotionPathGiven),
  stopPromotion: deployer(promotionGiven),
  approvePromotion: deployer(promotionGiven),
  rejectPromotion: deployer(promotionGiven),
  getPromotion: viewer(promotionGiven),
  listPromotions: viewer(listNarrowedBy('applicationName')),
  explainPromotion: viewer(promotionGiven),

  tagResource: admin(arnNamedIn('ResourceArn')),
  untagResource: admin(arnNamedIn('ResourceArn')),
  listTagsForResource: viewer(arnNamedIn('ResourceArn')),

  putAlarm: admin(controller),
  deleteAlarm: admin(controller),
  getAlarm: viewer(shared),
  listAlarms: viewer(shared),
  putTrafficRouter: admin(controller),
  deleteTrafficRouter: admin(controller),
  getTrafficRouter: viewer(shared),
  listTrafficRouters: viewer(shared),
  observeTrafficRouter: viewer(controller),
  putFleetProvider: admin(controller),
  deleteFleetProvider: admin(controller),
  getFleetProvider: viewer(shared),
  listFleetProviders: viewer(shared),
  listTriggerDeliveries: viewer(triggersGiven),
  createFreeze: admin(controller),
  deleteFreeze: admin(controller),
  listFreezes: viewer(shared),

  createDeploymentConfig: admin(controller),
  deleteDeploymentConfig: admin(controller),
  getDeploymentConfig: viewer(shared),
  listDeploymentConfigs: viewer(shared),

  registerOnPremisesInstance: admin(controller),
  deregisterOnPremisesInstance: admin(controller),
  addTagsToOnPremisesInstances: admin(controller),
  removeTagsFromOnPremisesInstances: admin(controller),
  revokeInstanceKey: admin(controller),
  rotateInstanceKey: admin(controller),
  tagInstance: admin(controller),
  untagInstance: admin(controller),
  getOnPremisesInstance: viewer(controller),
  batchGetOnPremisesInstances: viewer(controller),
  listOnPremisesInstances: viewer(controller),
  listInstances: viewer(controller),

  createEnrollmentToken: admin(controller),
  listEnrollmentTokens: admin(controller),
  revokeEnrollmentToken: admin(controller),

  createAccessKey: admin(controller),
  listAccessKeys: admin(controller),
  revokeAccessKey: admin(controller),
  updateAccessKey: admin(controller),
  listAuditRecords: admin(controller),

  deleteGitHubAccountToken: admin(controller),
  listGitHubAccountTokenNames: admin(controller),
  deleteResourcesByExternalId: admin(controller),
};

/** The routes beside the operations that take an access key. The others have credentials of their own, or need none. */
const ofRoutes = {
  GetOpenApiDocument: viewer(shared),
  UploadBundle: deployer(application),
  WatchDeployment: viewer(deployment),
  FollowDeploymentLogs: viewer(deployment),
  WatchPromotion: viewer(promotionGiven),
  // The buckets' door holds keys against the scope itself.
  ReadBuckets: viewer(shared),
  WriteBuckets: deployer(shared),
} as const;

const permissions: ReadonlyMap<string, Permission> = new Map([
  ...Object.entries(ofOperations).map(([key, permission]) => [registry[key as OperationKey].name, permission] as const),
  ...Object.entries<Permission>(ofRoutes),
]);

/** By the name of an operation or of a route of our own; null: nobody may. */
export function permissionFor(name: string): Permission | null {
  return permissions.get(name) ?? null;
}
