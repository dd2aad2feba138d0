import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const explainDeployment: Handler<typeof registry.explainDeployment> = async ({ store, explain }, { deploymentId }) => {
  const { status } = await requireDeployment(store.db, deploymentId);
  const { waitingOn, sentences } = await explain(deploymentId);
  return { deploymentId, status: status as DeploymentStatus, waitingOn: [...waitingOn], sentences: [...sentences] };
};
