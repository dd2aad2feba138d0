// A deregistered instance is still answered, with its deregisterTime.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { listOnPremisesInstances } from '../store/instances.ts';
import { onPremisesInfo } from './on-premises-info.ts';
import type { Handler } from './services.ts';

export const getOnPremisesInstance: Handler<typeof registry.getOnPremisesInstance> = async ({ store }, { instanceName }) => {
  const [row] = await listOnPremisesInstances(store.db, [instanceName]);
  if (row === undefined) throw new Failure('InstanceNotRegisteredException', `The on-premises instance ${instanceName} is not registered.`, 'instanceName');
  return { instanceInfo: onPremisesInfo(row) };
};
