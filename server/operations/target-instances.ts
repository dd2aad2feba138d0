// Whether the replacement instances that a deployment names can be replacements: of a blue/green group, borne by somebody, and
// not the very instances that serve.

import { Failure } from '../../protocol/errors.ts';
import { matchesFilter } from '../../protocol/model/tag-match.ts';
import type { TagFilter } from '../../protocol/model/tag-filter.ts';
import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import { makesInstances } from '../deployer/find-provider.ts';
import { selectionOf } from '../deployer/fleets.ts';
import { findMembers, listSelected } from '../deployer/members.ts';
import { listGroupInstances } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { checkAutoScalingGroups } from './auto-scaling-groups.ts';

const mostTags = 10;

/** Throws InvalidTargetInstancesException. `given`: what the deployment says itself. */
export async function checkTargetInstances(tx: Database, group: DeploymentGroupsTable, given: TargetInstances | undefined): Promise<void> {
  const ec2 = [...(given?.tagFilters ?? []), ...(given?.ec2TagSet?.ec2TagSetList ?? []).flat()];
  const onPremises = [...(given?.onPremisesInstanceTagFilters ?? []), ...(given?.onPremisesTagSet?.onPremisesTagSetList ?? []).flat()];
  const autoScalingGroups = given?.autoScalingGroups ?? [];
  const count = ec2.length + onPremises.length;
  const document = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
  checkAutoScalingGroups(autoScalingGroups, 'targetInstances.autoScalingGroups');
  if (document.deploymentStyle.deploymentType !== 'BLUE_GREEN') {
    if (count + autoScalingGroups.length === 0) return;
    throw invalid(`targetInstances is for blue/green deployments; deployment group ${group.name} deploys in place.`);
  }
  if (makesInstances(document) && count + autoScalingGroups.length > 0) throw invalid(`The replacement instances of deployment group ${group.name} are made for each deployment: leave targetInstances out, or set greenFleetProvisioningOption to DISCOVER_EXISTING.`);
  if (count === 0) return autoScalingGroups.length === 0 ? checkGroupNamesSome(group, document) : undefined;
  if (count > mostTags) throw invalid(`targetInstances names ${count} tags, but at most ${mostTags} are allowed.`);
  const live = await listLiveInstances(tx);
  const borneBy = (kind: string) => live.filter((instance) => (instance.kind === 'ec2' ? 'ec2' : 'onPremises') === kind).map(effectiveTags);
  checkBorne(ec2, borneBy('ec2'), 'EC2');
  checkBorne(onPremises, borneBy('onPremises'), 'on-premises');
  await checkApart(tx, group, document, given ?? {});
}

/** A group without blueGreenDeploymentConfiguration cannot say where replacements are; that is told by the deployment. */
function checkGroupNamesSome(group: DeploymentGroupsTable, { blueGreenDeploymentConfiguration }: DeploymentGroupDocument): void {
  const { greenFleetProvisioningOption } = blueGreenDeploymentConfiguration ?? {};
  if (blueGreenDeploymentConfiguration === undefined || greenFleetProvisioningOption?.targetInstances !== undefined || greenFleetProvisioningOption?.action === 'COPY_AUTO_SCALING_GROUP') return;
  throw invalid(`Deployment group ${group.name} deploys blue/green: name the replacement instances in targetInstances, by tagFilters or ec2TagSet for EC2, by onPremisesInstanceTagFilters or onPremisesTagSet for on-premises instances.`);
}

function checkBorne(filters: readonly TagFilter[], tagsOf: readonly ReturnType<typeof effectiveTags>[], kind: string): void {
  const unborne = filters.find((filter) => !tagsOf.some((tags) => matchesFilter(filter, tags)));
  if (unborne !== undefined) throw invalid(`No ${kind} instance bears the tag ${unborne.Key ?? '*'}=${unborne.Value ?? '*'} of targetInstances.`);
}

/** What a deployment of the group has put on an instance serves there: replacing it by itself would take it down. */
async function checkApart(tx: Database, group: DeploymentGroupsTable, document: DeploymentGroupDocument, given: TargetInstances): Promise<void> {
  const { members } = await findMembers(tx, group, document, '', false);
  const isDeployed = new Set((await listGroupInstances(tx, group.group_id)).filter((row) => row.is_healthy === 1).map((row) => row.instance_id));
  const serving = new Set(members.map(({ instance }) => instance.instance_id).filter((id) => isDeployed.has(id)));
  const both = (await listSelected(tx, selectionOf(given))).filter((instance) => serving.has(instance.instance_id)).map((instance) => instance.name);
  if (both.length === 0) return;
  throw invalid(`${both.slice(0, 5).join(', ')}${both.length > 5 ? ` and ${both.length - 5} more` : ''} of targetInstances ${both.length === 1 ? 'is' : 'are'} in deployment group ${group.name} already: the replacement instances must be others.`);
}

function invalid(sentence: string): Failure {
  return new Failure('InvalidTargetInstancesException', sentence, 'targetInstances');
}
