// Finding what an input names, or refusing it in CodeDeploy's own words.

import { Failure } from '../../protocol/errors.ts';
import { findApplication } from '../store/applications.ts';
import { findDeploymentConfig } from '../store/deployment-configs.ts';
import { findDeploymentGroup } from '../store/deployment-groups.ts';
import { findDeployment } from '../store/deployments.ts';
import { findLiveInstance } from '../store/instances.ts';
import { findPredefinedConfig } from '../store/predefined-configs.ts';
import { findPromotionPath } from '../store/promotion-paths.ts';
import { findPromotion } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import type { ApplicationsTable, DeploymentGroupsTable, DeploymentsTable, InstancesTable, PromotionPathsTable, PromotionsTable } from '../store/tables.ts';

export async function requireApplication(db: Database, name: string): Promise<ApplicationsTable> {
  const row = await findApplication(db, name);
  if (row === null) throw new Failure('ApplicationDoesNotExistException', `No application found for name: ${name}`, 'applicationName');
  return row;
}

export async function requireGroup(db: Database, application: ApplicationsTable, name: string): Promise<DeploymentGroupsTable> {
  const row = await findDeploymentGroup(db, application.application_id, name);
  if (row === null) throw new Failure('DeploymentGroupDoesNotExistException', `No Deployment Group found for name: ${name}`, 'deploymentGroupName');
  return row;
}

export async function requireConfig(db: Database, name: string): Promise<void> {
  if (findPredefinedConfig(name) !== null || (await findDeploymentConfig(db, name)) !== null) return;
  throw new Failure('DeploymentConfigDoesNotExistException', `No Deployment Configuration found for name: ${name}`, 'deploymentConfigName');
}

export async function requireDeployment(db: Database, deploymentId: string): Promise<DeploymentsTable> {
  const row = await findDeployment(db, deploymentId);
  if (row === null) throw new Failure('DeploymentDoesNotExistException', `The deployment ${deploymentId} could not be found`, 'deploymentId');
  return row;
}

export async function requireLiveInstance(db: Database, name: string): Promise<InstancesTable> {
  const row = await findLiveInstance(db, name);
  if (row === null) throw new Failure('InstanceDoesNotExistException', `There is no instance named ${name}.`, 'instanceName');
  return row;
}

export async function requirePromotionPath(db: Database, application: ApplicationsTable, name: string): Promise<PromotionPathsTable> {
  const row = await findPromotionPath(db, application.application_id, name);
  if (row === null) throw new Failure('PromotionPathDoesNotExistException', `The application ${application.name} has no promotion path ${name}. List them with ListPromotionPaths.`, 'promotionPathName');
  return row;
}

export async function requirePromotion(db: Database, promotionId: string): Promise<PromotionsTable> {
  const row = await findPromotion(db, promotionId);
  if (row === null) throw new Failure('PromotionDoesNotExistException', `There is no promotion ${promotionId}.`, 'promotionId');
  return row;
}
