// How a deployment went through its zones or steps, seen on the hosts.

import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable, TargetsTable } from '../../server/store/tables.ts';
import type { Fleet } from './fleet.ts';

/** On the hosts: nothing of a stage began before every success of the stage before it had been watched for its time, nor after too many failed. */
export function checkStages(fleet: Fleet, deployment: DeploymentsTable, targets: readonly TargetsTable[]): void {
  const { pace } = readDocument(DeploymentDocument, deployment.document, deployment.deployment_id);
  const failedOf = (some: readonly TargetsTable[]): number => some.filter((target) => target.status === 'Failed' || target.status === 'Unknown').length;
  if (pace?.mayFail === 0 && deployment.status === 'Succeeded' && failedOf(targets) > 0) fleet.violations.push(`${deployment.deployment_id} succeeded without every target`);
  for (const [index, stage] of (pace?.stages ?? []).entries()) {
    const hosts = targets.filter((target) => target.stage === index);
    const after = targets.filter((target) => target.stage > index).map((target) => target.target_id);
    const next = fleet.starts.find(({ host, command }) => command.deploymentId === deployment.deployment_id && after.includes(host));
    if (next === undefined) continue;
    if (stage.mayFail !== null && failedOf(hosts) > stage.mayFail) fleet.violations.push(`${deployment.deployment_id} went on after the step of ${stage.name}, though ${failedOf(hosts)} failed there`);
    for (const { target_id: host, status } of hosts) {
      const scripts = [...(fleet.members.find((member) => member.host.name === host)?.host.scripts.values() ?? [])].filter((script) => script.deploymentId === deployment.deployment_id);
      const endedAt = Math.max(...scripts.map((script) => script.endedAt ?? 0));
      if (status === 'Succeeded' && next.at < endedAt + stage.bakeMs) fleet.violations.push(`${deployment.deployment_id} went on to ${next.host} ${next.at - endedAt} ms after ${host} of ${stage.name}, which is watched for ${stage.bakeMs} ms`);
    }
  }
}
