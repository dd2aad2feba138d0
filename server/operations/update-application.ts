// Renames. The id, the groups and the history stay; renaming to the name it has changes nothing.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findApplication, renameApplication } from '../store/applications.ts';
import { renameInScopes } from '../store/access-keys.ts';
import { requireApplication } from './lookup.ts';
import type { Handler } from './services.ts';

export const updateApplication: Handler<typeof registry.updateApplication> = async ({ store }, input) => {
  const { applicationName, newApplicationName } = input;
  if (newApplicationName === undefined) {
    throw new Failure('ApplicationNameRequiredException', `Say the new name of ${applicationName} in newApplicationName.`, 'newApplicationName');
  }
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    if (newApplicationName === applicationName) return;
    if ((await findApplication(tx, newApplicationName)) !== null) {
      throw new Failure('ApplicationAlreadyExistsException', `Application already exists: ${newApplicationName}`, 'newApplicationName');
    }
    await renameApplication(tx, application.application_id, newApplicationName);
    await renameInScopes(tx, applicationName, newApplicationName);
  });
  return null;
};
