// Blue and Green label the instances of blue/green deployments alone: asking for them elsewhere is refused, because the
// answer would be everything or nothing.

import { Failure } from '../../protocol/errors.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { isBlueGreen } from './deployment-style.ts';

/** The labels asked for, in order; empty for all. Throws InvalidDeploymentInstanceTypeException, InvalidInstanceTypeException. */
export function checkLabels(deployment: DeploymentsTable, labels: readonly string[], field: string): readonly string[] {
  if (labels.length === 0) return [];
  if (!isBlueGreen(deployment)) {
    throw new Failure('InvalidDeploymentInstanceTypeException', `Deployment ${deployment.deployment_id} is in place: its targets have no label Blue or Green.`, field);
  }
  const strange = labels.find((label) => label !== 'Blue' && label !== 'Green');
  if (strange !== undefined) throw new Failure('InvalidInstanceTypeException', `${strange} is no label; those are Blue and Green.`, field);
  return [...new Set(labels)].sort();
}
