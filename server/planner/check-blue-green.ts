// Tenth part of `check.ts`: from one fleet to another. Written from the promises (no request reaches what is not ready, the
// fleet that serves stays until the other one is seen to serve, the first word counts), not from `blue-green.ts`: the waves
// keep to the minimum, nobody idles, the deployment ends exactly when nothing is left, and says what it waits for.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Plan } from './actions.ts';
import { endedWell, whyNothingNew } from './check-facts.ts';
import { type Fleet, fleetOf, inTheWay, keptLongEnough, keptUntil, roomOnTheWay, serving, unservedUntil } from './check-fleet-facts.ts';
import { onceWaitOf } from './check-once.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import { unsureOfReady } from './check-traffic.ts';
import { couldGoOn } from './check-fleet-steps.ts';
import { areThrough, firstShareChange, isAdmissionHeld, shareOutcomes } from './check-shares.ts';
import { fleetState, incomingLabel, isBetweenFleets, leastInService } from './check-two-fleets.ts';
import type { Instant, Snapshot } from './snapshot.ts';

function bothFleets(snapshot: Snapshot, after: Replayed): { readonly incoming: Fleet; readonly outgoing: Fleet } {
  const label = incomingLabel(snapshot);
  return { incoming: fleetOf(label, snapshot, after), outgoing: fleetOf(label === 'Green' ? 'Blue' : 'Green', snapshot, after) };
}

/** With the whole plan carried out. */
export function checkFleets(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  if (!isBetweenFleets(snapshot)) return;
  const { incoming } = bothFleets(snapshot, after);
  const { direction } = fleetState(snapshot);
  const started = incoming.targets.filter(({ targetId }) => after.started.includes(targetId));
  const out = incoming.running.length + incoming.lost.length;
  const allowed = incoming.targets.length - snapshot.deployment.minimumHealthyHosts;
  if (direction === 'forward' && started.length > 0 && out > allowed) complain(`${out} of ${incoming.targets.length} replacement instances would be under way or have failed, but at most ${allowed} may.`);
  for (const { targetId } of started) if (direction === 'forward' && !after.fleets.heldBack.includes(targetId)) complain(`${targetId} is started and not held back from requests.`);
  if (after.fleets.rerouted.length > 0) {
    if (roomOnTheWay(snapshot, incoming) < 0) complain(`${incoming.running.length} instances come into rotation at once, ${-roomOnTheWay(snapshot, incoming)} too many.`);
    if (incoming.pending.length > 0) complain('Traffic moves although not every replacement instance was tried.');
  }
  checkTurns(snapshot, after, incoming, complain);
  checkEndOfFleets(snapshot, after, complain);
  if (after.finish === null && after.startedAt !== null && whyNothingNew(snapshot, after) === null) checkGoesOn(snapshot, plan, after, complain);
}

/** Replacement instances in the order that the operator named, then unhealthy before unknown before old before current, by lot. */
function checkTurns(snapshot: Snapshot, after: Replayed, { targets }: Fleet, complain: Complain): void {
  const standings = ['unhealthy', 'unknown', 'old', 'current'];
  const waiting = snapshot.targets.filter(({ targetId, status }) => status === 'Pending' && targets.some((target) => target.targetId === targetId));
  const inOrder = [...waiting].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || standings.indexOf(a.standing) - standings.indexOf(b.standing) || a.lot - b.lot).map(({ targetId }) => targetId);
  const started = after.started.filter((id) => targets.some(({ targetId }) => targetId === id));
  if (started.join() !== inOrder.slice(0, started.length).join()) complain(`Instances are started in the order ${started.join(', ')}, but ${inOrder.slice(0, started.length).join(', ')} are due.`);
}

function checkEndOfFleets(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const { releases } = fleetState(snapshot);
  const { outgoing } = bothFleets(snapshot, after);
  const isSuccess = after.finish?.status === 'Succeeded';
  const due = isSuccess && releases && outgoing.targets.length > 0 ? outgoing.targets.map(({ targetId }) => targetId).sort() : [];
  if ((after.fleets.released ?? []).join() !== due.join()) complain(`${after.fleets.released?.join(', ') ?? 'None'} of the original instances are released, but ${due.join(', ') || 'none'} are to be.`);
  if (isSuccess && outgoing.targets.length === 0 && after.fleets.becameGroup.length === 0) complain('The deployment succeeds, and the instances it went to are not the group.');
}

