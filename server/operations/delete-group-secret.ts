// An unknown name is refused: whoever deletes a secret wants to know that it is gone.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { deleteGroupSecret as deleteRow } from '../store/group-secrets.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const deleteGroupSecret: Handler<typeof registry.deleteGroupSecret> = async ({ store }, { applicationName, deploymentGroupName, name }) => {
  await store.transaction(async (tx) => {
    const { group_id: groupId } = await requireGroup(tx, await requireApplication(tx, applicationName), deploymentGroupName);
    if (!(await deleteRow(tx, groupId, name))) throw new Failure('NotFoundException', `Deployment group ${deploymentGroupName} has no secret ${name}. List them with ListGroupSecrets.`, 'name');
  });
  return {};
};
