// What must be so of instances that were made for deployments, once a story is over: none was forgotten, and none is gone that
// is needed.

import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { checkFleets } from './check-fleets.ts';
import type { Fleet } from './fleet.ts';

/** Nothing is on its way any more, whoever was made has come, and what was left in rotation stays. */
export async function isReleaseSettled(fleet: Fleet): Promise<boolean> {
  if (fleet.members.some(({ incarnation, isGone }) => incarnation === 0 && !isGone)) return false;
  const all = await fleet.store.db.selectFrom('fleet_hosts').select(['name', 'state']).execute();
  const ofNobody = await comeTooLate(fleet);
  if (fleet.members.some(({ host, isGone }) => !isGone && fleet.provider.made.has(host.name) && !ofNobody.has(host.name) && !all.some(({ name }) => name === host.name))) return false;
  const rows = all.filter(({ state }) => ['Made', 'Leaving', 'Asked'].includes(state));
  return rows.every(({ name, state }) => state === 'Made' && isLeftInRotation(fleet, name));
}

/** More than were asked for, and come after the deployment had succeeded: they are nobody's. */
async function comeTooLate(fleet: Fleet): Promise<ReadonlySet<string>> {
  const { db } = fleet.store;
  const succeeded = new Set((await db.selectFrom('deployments').select('deployment_id').where('status', '=', 'Succeeded').execute()).map((row) => row.deployment_id));
  const known = new Set((await db.selectFrom('fleet_hosts').select('name').execute()).map(({ name }) => name));
  return new Set([...fleet.provider.made].filter(([name, madeFor]) => succeeded.has(madeFor) && !known.has(name)).map(([name]) => name));
}

function isLeftInRotation({ balancer, members }: Fleet, name: string): boolean {
  return members.some(({ host, isGone }) => host.name === name && !isGone) && balancer.isAdmitted(name) && balancer.isAppUp(name);
}

/** Returns a line for each deployment. */
export async function checkProvided(fleet: Fleet): Promise<string[]> {
  const lines = await checkFleets(fleet);
  const { db } = fleet.store;
  const { violations } = fleet;
  const group = await db.selectFrom('deployment_groups').selectAll().executeTakeFirstOrThrow();
  const members = group.members ?? null;
  const named = members === null ? null : new Set(JSON.parse(members) as string[]);
  const instances = await db.selectFrom('instances').selectAll().execute();
  const isMember = (name: string): boolean => instances.some((row) => row.name === name && row.deregistered_at === null && named?.has(row.instance_id) === true);
  const kept = new Set<string>(await comeTooLate(fleet));
  const deployments = await db.selectFrom('deployments').selectAll().execute();
  for (const { deployment_id: id, document, status } of deployments) {
    const { blueGreen } = readDocument(DeploymentDocument, document, id);
    if (blueGreen?.direction !== 'forward') continue;
    const blue = await db.selectFrom('targets').select('target_id').where('deployment_id', '=', id).where('label', '=', 'Blue').execute();
    // Originals of one that failed, when traffic had moved or not, are for somebody to look at.
    if (!blueGreen.releases || status !== 'Succeeded') for (const { target_id: name } of blue) kept.add(name);
    else for (const { target_id: name } of blue) if (fleet.members.some(({ host, isGone }) => host.name === name && !isGone)) violations.push(`${name} was let go by ${id}, and is still there`);
  }
  for (const { host, isGone } of fleet.members) {
    if (isGone && isMember(host.name)) violations.push(`${host.name} is the group, and was taken away`);
    if (isGone && instances.some((row) => row.name === host.name && row.deregistered_at === null)) violations.push(`${host.name} was taken away, and is an instance still`);
    const madeFor = fleet.provider.made.get(host.name);
    if (madeFor !== undefined && !isGone && !kept.has(host.name) && !isMember(host.name) && !isLeftInRotation(fleet, host.name)) violations.push(`${host.name} was made for ${madeFor}, is not the group, serves nobody, and was forgotten`);
  }
  const twice = await db.selectFrom('fleet_requests').select((e) => ['deployment_id', e.fn.countAll().as('count')] as const).where('kind', '=', 'Provision').groupBy('deployment_id').execute();
  for (const { deployment_id: id, count } of twice) if (Number(count) > 1) violations.push(`${id} asked for instances ${Number(count)} times`);
  return lines;
}
