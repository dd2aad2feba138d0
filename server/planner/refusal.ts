// What ends a deployment before it touches a host. Asked only while nothing was attempted: a deployment under way is
// never ended here, whatever its snapshot says.

import { refuseAtGates } from './gates.ts';
import type { Outcome } from './outcome.ts';
import { isToBeProvided } from './provisioning.ts';
import { noInstances, unmeetableMinimum, unmeetableZone } from './sentences.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import { stageOf } from './stages.ts';
import { isUnstarted, wasAttempted } from './standing.ts';

/** Failed or Stopped with the reason, or null when the deployment may go ahead. */
export function refuse(snapshot: Snapshot): Outcome | null {
  const { defect, minimumHealthyHosts } = snapshot.deployment;
  const fleetSize = isToBeProvided(snapshot) ? (snapshot.deployment.provisioning?.wanted ?? 0) : incomingFleet(snapshot).length;
  if (wasAttempted(snapshot)) return null;
  const atGates = isUnstarted(snapshot) ? refuseAtGates(snapshot.deployment.gates, snapshot.now) : null;
  if (atGates !== null) return atGates;
  if (defect !== null) return { status: 'Failed', error: { code: defect.code, message: defect.message } };
  if (fleetSize === 0) return { status: 'Failed', error: { code: 'NO_INSTANCES', message: noInstances } };
  if (minimumHealthyHosts >= fleetSize) {
    return { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS_INVALID', message: unmeetableMinimum(minimumHealthyHosts, fleetSize) } };
  }
  const zone = findUnmeetableZone(snapshot);
  return zone === null ? null : { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS_INVALID', message: zone } };
}

/** All targets; of two fleets, those that are to get the traffic. */
function incomingFleet({ targets, deployment: { blueGreen } }: Snapshot): readonly TargetState[] {
  if (blueGreen === undefined) return targets;
  return targets.filter(({ label }) => label === (blueGreen.direction === 'forward' ? 'Green' : 'Blue'));
}

/** A zone's minimum is of that zone's targets; a step of a ramp has none. */
function findUnmeetableZone({ deployment, targets }: Snapshot): string | null {
  for (const [index, stage] of (deployment.stages ?? []).entries()) {
    const size = targets.filter((target) => stageOf(target) === index).length;
    if (stage.minimumHealthyHosts !== null && stage.minimumHealthyHosts >= size) return unmeetableZone(stage, size);
  }
  return null;
}
