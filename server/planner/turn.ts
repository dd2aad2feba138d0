// Whose turn it is among the active deployments of one group. Those that have started come first, whatever they are;
// then rollbacks, since what works matters more than what is new; then by age. A deployment held at its gates
// (./gates.ts) takes no turn and keeps nobody waiting.

import type { DeploymentCreator } from '../../protocol/model/deployment.ts';
import type { Instant } from './snapshot.ts';

export interface Contender {
  readonly deploymentId: string;
  readonly creator: DeploymentCreator;
  readonly createdAt: Instant;
  readonly hasStarted: boolean;
  readonly isHeld: boolean;
}

/** The deployment that `deploymentId` has to wait for, or null when it is its turn. All are active. */
export function earlierInTurn(deploymentId: string, contenders: readonly Contender[]): string | null {
  const waiting = contenders.filter((one) => one.deploymentId === deploymentId || one.hasStarted || !one.isHeld);
  const first = waiting.toSorted(byTurn)[0];
  return first === undefined || first.deploymentId === deploymentId ? null : first.deploymentId;
}

function byTurn(a: Contender, b: Contender): number {
  return classOf(a) - classOf(b) || a.createdAt - b.createdAt || (a.deploymentId < b.deploymentId ? -1 : 1);
}

function classOf({ hasStarted, creator }: Contender): number {
  if (hasStarted) return 0;
  return creator === 'codeDeployRollback' ? 1 : 2;
}
