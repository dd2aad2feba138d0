// Who is of which fleet in a deployment from one to the other, frozen when it is created: forward by what the caller and
// the group select, back by where the deployment that went wrong had left everybody.

import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import type { TagSelection } from '../../protocol/model/tag-match.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, type DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { readEvents } from '../store/stored-events.ts';
import { findInstancesById } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, TargetsTable } from '../store/tables.ts';
import { listTargets } from '../store/targets.ts';
import type { Fleets } from './draft.ts';
import { findMembers, listSelected, type Member, membersOf } from './members.ts';

export interface FleetMembers {
  readonly green: readonly Member[];
  readonly blue: readonly Member[];
  /** Why nothing can come in, when that can be said. */
  readonly hint: string | null;
  /** Of the way back: the deployment that went wrong. */
  readonly triggering: DeploymentDocument | null;
}

export async function findFleets(db: Database, group: DeploymentGroupsTable, document: DeploymentGroupDocument, locationKey: string, fleets: Fleets): Promise<FleetMembers> {
  if (fleets.direction === 'back') return findWayBack(db, group, document, locationKey, fleets.ofDeploymentId);
  const { members } = await findMembers(db, group, document, locationKey, false);
  const isMember = new Set(members.map(({ instance }) => instance.instance_id));
  const own = isEmpty(fleets.targetInstances) ? document.blueGreenDeploymentConfiguration?.greenFleetProvisioningOption?.targetInstances : undefined;
  const selected = await listSelected(db, selectionOf(own ?? fleets.targetInstances));
  const chosen = own === undefined ? selected : selected.filter((instance) => !isMember.has(instance.instance_id));
  const green = await membersOf(db, group.group_id, document, chosen, locationKey);
  const isGreen = new Set(green.map(({ instance }) => instance.instance_id));
  const hint = green.length > 0 ? null : whyNoGreen(own ?? fleets.targetInstances, own !== undefined);
  return { green, blue: members.filter(({ instance }) => !isGreen.has(instance.instance_id)), hint, triggering: null };
}

/** What the replacement instances are selected by, in the words of a group. */
export function selectionOf({ tagFilters, ec2TagSet, onPremisesInstanceTagFilters, onPremisesTagSet }: TargetInstances): TagSelection {
  return { ec2TagFilters: tagFilters, ec2TagSet, onPremisesInstanceTagFilters, onPremisesTagSet };
}

async function findWayBack(db: Database, group: DeploymentGroupsTable, document: DeploymentGroupDocument, locationKey: string, ofDeploymentId: string): Promise<FleetMembers> {
  const row = await findDeployment(db, ofDeploymentId);
  if (row === null) throw new Error(`Deployment ${ofDeploymentId} is gone, so there is no way back from it.`);
  const rows = await listTargets(db, ofDeploymentId);
  const membersAmong = async (some: readonly TargetsTable[]): Promise<readonly Member[]> => {
    const live = (await findInstancesById(db, some.map((target) => target.instance_id))).filter((instance) => instance.deregistered_at === null);
    return membersOf(db, group.group_id, document, live, locationKey);
  };
  return {
    blue: await membersAmong(rows.filter(({ label }) => label === 'Blue')),
    green: await membersAmong(rows.filter((target) => target.label === 'Green' && wasLetIn(target))),
    hint: null,
    triggering: readDocument(DeploymentDocument, row.document, `deployment ${ofDeploymentId}`),
  };
}

function wasLetIn({ events, target_id: targetId }: TargetsTable): boolean {
  return readEvents(events, `target ${targetId}`).some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null);
}

function isEmpty({ tagFilters = [], ec2TagSet, onPremisesInstanceTagFilters = [], onPremisesTagSet }: TargetInstances): boolean {
  return tagFilters.length + onPremisesInstanceTagFilters.length + (ec2TagSet?.ec2TagSetList ?? []).length + (onPremisesTagSet?.onPremisesTagSetList ?? []).length === 0;
}

function whyNoGreen(given: TargetInstances, isOfGroup: boolean): string {
  if (isOfGroup) return 'No registered instance bears the tags of greenFleetProvisioningOption.targetInstances, but for those that are the group now.';
  return isEmpty(given)
    ? 'The deployment names no replacement instances. Name them in targetInstances: tagFilters or ec2TagSet for EC2, onPremisesInstanceTagFilters or onPremisesTagSet for on-premises instances.'
    : 'No registered instance bears the tags of targetInstances together.';
}
