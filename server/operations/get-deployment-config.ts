import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findDeploymentConfig } from '../store/deployment-configs.ts';
import { findPredefinedConfig } from '../store/predefined-configs.ts';
import { configInfo, predefinedConfigInfo } from './config-info.ts';
import type { Handler } from './services.ts';

export const getDeploymentConfig: Handler<typeof registry.getDeploymentConfig> = async ({ store }, { deploymentConfigName: name }) => {
  const predefined = findPredefinedConfig(name);
  if (predefined !== null) return { deploymentConfigInfo: predefinedConfigInfo(predefined) };
  const row = await findDeploymentConfig(store.db, name);
  if (row === null) {
    throw new Failure('DeploymentConfigDoesNotExistException', `No Deployment Configuration found for name: ${name}`, 'deploymentConfigName');
  }
  return { deploymentConfigInfo: configInfo(row) };
};
