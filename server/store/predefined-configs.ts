// The deployment configs that are always there, and the rule a config's name stands for. They are no rows: nobody can
// change or delete them.

import type { MinimumHealthyHostsRule } from '../planner/healthy-hosts.ts';
import { findDeploymentConfig } from './deployment-configs.ts';
import { DeploymentConfigDocument, readDocument } from './documents.ts';
import type { Database } from './store.ts';

export interface PredefinedConfig {
  readonly id: string;
  readonly name: string;
  readonly minimumHealthyHosts: MinimumHealthyHostsRule;
}

export const defaultConfigName = 'CodeDeployDefault.OneAtATime';

/** Names that start so are reserved. */
export const reservedConfigPrefix = 'CodeDeployDefault.';

export const predefinedConfigs: readonly PredefinedConfig[] = [
  {
    id: '00000000-0000-0000-0000-000000000001',
    name: defaultConfigName,
    minimumHealthyHosts: { type: 'MOST_CONCURRENCY', value: 1 },
  },
  {
    id: '00000000-0000-0000-0000-000000000002',
    name: 'CodeDeployDefault.HalfAtATime',
    minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 50 },
  },
  {
    id: '00000000-0000-0000-0000-000000000003',
    name: 'CodeDeployDefault.AllAtOnce',
    minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 0 },
  },
];

/** When the predefined configs came to be: 12 November 2014, the day CodeDeploy did. Epoch milliseconds. */
export const predefinedConfigsCreatedAt = 1_415_750_400_000;

export function findPredefinedConfig(name: string): PredefinedConfig | null {
  return predefinedConfigs.find((config) => config.name === name) ?? null;
}

/** What the config of that name demands, predefined or custom. */
export interface ConfigRules extends Pick<DeploymentConfigDocument, 'zonalConfig' | 'ramp' | 'trafficRoutingConfig' | 'requireEveryTarget'> {
  readonly minimum: MinimumHealthyHostsRule;
}

/** Null when there is no config of that name. */
export async function findConfigRules(db: Database, name: string): Promise<ConfigRules | null> {
  const predefined = findPredefinedConfig(name);
  if (predefined !== null) return { minimum: predefined.minimumHealthyHosts };
  const row = await findDeploymentConfig(db, name);
  if (row === null) return null;
  const { minimumHealthyHosts, ...rules } = readDocument(DeploymentConfigDocument, row.document, `deployment config ${name}`);
  const { type, value } = minimumHealthyHosts ?? {};
  if (type === undefined || value === undefined) throw new Error(`Deployment config ${name} is stored without its minimum.`);
  return { ...rules, minimum: { type, value } };
}
