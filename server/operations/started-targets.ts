// The targets of a deployment that has started, and finding one by any of its names: the short id, the ARN, or the
// suffixed name at the end of an on-premises ARN.

import { Failure } from '../../protocol/errors.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';
import { listTargets } from '../store/targets.ts';
import { requireDeployment } from './lookup.ts';

/** Throws DeploymentDoesNotExistException, DeploymentNotStartedException. */
export async function requireStarted(db: Database, deploymentId: string): Promise<DeploymentsTable> {
  const deployment = await requireDeployment(db, deploymentId);
  if (!hasStarted(deployment)) {
    throw new Failure('DeploymentNotStartedException', `The deployment ${deploymentId} has not started yet; its targets can be asked for in a moment.`, 'deploymentId');
  }
  return deployment;
}

export function hasStarted({ status }: DeploymentsTable): boolean {
  return status !== 'Created' && status !== 'Queued';
}

/** The targets under these names, in their order. Throws InvalidDeploymentTargetIdException, DeploymentTargetDoesNotExistException. */
export async function requireTargets(db: Database, deploymentId: string, targetIds: readonly string[]): Promise<TargetsTable[]> {
  if (!targetIds.every(mayNameTarget)) {
    throw new Failure('InvalidDeploymentTargetIdException', 'A target id is the name or the ARN of an instance.', 'targetId');
  }
  const byName = await targetsByName(db, deploymentId);
  return targetIds.map((targetId) => {
    const target = byName.get(targetId);
    if (target === undefined) {
      throw new Failure('DeploymentTargetDoesNotExistException', `${targetId} is no target of deployment ${deploymentId}.`, 'targetId');
    }
    return target;
  });
}

/** Every target under each of its names. */
export async function targetsByName(db: Database, deploymentId: string): Promise<ReadonlyMap<string, TargetsTable>> {
  const byName = new Map<string, TargetsTable>();
  const targets = await listTargets(db, deploymentId);
  // Short ids are entered last: a name that looks like another's suffixed name wins.
  for (const target of targets) byName.set(target.arn.slice(target.arn.lastIndexOf('/') + 1), target).set(target.arn, target);
  for (const target of targets) byName.set(target.target_id, target);
  return byName;
}

/** Whether a target could have that name at all. */
export function mayNameTarget(text: string): boolean {
  return /^[A-Za-z0-9._+=,@:/-]{1,300}$/.test(text);
}
