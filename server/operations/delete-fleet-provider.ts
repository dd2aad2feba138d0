// Deleting what is not there is no error, as with CodeDeploy's own deletes.

import type { registry } from '../../protocol/operations/registry.ts';
import { deleteFleetProvider as deleteRow } from '../store/fleet-providers.ts';
import type { Handler } from './services.ts';

export const deleteFleetProvider: Handler<typeof registry.deleteFleetProvider> = async ({ store }, { name }) => {
  await store.transaction((tx) => deleteRow(tx, name));
  return {};
};
