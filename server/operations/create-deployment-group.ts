import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { countDeploymentGroups, findDeploymentGroup, insertDeploymentGroup } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, writeDocument } from '../store/documents.ts';
import { refuseSharesInPlace } from './config-traffic.ts';
import { applySettings, groupDefaults } from './group-settings.ts';
import { announceTriggers, checkTriggerTargets } from './trigger-settings.ts';
import { requireApplication, requireConfig } from './lookup.ts';
import { resourceTags } from './resource-tags.ts';
import type { Handler } from './services.ts';

export const mostGroups = 1000;

export const createDeploymentGroup: Handler<typeof registry.createDeploymentGroup> = async (services, input, { now }) => {
  const { store, world } = services;
  const { applicationName, deploymentGroupName: name, tags, ...settings } = input;
  const deploymentGroupId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    if ((await findDeploymentGroup(tx, application.application_id, name)) !== null) {
      throw new Failure('DeploymentGroupAlreadyExistsException', `Deployment Group already exists for name: ${name}`, 'deploymentGroupName');
    }
    const document = { ...applySettings(groupDefaults, settings), tags: resourceTags(tags) };
    await requireConfig(tx, document.deploymentConfigName);
    await refuseSharesInPlace(tx, document.deploymentConfigName, document.deploymentStyle, name);
    if ((await countDeploymentGroups(tx, application.application_id)) >= mostGroups) {
      throw new Failure('DeploymentGroupLimitExceededException', `Application ${applicationName} has ${mostGroups} deployment groups, the most it may have.`);
    }
    checkTriggerTargets(settings.triggerConfigurations, services.whyNotTriggerTarget);
    await insertDeploymentGroup(tx, {
      group_id: deploymentGroupId,
      application_id: application.application_id,
      name,
      created_at: now,
      document: writeDocument(DeploymentGroupDocument, document, `deployment group ${name}`),
      last_attempted_deployment_id: null,
      last_successful_deployment_id: null,
      target_revision: null,
      running_deployment_id: null,
    });
    await announceTriggers(tx, { before: [], after: document.triggerConfigurations, groupId: deploymentGroupId, groupName: name, applicationName }, services, now);
  });
  services.carryOut();
  services.inspectRouters();
  return { deploymentGroupId };
};
