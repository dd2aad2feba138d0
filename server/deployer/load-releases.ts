// Reads all that a decision may depend on about who is taken away. Call it with a transaction.

import { isSelected } from '../../protocol/model/tag-match.ts';
import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { HostRoute, HostToRelease, ReleaseSnapshot } from '../planner/releases.ts';
import { readMembers } from '../store/deployment-groups.ts';
import { finalStatuses, findDeployments } from '../store/deployments.ts';
import { DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { readEvents } from '../store/stored-events.ts';
import { listLeaving } from '../store/fleet-hosts.ts';
import { effectiveTags, findInstancesById, findLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, FleetHostsTable, InstancesTable, TargetsTable, TrafficRoutesTable } from '../store/tables.ts';

export interface LoadedReleases {
  readonly snapshot: ReleaseSnapshot;
  /** By the key of a host in the snapshot. */
  readonly rows: ReadonlyMap<string, FleetHostsTable>;
  readonly instances: ReadonlyMap<string, InstancesTable>;
  readonly deployments: ReadonlyMap<string, DeploymentsTable>;
}

/** Null where nobody may have to be let go. */
export async function loadReleases(db: Database, now: number, listeningSince: number): Promise<LoadedReleases | null> {
  const rows = await listLeaving(db);
  if (rows.length === 0) return null;
  const deployments = new Map((await findDeployments(db, [...new Set(rows.map(lettingGo))])).map((row) => [row.deployment_id, row]));
  const ids = rows.flatMap((row) => (row.instance_id === null ? [] : [row.instance_id]));
  const instances = new Map((await findInstancesById(db, ids)).map((instance) => [instance.instance_id, instance]));
  const names = new Set((await findLiveInstances(db, rows.filter((row) => row.instance_id === null).map(({ name }) => name))).map(({ name }) => name));
  const targets = await targetsOf(db, ids);
  const routes = await routesOf(db, ids);
  const groups = await memberships(db, [...instances.values()]);
  const hosts = rows.map((row): HostToRelease => {
    const { instance_id: instanceId, name, provider } = row;
    const deployment = deployments.get(lettingGo(row));
    const mine = targets.filter((target) => target.instance_id === instanceId);
    const own = mine.find((target) => target.deployment_id === row.deployment_id && row.state === 'Made');
    return {
      key: keyOf(row),
      name,
      fleetProvider: provider,
      deploymentId: lettingGo(row),
      endedAt: deployment === undefined ? 0 : finalStatuses.includes(deployment.status) ? Number(deployment.completed_at) : null,
      instanceId,
      isAnother: instanceId === null && names.has(name),
      targetOf: mine.find((target) => !finalStatuses.includes(target.deployment_status))?.deployment_id ?? null,
      memberOf: instanceId === null ? null : (groups(instanceId, row.group_id)[0] ?? null),
      wasInRotation: row.state === 'Leaving' || (own !== undefined && wasLetIn(own)),
      isMeantToServe: own?.status === 'Succeeded' && wasLetIn(own),
      routes: routes.filter((route) => route.instance_id === instanceId).map(routeOf),
    };
  });
  return { snapshot: { now, listeningSince, hosts }, rows: new Map(rows.map((row) => [keyOf(row), row])), instances, deployments };
}

export function keyOf({ deployment_id: deploymentId, name }: Pick<FleetHostsTable, 'deployment_id' | 'name'>): string {
  return `${deploymentId} ${name}`;
}

function lettingGo({ released_by: releasedBy, deployment_id: madeFor }: FleetHostsTable): string {
  return releasedBy ?? madeFor;
}

type Target = Pick<TargetsTable, 'instance_id' | 'deployment_id' | 'status' | 'events' | 'target_id'> & { readonly deployment_status: string };

async function targetsOf(db: Database, instanceIds: readonly string[]): Promise<readonly Target[]> {
  if (instanceIds.length === 0) return [];
  return db
    .selectFrom('targets')
    .innerJoin('deployments', 'deployments.deployment_id', 'targets.deployment_id')
    .select(['targets.instance_id', 'targets.deployment_id', 'targets.target_id', 'targets.status', 'targets.events', 'deployments.status as deployment_status'])
    .where('targets.instance_id', 'in', instanceIds)
    .execute();
}

function wasLetIn({ events, target_id: targetId }: Target): boolean {
  return readEvents(events, `target ${targetId}`).some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null);
}

async function routesOf(db: Database, instanceIds: readonly string[]): Promise<readonly TrafficRoutesTable[]> {
  if (instanceIds.length === 0) return [];
  return db.selectFrom('traffic_routes').selectAll().where('instance_id', 'in', instanceIds).orderBy('router').execute();
}

function routeOf(row: TrafficRoutesTable): HostRoute {
  const instant = (value: number | null): number | null => (value === null ? null : Number(value));
  return { router: row.router, wanted: row.wanted as HostRoute['wanted'], takenAt: instant(row.taken_at), state: row.state as MemberState | null, observedAt: instant(row.observed_at), isTroubled: row.trouble !== null };
}

/** Names of the groups that each of these is in; by its tags not in the group for which it was made, or which lets it go. */
async function memberships(db: Database, instances: readonly InstancesTable[]): Promise<(instanceId: string, ownGroupId: string) => readonly string[]> {
  const groups = await db.selectFrom('deployment_groups').select(['group_id', 'name', 'document', 'members']).orderBy('name').execute();
  const selecting = groups.map((group) => ({ ...group, named: readMembers(group), selection: readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`) }));
  const tagged = new Map(instances.map((instance) => [instance.instance_id, { kind: instance.kind === 'ec2' ? ('ec2' as const) : ('onPremises' as const), tags: effectiveTags(instance) }]));
  return (instanceId, ownGroupId) => {
    const who = tagged.get(instanceId);
    return selecting.filter(({ named, selection, group_id: groupId }) => (named === null ? groupId !== ownGroupId && who !== undefined && isSelected(selection, who) : named.includes(instanceId))).map(({ name }) => name);
  };
}
