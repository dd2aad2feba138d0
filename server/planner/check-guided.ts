// Seventh part of `check.ts`: targets that failed and about which somebody is asked. Nobody is asked without leave, in vain,
// twice, or beyond the time; no answer is passed over or made up; nothing is run again that nobody said to run again.

import { awaitedUntil, endedWell, isLeftOut, isOverdue, ofStage, whyNothingNew } from './check-facts.ts';
import type { Actions } from './actions.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedEvent, ReplayedTarget } from './check-targets.ts';
import type { Snapshot } from './snapshot.ts';

export function holdFailure(action: Actions['HoldFailure'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.event} on ${target.targetId}`;
  const event = target.events.find((one) => one.name === action.event);
  const withinMs = snapshot.deployment.decideWithinMs ?? null;
  const reason = whyNothingNew(snapshot, after);
  if (withinMs === null) complain(`Somebody is asked about ${what}, and nobody asked for that.`);
  else if (action.until !== snapshot.now + withinMs) complain(`Somebody is asked about ${what} until ${action.until}, but has ${withinMs} ms from ${snapshot.now} on.`);
  if (reason !== null) complain(`Somebody is asked about ${what} although ${reason}.`);
  if (target.status !== 'InProgress') complain(`Somebody is asked about ${what} although the target is ${target.status}.`);
  if (event === undefined || (event.status !== 'Failed' && event.status !== 'Unknown') || endedWell(event, snapshot)) complain(`Somebody is asked about ${what}, which has not failed.`);
  if (event?.held !== undefined) complain(`Somebody is asked about ${what} a second time.`);
  if (event?.givenUp === 'OnceFailedElsewhere') complain(`Somebody is asked about ${what}, which failed for what failed elsewhere.`);
  if (event !== undefined) event.held = { since: snapshot.now, until: action.until, decision: null };
}

export function retryEvent(action: Actions['RetryEvent'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.event} on ${target.targetId}`;
  const event = target.events.find((one) => one.name === action.event);
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${what} is tried again although ${reason}.`);
  if (event === undefined || (event.status !== 'Failed' && event.status !== 'Unknown')) return complain(`${what} is tried again although it has not failed.`);
  if (event.held?.decision !== 'RETRY') complain(`${what} is tried again, and nobody said so.`);
  Object.assign(event, { status: 'Pending', commandedAt: null, startedAt: null, endedAt: null, hasRunBefore: event.hasRunBefore || event.commandedAt !== null, givenUp: undefined, held: undefined, skipsOnce: false, earlierAttempts: event.earlierAttempts + 1 });
}

/** How a target may end of which this event failed for good; empty while it may not. */
export function endsOfFailed(event: ReplayedEvent, target: ReplayedTarget, snapshot: Snapshot, after: Replayed): readonly ('Failed' | 'Skipped')[] {
  const isCutShort = whyNothingNew(snapshot, after) !== null || isOverdue(snapshot, after);
  switch (event.held?.decision) {
    case 'SKIP':
      return ['Skipped'];
    case 'FAIL':
      return ['Failed'];
    case 'RETRY':
      return isCutShort ? ['Failed'] : [];
    default: {
      const isOver = event.held === undefined ? (snapshot.deployment.decideWithinMs ?? null) === null || event.givenUp === 'OnceFailedElsewhere' : snapshot.now >= event.held.until;
      if (!isCutShort && !isOver) after.unasked.add(target.targetId);
      return ['Failed'];
    }
  }
}

export function checkGuided(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const isInVain = isBeyondSaving(snapshot, after);
  for (const targetId of after.unasked) if (!isInVain) complain(`${targetId} fails although there is somebody to ask, and time.`);
  for (const target of after.targets.values()) {
    const event = target.status === 'InProgress' ? target.events.find(({ held, status }) => held !== undefined && status === 'Failed') : undefined;
    if (event?.held === undefined) continue;
    const what = `${event.name} on ${target.targetId}`;
    if (event.held.decision !== null) complain(`What was decided about ${what}, ${event.held.decision}, is not done.`);
    else if (snapshot.now >= awaitedUntil(event, snapshot, after)) complain(`Somebody is still asked about ${what} although the time is over.`);
    else if (whyNothingNew(snapshot, after) !== null) complain(`Somebody is still asked about ${what} although ${whyNothingNew(snapshot, after) ?? ''}.`);
    else if (isInVain) complain(`Somebody is asked about ${what} although no answer could save the deployment.`);
  }
}

/** So many failed for good that the deployment fails, even if every target about which somebody could be asked were saved. */
function isBeyondSaving({ deployment }: Snapshot, after: Replayed): boolean {
  const isLost = (target: ReplayedTarget): boolean => !after.unasked.has(target.targetId) && (target.status === 'Failed' || target.status === 'Unknown');
  const tally = (some: readonly ReplayedTarget[]) => ({ lost: some.filter(isLost).length, serving: some.filter((target) => !isLost(target) && !isLeftOut(target)).length });
  const all = [...after.targets.values()];
  const stage = deployment.stages?.[after.openStage];
  const fleet = tally(all);
  const here = tally(ofStage(after, after.openStage));
  if (typeof deployment.mayFail === 'number' && fleet.lost > deployment.mayFail) return true;
  if (stage !== undefined && stage.mayFail !== null && here.lost > stage.mayFail) return true;
  const isAnyUntried = all.some((target) => target.events.length === 0);
  if (!isAnyUntried) return false;
  return fleet.serving <= deployment.minimumHealthyHosts || (typeof stage?.minimumHealthyHosts === 'number' && here.serving <= stage.minimumHealthyHosts);
}
