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

/** Whether any target was ever started, or any router asked for a share; if not, nothing was touched. */
export function wasAttempted({ targets, deployment }: Snapshot): boolean {
  return (deployment.blueGreen?.shift ?? null) !== null || targets.some((target) => target.events.length > 0);
}
