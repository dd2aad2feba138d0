// What must be so of deployments from one fleet to another, seen at the balancer: nobody was taken out of rotation whom the
// others did not serve for, nobody was let in who was not ready, and in the end the group serves and nobody else.

import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable } from '../../server/store/tables.ts';
import { checkAgents } from './check-agents.ts';
import { checkAudit } from './check-audit.ts';
import { checkDeployment } from './check-deployments.ts';
import type { Fleet } from './fleet.ts';

/** Returns a line for each deployment. */
export async function checkFleets(fleet: Fleet): Promise<string[]> {
  const deployments = await fleet.store.db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
  for (const deployment of deployments) await checkDeployment(fleet, deployment);
  await checkServing(fleet, deployments);
  await checkWhoServes(fleet, deployments);
  await checkShares(fleet, deployments);
  await checkAudit(fleet, deployments);
  await checkAgents(fleet);
  return deployments.map((row) => `${row.deployment_id} ${row.creator} ${row.status}`);
}

/** At the balancer, every time somebody was taken out or let in. */
async function checkServing({ balancer, chronicle, store, violations }: Fleet, deployments: readonly DeploymentsTable[]): Promise<void> {
  for (const { at, host, didServe, isAskedAgain, serving } of balancer.blocks) {
    const deployment = deployments.find((row) => chronicle.wasUnderWay(row.deployment_id, at));
    // Whom a node had forgotten was not to serve in the first place.
    if (deployment === undefined || !didServe || isAskedAgain) continue;
    const targets = await store.db.selectFrom('targets').select('target_id').where('deployment_id', '=', deployment.deployment_id).execute();
    const left = targets.filter(({ target_id: id }) => serving.has(id)).length;
    const least = Math.max(1, deployment.minimum_healthy_hosts);
    if (left < least) violations.push(`${deployment.deployment_id} took ${host} out of rotation, which left ${left} in service of ${least} that had to be`);
  }
  for (const { at, host, isUp } of balancer.allows) if (!isUp) violations.push(`${host} was let into rotation at ${at} although its application was down`);
}

/** A router may be told late of what was decided. */
const lateMs = 15_000;

/** At every node, every time it was told of weights: no more than the step's share for who comes in, and somebody to serve. */
async function checkShares({ balancer, chronicle, store, violations }: Fleet, deployments: readonly DeploymentsTable[]): Promise<void> {
  const labels = new Map<string, ReadonlyMap<string, string | null | undefined>>();
  for (const { deployment_id: id } of deployments) {
    const targets = await store.db.selectFrom('targets').select(['target_id', 'label']).where('deployment_id', '=', id).execute();
    labels.set(id, new Map(targets.map(({ target_id: host, label }) => [host, label])));
  }
  for (const { at, weights } of balancer.weighings) {
    const last = chronicle.shares.findLast((one) => one.at <= at);
    const deployment = deployments.find((row) => row.deployment_id === last?.deploymentId);
    // After a success the fleets are other ones; after anything else the traffic stays where it was.
    if (last === undefined || deployment === undefined || (deployment.status === 'Succeeded' && !chronicle.wasUnderWay(last.deploymentId, at))) continue;
    const inForce = chronicle.shares.filter((one, index, all) => one.at <= at && one.deploymentId === last.deploymentId && (all[index + 1]?.at ?? Infinity) > at - lateMs).map(({ share }) => share);
    const incoming = readDocument(DeploymentDocument, deployment.document, last.deploymentId).blueGreen?.direction === 'back' ? 'Blue' : 'Green';
    const labelOf = labels.get(last.deploymentId)!;
    const sum = (isIncoming: boolean): number => [...weights].reduce((total, [host, weight]) => total + (labelOf.has(host) && (labelOf.get(host) === incoming) === isIncoming ? weight : 0), 0);
    const [own, others] = [sum(true), sum(false)];
    const most = Math.max(...inForce);
    if (own * (100 - most) > others * most) violations.push(`at ${at} a node of the balancer gave ${own} of ${own + others} to the fleet that comes in by ${last.deploymentId}, which was to have ${most} percent`);
    if (weights.size > 0 && own + others === 0 && [...weights.keys()].every((host) => labelOf.has(host))) violations.push(`at ${at} a node of the balancer had nobody with a weight`);
  }
  const last = deployments.filter((row) => chronicle.startedAt.has(row.deployment_id)).at(-1);
  const isAsking = deployments.some(({ document }) => document.includes('It goes on being asked for.'));
  if (last === undefined || isAsking) return;
  for (const host of labels.get(last.deployment_id)!.keys()) if (!balancer.isWhole(host)) violations.push(`${host} is left without its whole weight`);
}

/** Where the last deployment that moved traffic came to its end, its group serves, and the other fleet is out. */
async function checkWhoServes({ balancer, chronicle, store, violations, members }: Fleet, deployments: readonly DeploymentsTable[]): Promise<void> {
  // A rollback goes before those that were made earlier and wait.
  const startedAt = (row: DeploymentsTable): number => chronicle.startedAt.get(row.deployment_id) ?? -1;
  const last = deployments.filter((row) => startedAt(row) >= 0).sort((a, b) => startedAt(a) - startedAt(b)).at(-1);
  if (last?.status !== 'Succeeded') return;
  const { blueGreen } = readDocument(DeploymentDocument, last.document, last.deployment_id);
  const incoming = blueGreen?.direction === 'back' ? 'Blue' : 'Green';
  const targets = await store.db.selectFrom('targets').selectAll().where('deployment_id', '=', last.deployment_id).execute();
  for (const { label, target_id: host, status } of targets) {
    if (members.some((member) => member.host.name === host && member.isGone)) continue;
    if (label === incoming && status === 'Succeeded' && !(balancer.isAdmitted(host) && balancer.isAppUp(host))) violations.push(`${host} came into rotation in ${last.deployment_id}, and does not serve`);
    if (label !== incoming && !balancer.isBlocked(host)) violations.push(`${host} was left by ${last.deployment_id}, and requests may reach it`);
  }
}
