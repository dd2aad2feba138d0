// Unknown ids are left out.

import type { registry } from '../../protocol/operations/registry.ts';
import { findDeployments } from '../store/deployments.ts';
import { deploymentInfos } from './deployment-info.ts';
import type { Handler } from './services.ts';

export const batchGetDeployments: Handler<typeof registry.batchGetDeployments> = async ({ store }, input) => {
  const ids = [...new Set(input.deploymentIds)];
  const found = new Map((await findDeployments(store.db, ids)).map((row) => [row.deployment_id, row]));
  return { deploymentsInfo: await deploymentInfos(store.db, ids.flatMap((id) => found.get(id) ?? [])) };
};
