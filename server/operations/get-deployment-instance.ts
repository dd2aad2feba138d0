// Deprecated: GetDeploymentTarget in the older shape.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { checkInstanceId, instanceSummary } from './instance-summaries.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';
import { targetsByName } from './started-targets.ts';
import { eventOrder } from './target-info.ts';

export const getDeploymentInstance: Handler<typeof registry.getDeploymentInstance> = async ({ store }, { deploymentId, instanceId }) => {
  checkInstanceId(instanceId, 'instanceId');
  await requireDeployment(store.db, deploymentId);
  const target = (await targetsByName(store.db, deploymentId)).get(instanceId);
  if (target === undefined) throw new Failure('InstanceDoesNotExistException', `${instanceId} is no instance of deployment ${deploymentId}.`, 'instanceId');
  return { instanceSummary: instanceSummary(target, await eventOrder(store.db, deploymentId)) };
};
