// Whether a deployment goes from one fleet to another, and which of the two its minimum is of. For all parts of `check.ts`.

import type { BlueGreenState } from './blue-green-state.ts';
import type { Snapshot } from './snapshot.ts';

export function isBetweenFleets({ deployment }: Snapshot): boolean {
  return deployment.blueGreen !== undefined;
}

export function fleetState({ deployment }: Snapshot): BlueGreenState {
  if (deployment.blueGreen === undefined) throw new Error('The deployment is in place.');
  return deployment.blueGreen;
}

export function incomingLabel(snapshot: Snapshot): 'Blue' | 'Green' {
  return fleetState(snapshot).direction === 'forward' ? 'Green' : 'Blue';
}

/** The targets that the minimum is of: of two fleets, the one that comes in. */
export function countedTargets<T extends { readonly label?: 'Blue' | 'Green' }>(snapshot: Snapshot, targets: Iterable<T>): readonly T[] {
  return [...targets].filter(({ label }) => !isBetweenFleets(snapshot) || label === incomingLabel(snapshot));
}

/** Its replacement instances are not made yet: it has no targets, and is to have so many. */
export function isToBeMade({ deployment: { provisioning } }: Snapshot): boolean {
  return provisioning !== undefined && provisioning.providedAt === null;
}

/** How many targets the minimum is held against. */
export function countedSize(snapshot: Snapshot): number {
  return isToBeMade(snapshot) ? (snapshot.deployment.provisioning?.wanted ?? 0) : countedTargets(snapshot, snapshot.targets).length;
}

export function leastInService({ deployment }: Snapshot): number {
  return deployment.minimumHealthyHosts > 1 ? deployment.minimumHealthyHosts : 1;
}
