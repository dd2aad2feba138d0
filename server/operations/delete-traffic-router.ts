// Deleting what is not there is no error, as with CodeDeploy's own deletes.

import type { registry } from '../../protocol/operations/registry.ts';
import { deleteTrafficRouter as deleteRow } from '../store/traffic-routers.ts';
import type { Handler } from './services.ts';

export const deleteTrafficRouter: Handler<typeof registry.deleteTrafficRouter> = async ({ store }, { name }) => {
  await store.transaction((tx) => deleteRow(tx, name));
  return {};
};
