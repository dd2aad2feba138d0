// Who is in a deployment group at this moment, how each stands, and, when nobody is, what the operator most likely
// meant. Evaluated once, when a deployment is created, and frozen.

import { isSelected, type TagSelection } from '../../protocol/model/tag-match.ts';
import type { InstanceStanding } from '../planner/snapshot.ts';
import type { DeploymentGroupDocument, Tags } from '../store/documents.ts';
import { listGroupInstances, readMembers } from '../store/deployment-groups.ts';
import { listNoMembers } from '../store/fleet-hosts.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, InstancesTable } from '../store/tables.ts';

export interface Member {
  readonly instance: InstancesTable;
  readonly standing: InstanceStanding;
  /** Those that count. */
  readonly tags: Tags;
  /** By the tag that the group names, else as its agent reports; null when neither says. */
  readonly zone: string | null;
}

export interface Membership {
  readonly members: readonly Member[];
  /** Why there is nobody, when that can be said. */
  readonly hint: string | null;
}

/** The instances to deploy to; those that run the revision already are left out when only outdated ones are wanted. */
export async function findMembers(
  db: Database,
  row: Pick<DeploymentGroupsTable, 'group_id' | 'members'>,
  group: DeploymentGroupDocument,
  locationKey: string,
  onlyOutdated: boolean,
): Promise<Membership> {
  const none = await listNoMembers(db, row.group_id);
  const instances = (await listLiveInstances(db)).filter((instance) => !none.has(instance.instance_id));
  const named = readMembers(row);
  const selected = instances.filter((instance) => (named === null ? isSelected(group, tagged(instance)) : named.includes(instance.instance_id)));
  const members = await membersOf(db, row.group_id, group, selected, locationKey);
  const outdated = onlyOutdated ? members.filter((member) => member.standing !== 'current') : members;
  if (outdated.length > 0) return { members: outdated, hint: null };
  if (members.length > 0) return { members: [], hint: 'Every instance of the group runs this revision already, and only outdated ones were asked for.' };
  return { members: [], hint: named === null ? whyNobody(group, instances) : 'None of the instances that the last blue/green deployment made the group is registered any more. Update the tags of the group to select others.' };
}

/** Live instances that are selected by tag, whatever group they are of. */
export async function listSelected(db: Database, selection: TagSelection): Promise<readonly InstancesTable[]> {
  return (await listLiveInstances(db)).filter((instance) => isSelected(selection, tagged(instance)));
}

/** These instances as members of the group. */
export async function membersOf(db: Database, groupId: string, { zoneTagKey }: DeploymentGroupDocument, instances: readonly InstancesTable[], locationKey: string): Promise<readonly Member[]> {
  const standings = new Map((await listGroupInstances(db, groupId)).map((row) => [row.instance_id, row]));
  return instances.map((instance) => {
    const tags = effectiveTags(instance).map(({ Key, Value }) => ({ Key, Value }));
    return { instance, standing: standingOf(standings.get(instance.instance_id), locationKey), tags, zone: zoneOf(instance, tags, zoneTagKey) };
  });
}

/** Never deployed, or failed: unhealthy. Healthy with a revision nobody can tell: unknown. */
function standingOf(row: { readonly is_healthy: number; readonly location_key: string | null } | undefined, locationKey: string): InstanceStanding {
  if (row === undefined || row.is_healthy !== 1) return 'unhealthy';
  if (row.location_key === null) return 'unknown';
  return row.location_key === locationKey ? 'current' : 'old';
}

function zoneOf(instance: InstancesTable, tags: Tags, tagKey: string | undefined): string | null {
  const zone = tagKey === undefined ? instance.zone : tags.find(({ Key }) => Key === tagKey)?.Value;
  return zone === undefined || zone === '' ? null : zone;
}

function tagged(instance: InstancesTable): { readonly kind: 'ec2' | 'onPremises'; readonly tags: ReturnType<typeof effectiveTags> } {
  return { kind: instance.kind === 'ec2' ? 'ec2' : 'onPremises', tags: effectiveTags(instance) };
}

function whyNobody(group: DeploymentGroupDocument, instances: readonly InstancesTable[]): string | null {
  const others = instances.filter((instance) => isSelected(withKindsSwapped(group), tagged(instance)));
  const first = others[0];
  if (first !== undefined) {
    const [are, were, members] =
      first.kind === 'ec2' ? ['EC2', 'on-premises', 'ec2TagFilters or ec2TagSet'] : ['on-premises', 'EC2', 'onPremisesInstanceTagFilters or onPremisesTagSet'];
    const shown = others.slice(0, 3).map((instance) => instance.name).join(', ');
    return `No instance was found for the group. Its ${were} filters would fit ${others.length} ${are} instance${others.length === 1 ? '' : 's'} (${shown}${others.length > 3 ? ', …' : ''}); to select them use ${members}.`;
  }
  if (hasFilters(group)) return null;
  return group.autoScalingGroups.length > 0
    ? 'The group names Auto Scaling groups only, and their instances are not looked up; select instances by tag.'
    : 'The group selects no instances: it has neither ec2TagFilters, ec2TagSet, onPremisesInstanceTagFilters nor onPremisesTagSet.';
}

function withKindsSwapped(group: DeploymentGroupDocument): TagSelection {
  return {
    ec2TagFilters: group.onPremisesInstanceTagFilters,
    ec2TagSet: { ec2TagSetList: group.onPremisesTagSet?.onPremisesTagSetList ?? [] },
    onPremisesInstanceTagFilters: group.ec2TagFilters,
    onPremisesTagSet: { onPremisesTagSetList: group.ec2TagSet?.ec2TagSetList ?? [] },
  };
}

function hasFilters(group: DeploymentGroupDocument): boolean {
  const lists = [group.ec2TagFilters, group.onPremisesInstanceTagFilters, group.ec2TagSet?.ec2TagSetList, group.onPremisesTagSet?.onPremisesTagSetList];
  return lists.some((list) => list !== undefined && list.length > 0);
}