/** A deployment that goes on does what it can. */
function checkGoesOn(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  const { incoming, outgoing } = bothFleets(snapshot, after);
  const { direction } = fleetState(snapshot);
  const isOverLost = incoming.lost.length > (snapshot.deployment.mayFail ?? Infinity);
  if (isAtFirstLook(plan)) return;
  if (after.fleets.returning !== null) return;
  if (direction === 'back' && incoming.pending.length > 0 && !isAdmissionHeld(snapshot, after)) complain('There are instances to be let into rotation again, and they are not.');
  if (direction === 'forward' && !isOverLost && incoming.pending.length > 0 && inTheWay(snapshot, incoming.pending).length === 0) {
    const room = incoming.targets.length - incoming.lost.length - incoming.running.length - snapshot.deployment.minimumHealthyHosts;
    if (room > 0) complain(`There is room for ${Math.min(room, incoming.pending.length)} more replacement instance(s), and none is started.`);
  }
  if (incoming.pending.length > 0) return;
  const stuck = stuckOf(incoming, snapshot, after);
  const free = incoming.ready.filter((target) => couldGoOn(target, snapshot) && !stuck.includes(target));
  if (after.fleets.continuedAt !== null && !isAdmissionHeld(snapshot, after) && !isOverLost && free.length > 0 && roomOnTheWay(snapshot, incoming) > stuck.length) complain(`${free[0]!.targetId} could come into rotation, and does not.`);
  if (incoming.running.length + incoming.ready.length > 0) return;
  if (outgoing.pending.length > 0 && areThrough(snapshot, after) && serving(incoming, snapshot).length >= leastInService(snapshot)) complain('The fleet that came in serves, and the other one is not taken out.');
}

/** Ready, with room to come into rotation, and held by something of their own. */
function stuckOf({ ready }: Fleet, snapshot: Snapshot, after: Replayed): readonly ReplayedTarget[] {
  return ready.filter((target) => unsureOfReady(target, snapshot, after) || onceWaitOf({ ...target, status: 'InProgress' }, snapshot, after) !== null);
}

function isAtFirstLook({ waitingOn }: Plan): boolean {
  return waitingOn.some(({ reason }) => reason === 'RoutersUnseen');
}

/** As what the deployment must end now if nothing cuts it short; empty while it goes on. */
export function fleetOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] {
  const { incoming, outgoing } = bothFleets(snapshot, after);
  const state = fleetState(snapshot);
  if (incoming.running.length + outgoing.running.length > 0) return [];
  const isOverLost = incoming.lost.length > (snapshot.deployment.mayFail ?? Infinity);
  if (isOverLost) return lostTooMany(incoming, snapshot);
  if (incoming.pending.length > 0) {
    if (state.direction === 'back') return shareOutcomes(snapshot, after) ?? [];
    if (inTheWay(snapshot, incoming.pending).length > 0) return ['Failed HEALTH_CONSTRAINTS'];
    return incoming.targets.length - incoming.lost.length - snapshot.deployment.minimumHealthyHosts > 0 ? [] : lostTooMany(incoming, snapshot);
  }
  if (state.direction === 'forward' && after.fleets.continuedAt === null) {
    if (incoming.ready.length === 0) return lostTooMany(incoming, snapshot);
    return state.readyAction === 'STOP_DEPLOYMENT' && after.fleets.readyAt !== null && snapshot.now >= after.fleets.readyAt + state.readyWaitMs ? ['Stopped TIMEOUT'] : [];
  }
  const ofShares = shareOutcomes(snapshot, after);
  if (ofShares !== null) return [...ofShares, ...(ofShares.length > 0 && incoming.done.length < leastInService(snapshot) ? lostTooMany(incoming, snapshot) : [])];
  if (incoming.ready.length > 0) return roomOnTheWay(snapshot, incoming) > 0 ? [] : lostTooMany(incoming, snapshot);
  return outcomesOfMove(snapshot, after, incoming, outgoing);
}

/** All that could come in has. */
function outcomesOfMove(snapshot: Snapshot, after: Replayed, incoming: Fleet, outgoing: Fleet): readonly string[] {
  if (outgoing.pending.length === outgoing.targets.length) {
    if (incoming.done.length < leastInService(snapshot)) return lostTooMany(incoming, snapshot);
    if (serving(incoming, snapshot).length < leastInService(snapshot)) return snapshot.now >= unservedUntil(incoming, snapshot) ? ['Failed HEALTH_CONSTRAINTS'] : [];
  }
  if (outgoing.pending.length > 0) return [];
  if (outgoing.lost.length > 0) return ['Failed HEALTH_CONSTRAINTS'];
  return keptLongEnough(snapshot, after) ? ['Succeeded'] : [];
}

function lostTooMany({ lost }: Fleet, snapshot: Snapshot): readonly string[] {
  const isForWantOfAgent = (target: ReplayedTarget): boolean | null => {
    const failed = target.events.filter((event) => event.status === 'Failed' && !endedWell(event, snapshot));
    if (failed.some(({ givenUp }) => givenUp !== undefined && givenUp !== 'AgentNotHeard')) return false;
    return failed.length === 0 || failed.some(({ givenUp }) => givenUp === undefined) ? null : true;
  };
  const verdicts = lost.map(isForWantOfAgent);
  if (verdicts.length === 0 || verdicts.includes(false)) return ['Failed HEALTH_CONSTRAINTS'];
  return verdicts.includes(null) ? ['Failed AGENT_ISSUE', 'Failed HEALTH_CONSTRAINTS'] : ['Failed AGENT_ISSUE'];
}

