// The predefined ones come first, on the first page.

import type { registry } from '../../protocol/operations/registry.ts';
import { listDeploymentConfigNames } from '../store/deployment-configs.ts';
import { predefinedConfigs } from '../store/predefined-configs.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listDeploymentConfigs: Handler<typeof registry.listDeploymentConfigs> = async ({ store }, input) => {
  const question = ['ListDeploymentConfigs'];
  const after = readNamePlace(question, input.nextToken);
  const { rows, ...next } = toPage(question, await listDeploymentConfigNames(store.db, after, pageSize + 1), (name) => [name]);
  const first = after === null ? predefinedConfigs.map((config) => config.name) : [];
  return { deploymentConfigsList: [...first, ...rows], ...next };
};
