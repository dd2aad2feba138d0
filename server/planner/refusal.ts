// What ends a deployment before it touches a host. Asked only while nothing was attempted: a deployment under way is
// never ended here, whatever its snapshot says.

import type { Outcome } from './outcome.ts';
import { noInstances, unmeetableMinimum } from './sentences.ts';
import type { Snapshot } from './snapshot.ts';
import { wasAttempted } from './standing.ts';

/** Failed with the reason, or null when the deployment may go ahead. */
export function refuse(snapshot: Snapshot): Outcome | null {
  const { defect, minimumHealthyHosts } = snapshot.deployment;
  const fleetSize = snapshot.targets.length;
  if (wasAttempted(snapshot)) return null;
  if (defect !== null) return { status: 'Failed', error: { code: defect.code, message: defect.message } };
  if (fleetSize === 0) return { status: 'Failed', error: { code: 'NO_INSTANCES', message: noInstances } };
  if (minimumHealthyHosts >= fleetSize) {
    return { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS_INVALID', message: unmeetableMinimum(minimumHealthyHosts, fleetSize) } };
  }
  return null;
}
