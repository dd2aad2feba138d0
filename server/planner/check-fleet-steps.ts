// What a plan may do where there are two fleets, action by action: called while it is replayed (`check-replay.ts`).

import type { Action, Actions } from './actions.ts';
import { endedWell, runningEvents, whyNothingNew } from './check-facts.ts';
import { fleetOf, inTheWay, isInstalled, keptLongEnough, serving } from './check-fleet-facts.ts';
import { fleetState, incomingLabel, isBetweenFleets, leastInService } from './check-two-fleets.ts';
import type { Complain, Replayed } from './check-replay.ts';
import type { ReplayedTarget } from './check-targets.ts';
import type { Snapshot } from './snapshot.ts';

export type TargetStep = Extract<Action, { readonly kind: 'HoldBack' | 'ReadyTarget' | 'RerouteTarget' }>;
export type FleetStep = Extract<Action, { readonly kind: 'NoteReady' | 'Reroute' | 'MoveGroup' | 'NoteMoved' | 'ReleaseInstances' }>;

/** Of one target that has not ended. */
export function replayTargetStep(action: TargetStep, target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const what = `${action.kind} of ${target.targetId}`;
  if (!isBetweenFleets(snapshot) || fleetState(snapshot).direction !== 'forward' || target.label !== 'Green') complain(`${what} is no step of this deployment.`);
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`${what} comes although ${reason}.`);
  switch (action.kind) {
    case 'HoldBack':
      if (!after.started.includes(target.targetId) || after.fleets.heldBack.includes(target.targetId)) complain(`${what} comes although it is not just started.`);
      after.fleets.heldBack.push(target.targetId);
      target.routes = target.routes.map((route) => ({ ...route, wanted: 'Blocked', isForced: false, isKeptOut: true, askedAt: snapshot.now, takenAt: null, trouble: null, ...(typeof route.weight?.wanted === 'number' && route.weighs === 'member' ? { weight: { ...route.weight, wanted: 100, askedAt: snapshot.now, takenAt: null } } : {}) }));
      return;
    case 'ReadyTarget':
      if (target.status !== 'InProgress' || runningEvents(target).length > 0 || !isInstalled(target, snapshot)) complain(`${what} comes although it is not installed, or more.`);
      target.status = 'Ready';
      after.fleets.becameReady.push(target.targetId);
      return;
    case 'RerouteTarget':
      if (target.status !== 'Ready') complain(`${what} comes although it is ${target.status}.`);
      if (after.fleets.continuedAt === null) complain(`${what} comes although nobody said that traffic may move.`);
      target.status = 'InProgress';
      after.fleets.rerouted.push(target.targetId);
  }
}

/** Of the deployment as a whole. */
export function replayFleetStep(action: FleetStep, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (!isBetweenFleets(snapshot)) return complain(`${action.kind} is no step of a deployment in place.`);
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null && action.kind !== 'ReleaseInstances') complain(`${action.kind} comes although ${reason}.`);
  switch (action.kind) {
    case 'NoteReady':
      return noteReady(action, snapshot, after, complain);
    case 'Reroute':
      if (after.status !== 'Ready' || after.fleets.continuedAt === null) complain(`Traffic is to move although the deployment is ${after.status}, and ${after.fleets.continuedAt === null ? 'nobody said so' : 'somebody said so'}.`);
      after.status = 'InProgress';
      return;
    case 'MoveGroup':
      return moveGroup(action, snapshot, after, complain);
    case 'NoteMoved': {
      const { direction, terminationWaitMs } = fleetState(snapshot);
      const blue = fleetOf('Blue', snapshot, after);
      if (direction === 'back' || terminationWaitMs === 0 || after.fleets.movedAt !== null) complain('A wait for the original instances begins that there is none of, or a second time.');
      if (blue.done.length < blue.targets.length) complain('A wait for the original instances begins although not all of them are out of rotation.');
      after.fleets.movedAt = snapshot.now;
      return;
    }
    case 'ReleaseInstances':
      if (after.fleets.released !== null) complain('Instances are released twice.');
      after.fleets.released = action.targetIds;
      if (!keptLongEnough(snapshot, after)) complain('The original instances are released before they were kept for their time.');
  }
}

