// A deployment config, custom or predefined, as callers see it.

import type { DeploymentConfigInfo } from '../../protocol/model/deployment-config.ts';
import { DeploymentConfigDocument, readDocument } from '../store/documents.ts';
import { predefinedConfigsCreatedAt, type PredefinedConfig } from '../store/predefined-configs.ts';
import type { DeploymentConfigsTable } from '../store/tables.ts';

export function configInfo(row: DeploymentConfigsTable): DeploymentConfigInfo {
  const document = readDocument(DeploymentConfigDocument, row.document, `deployment config ${row.name}`);
  return {
    deploymentConfigId: row.config_id,
    deploymentConfigName: row.name,
    ...document,
    createTime: Number(row.created_at),
    computePlatform: 'Server',
  };
}

export function predefinedConfigInfo(config: PredefinedConfig): DeploymentConfigInfo {
  return {
    deploymentConfigId: config.id,
    deploymentConfigName: config.name,
    minimumHealthyHosts: config.minimumHealthyHosts,
    createTime: predefinedConfigsCreatedAt,
    computePlatform: 'Server',
  };
}
