// Whatever ends a deployment that moves traffic by shares, as long as the other fleet has not begun to leave, gives that fleet all
// of the traffic again, whether or not rollbacks are wanted: nobody means a share to stay. It ends when that was seen; then
// those that had come in are taken out of rotation, with nothing left to serve, and every weight is whole again. Routers that
// do not show it within its time go on being asked, and nobody is taken out.

import type { Action } from './actions.ts';
import type { Outcome } from './outcome.ts';
import { wasWeighed } from './routes.ts';
import { notSeenToReturn } from './sentences.ts';
import { weightsFor, weightsToSet, type UnseenWeight } from './shares.ts';
import type { Instant, Snapshot, TargetState } from './snapshot.ts';
import { notBeforeAFreshLook } from './traffic.ts';
import { askFor, fleetsOf, stepsOf } from './traffic-shift.ts';

const longestMs = 600_000;

export interface ReturnHold {
  readonly since: Instant;
  readonly until: Instant;
  readonly unseen: readonly UnseenWeight[];
}

export type Return = { readonly kind: 'wait'; readonly actions: readonly Action[]; readonly hold: ReturnHold } | { readonly kind: 'end'; readonly actions: readonly Action[]; readonly outcome: Outcome };

/** Routers may share as one of the steps wants it, and the fleet that has the traffic is still there. */
export function hasShared(snapshot: Snapshot): boolean {
  return stepsOf(snapshot).length > 0 && (snapshot.deployment.blueGreen?.shift ?? null) !== null && fleetsOf(snapshot).outgoing.every(({ events }) => events.length === 0);
}

/**
 * `outcome`: how the deployment ends, as it is now, if it was not decided before. `isBusy`: something is still under way. `before`:
 * what the plan has done so far. What a router showed once it had been asked counts, be it that it cannot be seen any more.
 */
export function returnTraffic(snapshot: Snapshot, outcome: Outcome, isBusy: boolean, before: readonly Action[]): Return {
  const { returning = null } = snapshot.deployment.blueGreen ?? {};
  const { actions: asks, unseen, refused } = askFor(snapshot, 0, fleetsOf(snapshot), wasWeighed);
  const since = returning?.at ?? snapshot.now;
  const until = notBeforeAFreshLook(since + Math.min(longestMs, snapshot.deployment.traffic?.serveMs ?? longestMs), snapshot);
  const isSeen = unseen.length === 0;
  const begin: readonly Action[] = returning === null ? beginning(outcome) : [];
  if (isBusy || (!isSeen && refused === null && snapshot.now < until)) return { kind: 'wait', actions: [...begin, ...asks], hold: { since, until, unseen: asAskedIn(before, unseen) } };
  if (!isSeen) return { kind: 'end', actions: asks, outcome: withWord(outcome, notSeenToReturn(unseen)) };
  const fleets = fleetsOf(snapshot);
  const weights = weightsToSet(fleets, weightsFor(fleets, { full: 'outgoing' }));
  const leaving = fleets.incoming.filter((target) => wasAllowed(target)).map(({ targetId }) => targetId).toSorted();
  const actions: Action[] = [...(leaving.length === 0 ? [] : [{ kind: 'LeaveRotation' as const, targetIds: leaving }]), ...(weights.length === 0 ? [] : [{ kind: 'SetWeights' as const, weights }])];
  return { kind: 'end', actions, outcome };
}

/** Whoever this very plan keeps out of rotation, or lets in, is asked anew: whatever a router had against what was asked before. */
function asAskedIn(actions: readonly Action[], unseen: readonly UnseenWeight[]): readonly UnseenWeight[] {
  const asked = new Set(actions.flatMap((action) => (action.kind === 'LetBackIn' || action.kind === 'KeepOut' ? [`${action.kind} ${action.targetId}`] : [])));
  const isAsked = ({ targetId, route }: UnseenWeight): boolean => asked.has(`LetBackIn ${targetId}`) || (asked.has(`KeepOut ${targetId}`) && route.wanted !== 'Blocked');
  return unseen.map((one) => (isAsked(one) ? { ...one, route: { ...one.route, trouble: null } } : one));
}

function beginning({ status, error }: Outcome): readonly Action[] {
  if (status === 'Succeeded' || error === null) throw new Error('A deployment that succeeds returns no traffic.');
  return [{ kind: 'ReturnTraffic', status, error }];
}

function wasAllowed({ events }: TargetState): boolean {
  return events.some(({ name, commandedAt }) => name === 'AllowTraffic' && commandedAt !== null);
}

function withWord(outcome: Outcome, word: string): Outcome {
  return outcome.error === null ? outcome : { ...outcome, error: { ...outcome.error, message: `${outcome.error.message} ${word}` } };
}
