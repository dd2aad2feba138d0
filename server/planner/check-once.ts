// Fourth part of `check.ts`: scripts that run once in a deployment. Never two targets with them at a time, never a second
// run after a success or a failure, no event without them where nobody has run them, and no waiting but for a run.

import { ignorableEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Action, Actions } from './actions.ts';
import { endedWell, isAwaited, runningEvents, whyNothingNew } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import type { Snapshot } from './snapshot.ts';

/** With the whole plan carried out: what holds of the others then is what counts, in whatever order it was planned. */
export function checkOnce(actions: readonly Action[], after: Replayed, complain: Complain): void {
  for (const action of actions) {
    const target = 'targetId' in action ? after.targets.get(action.targetId) : undefined;
    if (target === undefined) continue;
    if (action.kind === 'RunEvent') checkRun(action, target, after, complain);
    if (action.kind === 'FailEvent' && action.cause === 'OnceFailedElsewhere') checkUntried(action, target, after, complain);
  }
}

function checkRun(action: Actions['RunEvent'], target: ReplayedTarget, after: Replayed, complain: Complain): void {
  // Most events of most deployments: nothing that costs a look at every other target.
  if (action.skipsOnce !== true && !isOnce(action.event, target)) return;
  const what = `${action.event} on ${target.targetId}`;
  const others = whoRan(action.event, target, after);
  if (action.skipsOnce === true) {
    if (!isOnce(action.event, target)) complain(`${what} leaves out once scripts that it does not have.`);
    if (!others.some(({ how }) => how === 'Succeeded')) complain(`${what} leaves out its once scripts, which nobody has run.`);
    return;
  }
  // Whoever had it tried again has answered for what it left half done, here or elsewhere.
  const isRetry = target.events.some((event) => event.name === action.event && event.earlierAttempts > 0);
  for (const { how, onTargetId } of others.filter((other) => !isRetry || (other.how !== 'Failed' && other.how !== 'Undecided'))) complain(`The once scripts of ${what} are run although on ${onTargetId} they are ${how}.`);
}

function checkUntried({ event, targetId }: Actions['FailEvent'], target: ReplayedTarget, after: Replayed, complain: Complain): void {
  const others = whoRan(event, target, after).map(({ how }) => how);
  const hasFailed = others.length > 0 && !others.includes('Succeeded') && !others.includes('InProgress') && !others.includes('Undecided');
  if (!isOnce(event, target) || !hasFailed) complain(`${event} on ${targetId} is failed for what failed nowhere else.`);
}

export interface OnceWait {
  readonly event: string;
  readonly onTargetIds: readonly string[];
}

/** For what an idle target in progress has to wait; null when it has no such reason to be idle. */
export function onceWaitOf(target: ReplayedTarget, snapshot: Snapshot, after: Replayed): OnceWait | null {
  if (target.status !== 'InProgress' || runningEvents(target).length > 0) return null;
  const next = target.events.find((event) => !endedWell(event, snapshot));
  if (next?.status !== 'Pending' || !isOnce(next.name, target) || whyNothingNew(snapshot, after) !== null) return null;
  const others = whoRan(next.name, target, after);
  if (others.some(({ how }) => how === 'Succeeded')) return null;
  const onTargetIds = others.filter(({ how }) => how === 'InProgress' || how === 'Undecided').map(({ onTargetId }) => onTargetId);
  return onTargetIds.length === 0 ? null : { event: next.name, onTargetIds };
}

function isOnce(event: string, target: ReplayedTarget): boolean {
  return !ignorableEvents.includes(event) && target.events.some((one) => one.onceEvents?.includes(event) === true);
}

/** The other targets that were told to run the event with its once scripts, and how it is there; Undecided where somebody is asked whether to run it again. */
function whoRan(event: string, target: ReplayedTarget, after: Replayed): readonly { readonly how: string; readonly onTargetId: string }[] {
  return [...after.targets.values()].flatMap((other) =>
    other.targetId === target.targetId ? [] : other.events.flatMap((one) => (one.name === event && one.commandedAt !== null && one.skipsOnce !== true ? [{ how: isAwaited(one) && other.status === 'InProgress' ? 'Undecided' : one.status, onTargetId: other.targetId }] : [])),
  );
}
