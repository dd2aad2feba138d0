// Instances that come for a deployment that does not wait for them any more: they were asked for, so they must not be
// forgotten. After a success only those count that came before its end: what its provider makes later (an Auto Scaling group
// that grows) is none of its business. After a failure the provider gets twice as long as it had.

import { madeForTagKey } from '../../protocol/model/fleet-provider.ts';
import { finalStatuses, findDeployments } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { noteCome, noteMade } from '../store/fleet-hosts.ts';
import { listFleetRequests } from '../store/fleet-requests.ts';
import { effectiveTags } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, FleetRequestsTable, InstancesTable } from '../store/tables.ts';

export async function noteArrivals(tx: Database): Promise<void> {
  if ((await tx.selectFrom('fleet_requests').select('request_id').where('kind', '=', 'Provision').limit(1).executeTakeFirst()) === undefined) return;
  await noteNamed(tx);
  const bearing = await tx
    .selectFrom('instances')
    .selectAll()
    .where('deregistered_at', 'is', null)
    .where((e) => e.or([e('agent_tags', 'like', `%"${madeForTagKey}"%`), e('api_tags', 'like', `%"${madeForTagKey}"%`)]))
    .execute();
  const madeFor = bearing.map((instance) => ({ instance, deploymentId: effectiveTags(instance).find(({ Key }) => Key === madeForTagKey)?.Value ?? '' }));
  const ids = [...new Set(madeFor.map(({ deploymentId }) => deploymentId))];
  const deployments = new Map((await findDeployments(tx, ids)).map((row) => [row.deployment_id, row]));
  const requests = new Map((await listFleetRequests(tx, ids)).filter(({ kind }) => kind === 'Provision').map((row) => [row.deployment_id, row]));
  for (const { instance, deploymentId } of madeFor) {
    const request = requests.get(deploymentId);
    if (request === undefined || !isItsBusiness(instance, deployments.get(deploymentId), request)) continue;
    await noteMade(tx, request, [instance.name]);
    await noteCome(tx, deploymentId, instance.name, instance.instance_id);
  }
}

/** Named by the provider, and come since; be it that it is said to be gone already. */
async function noteNamed(tx: Database): Promise<void> {
  const rows = await tx
    .selectFrom('fleet_hosts')
    .innerJoin('instances', 'instances.name', 'fleet_hosts.name')
    .innerJoin('fleet_requests', 'fleet_requests.deployment_id', 'fleet_hosts.deployment_id')
    .select(['fleet_hosts.deployment_id', 'fleet_hosts.name', 'instances.instance_id'])
    .where('fleet_hosts.instance_id', 'is', null)
    .where('fleet_requests.kind', '=', 'Provision')
    .where('instances.deregistered_at', 'is', null)
    .whereRef('instances.registered_at', '>', 'fleet_requests.asked_at')
    .execute();
  for (const row of rows) await noteCome(tx, row.deployment_id, row.name, row.instance_id);
}

function isItsBusiness(instance: InstancesTable, deployment: DeploymentsTable | undefined, { ended_at: endedAt }: FleetRequestsTable): boolean {
  if (deployment === undefined) return false;
  if (endedAt === null || !finalStatuses.includes(deployment.status)) return true;
  if (deployment.status === 'Succeeded') return Number(instance.registered_at) <= Number(deployment.completed_at);
  const { provisioning } = readDocument(DeploymentDocument, deployment.document, `deployment ${deployment.deployment_id}`);
  return Number(instance.registered_at) <= Number(endedAt) + 2 * (provisioning?.waitMs ?? 0);
}

