// Member by member, and a rename. A deployment under way keeps what was frozen for it; windows count as they are now.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findDeploymentGroup, updateDeploymentGroup as updateRow, writeMembers } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import { freezeTraffic } from '../deployer/freeze-traffic.ts';
import { holdStarts, listActiveDeploymentIds } from '../store/deployments.ts';
import type { Database } from '../store/store.ts';
import { forgetRoutes } from '../store/traffic-routes.ts';
import { refuseSharesInPlace } from './config-traffic.ts';
import { applySettings } from './group-settings.ts';
import { announceTriggers, checkTriggerTargets } from './trigger-settings.ts';
import { requireApplication, requireConfig, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

/** What was left blocked at routers that the group does not go by any more is not held to any longer. */
async function dropRoutes(tx: Database, groupId: string, document: DeploymentGroupDocument): Promise<void> {
  if ((await listActiveDeploymentIds(tx, groupId)).length > 0) return;
  await forgetRoutes(tx, groupId, (freezeTraffic(document)?.routers ?? []).map(({ name }) => name));
}

const selecting = ['ec2TagFilters', 'ec2TagSet', 'onPremisesInstanceTagFilters', 'onPremisesTagSet'] as const;

export const updateDeploymentGroup: Handler<typeof registry.updateDeploymentGroup> = async (services, input, { now }) => {
  const { store } = services;
  const { applicationName, currentDeploymentGroupName, newDeploymentGroupName, ...settings } = input;
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const group = await requireGroup(tx, application, currentDeploymentGroupName);
    const name = newDeploymentGroupName ?? group.name;
    if (name !== group.name && (await findDeploymentGroup(tx, application.application_id, name)) !== null) {
      throw new Failure('DeploymentGroupAlreadyExistsException', `Deployment Group already exists for name: ${name}`, 'newDeploymentGroupName');
    }
    const before = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
    const document = applySettings(before, settings);
    checkTriggerTargets(settings.triggerConfigurations, services.whyNotTriggerTarget);
    if (settings.deploymentConfigName !== undefined) await requireConfig(tx, settings.deploymentConfigName);
    await refuseSharesInPlace(tx, document.deploymentConfigName, document.deploymentStyle, name);
    await updateRow(tx, group.group_id, name, writeDocument(DeploymentGroupDocument, document, `deployment group ${group.group_id}`));
    // Whoever selects instances anew means these, whichever fleet the last blue/green deployment left.
    if (selecting.some((name) => settings[name] !== undefined)) await writeMembers(tx, group.group_id, null);
    await dropRoutes(tx, group.group_id, document);
    if (settings.deploymentWindows !== undefined) await holdStarts(tx, { applicationId: null, groupId: group.group_id });
    await announceTriggers(tx, { before: before.triggerConfigurations, after: document.triggerConfigurations, groupId: group.group_id, groupName: name, applicationName }, services, now);
  });
  services.carryOut();
  services.inspectRouters();
  if (settings.deploymentWindows !== undefined) services.wakeAll();
  services.lookForLate();
  return { hooksNotCleanedUp: [] };
};
