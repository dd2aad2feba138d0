// Fifth part of `check.ts`: zones and the steps of a ramp. No zone has more targets out of service than its own minimum
// leaves, a stage that is over is watched and then left, and whoever may start is started.

import { count, isCalledOff, isDivided, isEnded, isLeftOut, isOverdue, ofStage, whyTooManyFailed } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import type { Snapshot } from './snapshot.ts';

/** Only a plan that takes a target of the zone out can be at fault. */
export function checkZoneBudgets(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const started = new Set(after.started);
  for (const [index, zone] of (snapshot.deployment.stages ?? []).entries()) {
    const targets = ofStage(after, index);
    if (zone.minimumHealthyHosts === null || !targets.some((target) => started.has(target.targetId))) continue;
    const out = targets.filter(isOut).length;
    const allowed = targets.length - zone.minimumHealthyHosts;
    if (out > allowed) complain(`${out} of ${targets.length} targets of zone ${zone.name} would be out of service, but at most ${allowed} may be.`);
  }
}

/** Of a deployment that goes on. */
export function checkStages(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (!isDivided(snapshot) || isCalledOff(snapshot) || isOverdue(snapshot, after)) return;
  if (after.bakesUntil !== null) {
    if (snapshot.now >= after.bakesUntil) complain(`Stage ${after.openStage} has been watched for its time and is not left.`);
    return;
  }
  const targets = ofStage(after, after.openStage);
  const isOver = after.status === 'InProgress' && targets.length > 0 && targets.every(isEnded);
  if (isOver && whyTooManyFailed(snapshot, after) === null) complain(`Every target of stage ${after.openStage} has ended, and it is neither watched nor left.`);
}

/** How many more targets could be started at once; 0 or less when none. */
export function roomLeft(snapshot: Snapshot, after: Replayed): number {
  const { all, failed, inFlight, pending, leftOut } = count(after);
  const ofFleet = all - failed - inFlight - leftOut - snapshot.deployment.minimumHealthyHosts;
  if (!isDivided(snapshot)) return Math.min(ofFleet, pending);
  const targets = ofStage(after, after.openStage);
  const minimum = snapshot.deployment.stages?.[after.openStage]?.minimumHealthyHosts ?? null;
  const ofZone = minimum === null ? ofFleet : targets.length - targets.filter(isOut).length - minimum;
  return Math.min(ofFleet, ofZone, targets.filter((target) => target.status === 'Pending').length);
}

function isOut(target: ReplayedTarget): boolean {
  return ['InProgress', 'Ready', 'Failed', 'Unknown'].includes(target.status) || isLeftOut(target);
}
