// Deleting what is not there is no error, as with CodeDeploy's own deletes.

import type { registry } from '../../protocol/operations/registry.ts';
import { deleteAlarm as deleteRow } from '../store/alarms.ts';
import type { Handler } from './services.ts';

export const deleteAlarm: Handler<typeof registry.deleteAlarm> = async ({ store }, { name }) => {
  await store.transaction((tx) => deleteRow(tx, name));
  return {};
};