/** When something changes by itself; null where nothing does. */
export function firstFleetChange(snapshot: Snapshot, after: Replayed): Instant | null {
  if (!isBetweenFleets(snapshot) || after.startedAt === null || whyNothingNew(snapshot, after) !== null) return null;
  const ofShares = firstShareChange(snapshot, after);
  if (ofShares !== undefined) return ofShares;
  const { incoming, outgoing } = bothFleets(snapshot, after);
  const state = fleetState(snapshot);
  if (after.status === 'Ready' && after.fleets.readyAt !== null && after.fleets.continuedAt === null) return after.fleets.readyAt + state.readyWaitMs;
  const open = incoming.pending.length + incoming.running.length + incoming.ready.length + outgoing.running.length;
  if (open > 0) return null;
  if (outgoing.pending.length > 0) return unservedUntil(incoming, snapshot);
  return after.fleets.movedAt === null ? null : keptUntil(after.fleets.movedAt, snapshot, after);
}

/** Whether a hold that the plan tells is so. */
export function isTrueOfFleets(waiting: Waiting, snapshot: Snapshot, after: Replayed): boolean {
  if (!isBetweenFleets(snapshot)) return false;
  const { incoming, outgoing } = bothFleets(snapshot, after);
  const state = fleetState(snapshot);
  switch (waiting.reason) {
    case 'MinimumHealthyHosts': {
      const isAsCounted = waiting.healthy === incoming.targets.length - incoming.lost.length && waiting.required === snapshot.deployment.minimumHealthyHosts && waiting.inFlight === incoming.running.length;
      const waits = incoming.pending.length > 0 ? incoming.pending : incoming.ready;
      const room = incoming.pending.length > 0 ? incoming.targets.length - incoming.lost.length - incoming.running.length - snapshot.deployment.minimumHealthyHosts : roomOnTheWay(snapshot, incoming) - stuckOf(incoming, snapshot, after).length;
      return isAsCounted && waiting.pending === waits.length && waits.length > 0 && room <= 0 && (incoming.pending.length > 0 || after.fleets.continuedAt !== null);
    }
    case 'ReadyWait':
      return after.status === 'Ready' && after.fleets.continuedAt === null && waiting.since === after.fleets.readyAt && waiting.until === waiting.since + state.readyWaitMs && snapshot.now < waiting.until;
    case 'TerminationWait':
      return waiting.since === after.fleets.movedAt && waiting.until === keptUntil(waiting.since, snapshot, after) && snapshot.now < waiting.until && waiting.isTermination === state.releases && state.terminationSkippedAt === null;
    case 'OtherFleetFirst':
      return waiting.waiting !== incomingLabel(snapshot) && waiting.pending === outgoing.pending.length && waiting.pending > 0;
    case 'TooFewServing': {
      const seen = serving(incoming, snapshot);
      const missing = incoming.done.filter((target) => !seen.includes(target)).map(({ targetId }) => targetId);
      return waiting.required === leastInService(snapshot) && waiting.serving === seen.length && seen.length < waiting.required && waiting.inFlight === 0 && waiting.pending === outgoing.pending.length && [...waiting.missing].sort().join() === missing.sort().join();
    }
    default:
      return false;
  }
}

/** Whoever asks why a fleet is not further along is told. */
export function checkFleetsAreSaid(snapshot: Snapshot, waitingOn: readonly Waiting[], after: Replayed, complain: Complain): void {
  const { incoming, outgoing } = bothFleets(snapshot, after);
  const isSaid = (...reasons: Waiting['reason'][]): boolean => waitingOn.some(({ reason }) => reasons.includes(reason));
  if (isSaid('RoutersUnseen', 'ShareUnseen', 'TrafficReturning')) return;
  if (incoming.pending.length > 0 && incoming.lost.length <= (snapshot.deployment.mayFail ?? Infinity) && inTheWay(snapshot, incoming.pending).length === 0 && !isSaid('MinimumHealthyHosts')) complain('The plan does not say why instances are still pending.');
  if (after.status === 'Ready' && after.fleets.continuedAt === null && !isSaid('ReadyWait')) complain('The plan does not say that somebody has to continue the deployment.');
  if (outgoing.pending.length > 0 && !isSaid('OtherFleetFirst')) complain('The plan does not say that the other fleet waits.');
  if (after.fleets.movedAt !== null && !isSaid('TerminationWait')) complain('The plan does not say that the original instances are kept.');
}