function noteReady({ waits }: Actions['NoteReady'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const { readyAction, direction } = fleetState(snapshot);
  const { pending, running, ready } = fleetOf('Green', snapshot, after);
  if (direction === 'back' || after.fleets.readyAt !== null) complain('The replacement instances are called ready where there are none, or a second time.');
  if (pending.length + running.length > 0 || ready.length === 0) complain(`The replacement instances are called ready although ${pending.length} are pending, ${running.length} under way and ${ready.length} ready.`);
  if (waits !== (readyAction === 'STOP_DEPLOYMENT')) complain(`Once ready the deployment is to ${readyAction}, and the plan ${waits ? 'waits' : 'goes on'}.`);
  after.fleets.readyAt = snapshot.now;
  if (waits) after.status = 'Ready';
  else after.fleets.continuedAt = snapshot.now;
}

function moveGroup({ to }: Actions['MoveGroup'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const incoming = fleetOf(incomingLabel(snapshot), snapshot, after);
  const wasMoving = snapshot.targets.some(({ label, events }) => label !== incomingLabel(snapshot) && events.length > 0);
  if (to !== incomingLabel(snapshot) || after.fleets.becameGroup.length > 0 || wasMoving) complain(`The ${to} instances become the group, which they are not to, or are already.`);
  const open = incoming.pending.length + incoming.running.length + incoming.ready.length;
  if (open > 0) complain(`The ${to} instances become the group although ${open} of them have not come in.`);
  after.fleets.becameGroup.push(to);
}

/** Which targets a plan starts of two fleets, and on what grounds. */
export function checkStartOfFleet(action: Actions['StartTarget'], target: ReplayedTarget, snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const { direction } = fleetState(snapshot);
  const { usesNewApplicationStop } = snapshot.deployment;
  const onHost = usesNewApplicationStop === true ? 'DownloadBundle ApplicationStop' : 'ApplicationStop DownloadBundle';
  const events = {
    forwardGreen: `${onHost} BeforeInstall Install AfterInstall ApplicationStart ValidateService BeforeAllowTraffic AllowTraffic AfterAllowTraffic`,
    forwardBlue: 'BeforeBlockTraffic BlockTraffic AfterBlockTraffic',
    backBlue: 'BeforeAllowTraffic AllowTraffic AfterAllowTraffic',
    backGreen: 'BeforeBlockTraffic BlockTraffic AfterBlockTraffic',
  }[`${direction}${target.label ?? 'Blue'}` as const];
  if (target.label === undefined || action.events.join(' ') !== events) complain(`${target.targetId} is started with the events ${action.events.join(', ') || 'none'}.`);
  if (target.label === incomingLabel(snapshot)) {
    if (direction === 'forward' && inTheWay(snapshot, [target]).length > 0) complain(`${target.targetId} is to be taken out of rotation although fewer than ${leastInService(snapshot)} originals serve.`);
    return;
  }
  const incoming = fleetOf(incomingLabel(snapshot), snapshot, after);
  if (!after.fleets.becameGroup.includes(incomingLabel(snapshot))) complain(`${target.targetId} is taken out of rotation although the other fleet is not the group yet.`);
  if (serving(incoming, snapshot).length < leastInService(snapshot)) complain(`${target.targetId} is taken out of rotation although only ${serving(incoming, snapshot).length} of the other fleet are seen to serve.`);
}

/** Of a target that is at rest between its installation and its way into rotation: whether it could go on now. */
export function couldGoOn(target: ReplayedTarget, snapshot: Snapshot): boolean {
  const next = target.events.find((event) => !endedWell(event, snapshot));
  return target.status === 'Ready' && next?.name === 'BeforeAllowTraffic' && next.status === 'Pending';
}
