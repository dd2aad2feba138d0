// What must be so of traffic, seen at the balancer: no request could be lost when an application was touched, no host was
// taken out of rotation that the minimum needed, and in the end everybody is where that fits what became of it.

import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import { DeploymentDocument, readDocument, StoredEvents } from '../../server/store/documents.ts';
import type { TrafficRoutesTable } from '../../server/store/tables.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { Fleet } from './fleet.ts';
import type { SimRandom } from './sim-random.ts';

/** Of the simulated group; undefined: its traffic is nobody's business. */
export function drawTraffic(random: SimRandom): Partial<InputOf<typeof registry.createDeploymentGroup>> | undefined {
  if (!random.chance(0.6)) return undefined;
  return {
    deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    loadBalancerInfo: { elbInfoList: [{ name: 'balancer' }] },
    traffic: { drainSeconds: 30 + random.below(60), onDrainTimeout: random.chance(0.3) ? 'FORCE' : 'FAIL', serveSeconds: 120, minHealthySeconds: random.chance(0.3) ? 5 : 0 },
  };
}

/** Every host is where it is wanted, at the balancer as in what is known of it: a node may have been reloaded just now. */
export async function isTrafficSettled(fleet: Fleet): Promise<boolean> {
  const rows = await fleet.store.db.selectFrom('traffic_routes').select(['target_id', 'wanted', 'state', 'weight', 'weight_wanted']).execute();
  return rows.every(({ target_id: host, wanted, state, weight, weight_wanted: weighs }) =>
    (weighs === null || weighs === weight) && (wanted === 'Blocked' ? state === 'OutOfService' && fleet.balancer.isBlocked(host) : wanted === null || (state === 'InService' && fleet.balancer.isAdmitted(host))),
  );
}

/** Whether anything was done to its application by a deployment of the group that did not end well on it. */
async function wasTouched({ store }: Fleet, { group_id: groupId, instance_id: instanceId }: Pick<TrafficRoutesTable, 'group_id' | 'instance_id'>): Promise<boolean> {
  const rows = await store.db
    .selectFrom('targets')
    .innerJoin('deployments', 'deployments.deployment_id', 'targets.deployment_id')
    .select(['targets.status', 'targets.events'])
    .where('deployments.group_id', '=', groupId)
    .where('targets.instance_id', '=', instanceId)
    .orderBy('deployments.created_at')
    .execute();
  const since = rows.slice(rows.findLastIndex(({ status }) => status === 'Succeeded') + 1);
  return since.some(({ events }) => readDocument(StoredEvents, events, instanceId).some(({ name, commandedAt, earlier = [] }) => name !== 'DownloadBundle' && (inPlaceEvents as readonly string[]).includes(name) && (commandedAt !== null || earlier.length > 0)));
}

export async function checkRotation(fleet: Fleet): Promise<void> {
  const { balancer, violations } = fleet;
  const deployments = await fleet.store.db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
  if (!deployments.some((row) => readDocument(DeploymentDocument, row.document, row.deployment_id).traffic !== undefined)) return;
  for (const { at, host, didServe, serving } of balancer.blocks) {
    const deployment = deployments.find((row) => fleet.chronicle.wasUnderWay(row.deployment_id, at));
    if (deployment === undefined || !didServe) continue;
    const targets = await fleet.store.db.selectFrom('targets').select('target_id').where('deployment_id', '=', deployment.deployment_id).execute();
    const left = targets.filter(({ target_id: id }) => serving.has(id)).length;
    if (left < deployment.minimum_healthy_hosts) violations.push(`${deployment.deployment_id} took ${host} out of rotation, which left ${left} in service of ${deployment.minimum_healthy_hosts} that had to be`);
  }
  for (const row of await fleet.store.db.selectFrom('traffic_routes').selectAll().execute()) {
    const { target_id: host, wanted, is_kept_out: isKeptOut } = row;
    if (!fleet.members.some((member) => member.host.name === host)) continue;
    const last = fleet.starts.findLast((start) => start.host === host)?.command.deploymentId;
    const target = last === undefined ? undefined : await fleet.store.db.selectFrom('targets').select('status').where('deployment_id', '=', last).where('target_id', '=', host).executeTakeFirst();
    if (wanted === 'Blocked' && isKeptOut === 1 && !(await wasTouched(fleet, row))) violations.push(`${host} is kept out of rotation, and no deployment has touched it since it last succeeded`);
    if (wanted === 'Blocked' && isKeptOut !== 1) violations.push(`${host} is left blocked, and nobody said why`);
    if (target?.status === 'Succeeded' && !balancer.isAdmitted(host)) violations.push(`${host} succeeded in ${last} and is left out of rotation`);
    if (wanted !== 'Blocked' && !balancer.isAdmitted(host)) violations.push(`${host} is wanted in rotation and is out of it`);
    if (wanted === 'Blocked' && !balancer.isBlocked(host)) violations.push(`${host} is to be kept out of rotation and is in it`);
    if (wanted !== 'Blocked' && !balancer.isAppUp(host) && fleet.starts.some((start) => start.host === host && start.command.deploymentId === row.deployment_id)) violations.push(`${host} is in rotation, and its application is down`);
  }
}
