// Takes groups, revisions and deployments along. Deleting what is not there is no error. What an agent is running of a
// deployment that goes this way is let finish; nothing new is sent.

import type { registry } from '../../protocol/operations/registry.ts';
import { deleteApplication as deleteRows, findApplication } from '../store/applications.ts';
import type { Handler } from './services.ts';

export const deleteApplication: Handler<typeof registry.deleteApplication> = async ({ store }, { applicationName }, { now }) => {
  await store.transaction(async (tx) => {
    const application = await findApplication(tx, applicationName);
    if (application !== null) await deleteRows(tx, application.application_id, now);
  });
  return null;
};
