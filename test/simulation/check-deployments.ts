// What must be so of the deployments once a story is over, read from the rows and seen on the hosts.

import { DeploymentDocument, StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable, TargetsTable } from '../../server/store/tables.ts';
import { checkAgents } from './check-agents.ts';
import { checkAudit } from './check-audit.ts';
import { checkRotation } from './check-rotation.ts';
import { checkStages } from './check-stages.ts';
import { checkTarget } from './check-target.ts';
import { checkTriggers } from './check-triggers.ts';
import { checkWatchedAlarms } from './check-watched-alarms.ts';
import type { Fleet } from './fleet.ts';
import { checkDecisions } from './sim-decisions.ts';
import { endedWords } from './operator.ts';

/** Returns a line for each deployment. */
export async function checkAtEnd(fleet: Fleet): Promise<string[]> {
  const deployments = await fleet.store.db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
  for (const deployment of deployments) {
    await checkDeployment(fleet, deployment);
    checkRollback(fleet, deployment, deployments);
    await checkWatchedAlarms(fleet, deployment);
  }
  await checkGroup(fleet);
  checkFollowOns(fleet, deployments, await fleet.store.db.selectFrom('targets').selectAll().execute());
  await checkTriggers(fleet);
  await checkAudit(fleet, deployments);
  await checkAgents(fleet);
  await checkRotation(fleet);
  return deployments.map((deployment) => `${deployment.deployment_id} ${deployment.creator} ${deployment.status}`);
}

/** What must be so of any deployment, whatever there is besides: it ended, kept its budget and its stages, and the hosts agree. */
export async function checkDeployment(fleet: Fleet, deployment: DeploymentsTable): Promise<void> {
  const { deployment_id: id, status } = deployment;
  if (!endedWords.includes(status)) fleet.violations.push(`${id} has not ended: ${status}`);
  const targets = await fleet.store.db.selectFrom('targets').selectAll().where('deployment_id', '=', id).execute();
  const most = fleet.outOfService.get(id)?.most ?? 0;
  const budget = targets.length - deployment.minimum_healthy_hosts;
  // Of two fleets the one that is installed serves nobody: check-fleets.ts looks at who does.
  const isBetweenFleets = readDocument(DeploymentDocument, deployment.document, id).blueGreen !== undefined;
  if (!isBetweenFleets && most > Math.max(0, budget)) {
    fleet.violations.push(`${id} had ${most} of ${targets.length} hosts out of service at once; ${deployment.minimum_healthy_hosts} had to stay healthy`);
  }
  checkStages(fleet, deployment, targets);
  checkDecisions(fleet, deployment, targets);
  for (const target of targets) checkTarget(fleet, deployment, target, readDocument(StoredEvents, target.events, id));
}

/** A follow-on brings to an earlier success; no instance is tried more often than it may be. */
function checkFollowOns(fleet: Fleet, all: readonly DeploymentsTable[], targets: readonly TargetsTable[]): void {
  const failures = new Map<string, number>();
  for (const { deployment_id: id, root_deployment_id: rootId, creator } of all) {
    if ((rootId ?? null) === null) continue;
    const root = all.find((deployment) => deployment.deployment_id === rootId);
    if (root?.status !== 'Succeeded' || !['autoscaling', 'CodeDeployAutoUpdate'].includes(creator)) fleet.violations.push(`${id} follows on ${rootId ?? 'nothing'}, which did not succeed`);
    for (const target of targets.filter((each) => each.deployment_id === id && (each.status === 'Failed' || each.status === 'Unknown'))) {
      const key = `${rootId ?? ''} on ${target.target_id}`;
      failures.set(key, (failures.get(key) ?? 0) + 1);
    }
  }
  for (const [key, count] of failures) if (count > 3) fleet.violations.push(`the revision of ${key} was tried ${count} times by itself`);
}

/** What a rollback rolls back is no rollback itself; what it brings back is the group's last success. */
function checkRollback(fleet: Fleet, deployment: DeploymentsTable, all: readonly DeploymentsTable[]): void {
  if (deployment.creator !== 'codeDeployRollback') return;
  const { rollbackInfo, locationKey } = readDocument(DeploymentDocument, deployment.document, deployment.deployment_id);
  const success = all.find((other) => other.deployment_id === fleet.chronicle.successBefore(deployment.deployment_id));
  if (success === undefined || readDocument(DeploymentDocument, success.document, success.deployment_id).locationKey !== locationKey) {
    fleet.violations.push(`${deployment.deployment_id} rolls back to ${locationKey}, which is not what had succeeded last (${success?.deployment_id ?? 'nothing'})`);
  }
  const cause = all.find((other) => other.deployment_id === rollbackInfo.rollbackTriggeringDeploymentId);
  if (cause === undefined || cause.status === 'Succeeded') fleet.violations.push(`${deployment.deployment_id} rolls back nothing that went wrong`);
  if (cause !== undefined && cause.creator !== 'user') fleet.violations.push(`${deployment.deployment_id} rolls back what the controller made itself`);
}

/** The group remembers its last success, whatever came after. */
async function checkGroup(fleet: Fleet): Promise<void> {
  const group = await fleet.store.db.selectFrom('deployment_groups').selectAll().executeTakeFirstOrThrow();
  const last = fleet.chronicle.succeeded.at(-1) ?? null;
  if (group.last_successful_deployment_id !== last) {
    fleet.violations.push(`the group's last successful deployment is ${last ?? 'none'}; the store says ${group.last_successful_deployment_id ?? 'none'}`);
  }
}
