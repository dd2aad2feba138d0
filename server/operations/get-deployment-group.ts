import type { registry } from '../../protocol/operations/registry.ts';
import { groupInfos } from './group-info.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const getDeploymentGroup: Handler<typeof registry.getDeploymentGroup> = async ({ store }, input) => {
  const application = await requireApplication(store.db, input.applicationName);
  const group = await requireGroup(store.db, application, input.deploymentGroupName);
  const [deploymentGroupInfo] = await groupInfos(store.db, application.name, [group]);
  return { deploymentGroupInfo: deploymentGroupInfo! };
};
