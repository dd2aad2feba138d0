// Refuses the predefined ones and those a group still uses. Deleting what is not there is no error.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { deleteDeploymentConfig as deleteRow } from '../store/deployment-configs.ts';
import { listGroupDocuments } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { reservedConfigPrefix } from '../store/predefined-configs.ts';
import type { Handler } from './services.ts';

export const deleteDeploymentConfig: Handler<typeof registry.deleteDeploymentConfig> = async ({ store }, { deploymentConfigName: name }) => {
  if (name.startsWith(reservedConfigPrefix)) {
    throw new Failure('InvalidDeploymentConfigNameException', `${name} is a predefined deployment config and cannot be deleted.`, 'deploymentConfigName');
  }
  await store.transaction(async (tx) => {
    for (const group of await listGroupDocuments(tx)) {
      const { deploymentConfigName } = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
      if (deploymentConfigName !== name) continue;
      throw new Failure('DeploymentConfigInUseException', `Deployment config ${name} is in use by deployment group ${group.name}.`, 'deploymentConfigName');
    }
    await deleteRow(tx, name);
  });
  return null;
};
