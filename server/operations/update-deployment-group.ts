// Member by member, and a rename. A deployment under way keeps what was frozen for it.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findDeploymentGroup, updateDeploymentGroup as updateRow } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import { applySettings } from './group-settings.ts';
import { requireApplication, requireConfig, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const updateDeploymentGroup: Handler<typeof registry.updateDeploymentGroup> = async ({ store }, input) => {
  const { applicationName, currentDeploymentGroupName, newDeploymentGroupName, ...settings } = input;
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const group = await requireGroup(tx, application, currentDeploymentGroupName);
    const name = newDeploymentGroupName ?? group.name;
    if (name !== group.name && (await findDeploymentGroup(tx, application.application_id, name)) !== null) {
      throw new Failure('DeploymentGroupAlreadyExistsException', `Deployment Group already exists for name: ${name}`, 'newDeploymentGroupName');
    }
    const document = applySettings(readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`), settings);
    if (settings.deploymentConfigName !== undefined) await requireConfig(tx, settings.deploymentConfigName);
    await updateRow(tx, group.group_id, name, writeDocument(DeploymentGroupDocument, document, `deployment group ${group.group_id}`));
  });
  return { hooksNotCleanedUp: [] };
};
