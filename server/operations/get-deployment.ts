import type { registry } from '../../protocol/operations/registry.ts';
import { deploymentInfos } from './deployment-info.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const getDeployment: Handler<typeof registry.getDeployment> = async ({ store }, { deploymentId }) => {
  const [deploymentInfo] = await deploymentInfos(store.db, [await requireDeployment(store.db, deploymentId)]);
  return { deploymentInfo: deploymentInfo! };
};
