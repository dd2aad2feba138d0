// Plain claims about a deployment as a whole that several questions start from.

import type { Snapshot } from './snapshot.ts';

export function deploymentHasEnded({ deployment }: Snapshot): boolean {
  return deployment.status === 'Succeeded' || deployment.status === 'Failed' || deployment.status === 'Stopped';
}

export function isUnstarted({ deployment }: Snapshot): boolean {
  return deployment.status === 'Created' || deployment.status === 'Queued';
}

/** On request, or for alarms. */
export function isStopping({ deployment }: Snapshot): boolean {
  return deployment.stopRequestedAt !== null || (deployment.alarmStop ?? null) !== null;
}

/** Whether any target was ever started; if not, no host was touched. */
export function wasAttempted({ targets }: Snapshot): boolean {
  return targets.some((target) => target.events.length > 0);
}
