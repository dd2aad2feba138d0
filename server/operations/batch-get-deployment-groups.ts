// An unknown application fails the call; unknown groups are left out and named in errorMessage.

import type { registry } from '../../protocol/operations/registry.ts';
import { findDeploymentGroups } from '../store/deployment-groups.ts';
import { groupInfos } from './group-info.ts';
import { requireApplication } from './lookup.ts';
import type { Handler } from './services.ts';

export const batchGetDeploymentGroups: Handler<typeof registry.batchGetDeploymentGroups> = async ({ store }, input) => {
  const application = await requireApplication(store.db, input.applicationName);
  const names = [...new Set(input.deploymentGroupNames)];
  const found = new Map((await findDeploymentGroups(store.db, application.application_id, names)).map((row) => [row.name, row]));
  const unknown = names.filter((name) => !found.has(name));
  const rows = names.flatMap((name) => found.get(name) ?? []);
  return {
    deploymentGroupsInfo: await groupInfos(store.db, application.name, rows),
    ...(unknown.length === 0 ? {} : { errorMessage: `No Deployment Group found for name: ${unknown.join(', ')}` }),
  };
};
