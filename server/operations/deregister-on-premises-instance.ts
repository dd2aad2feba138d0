// The record stays, the name is free at once, and the agent's key is worth nothing any more. Unknown names are silent.
// EC2 instances may be deregistered here too: there is no other way to let one enrol anew with another key.

import type { registry } from '../../protocol/operations/registry.ts';
import { deregisterInstance } from '../store/instances.ts';
import type { Handler } from './services.ts';

export const deregisterOnPremisesInstance: Handler<typeof registry.deregisterOnPremisesInstance> = async ({ store, expel }, input, { now }) => {
  const gone = await store.transaction((tx) => deregisterInstance(tx, input.instanceName, now));
  if (gone !== null) expel(gone.instance_id);
  return null;
};
