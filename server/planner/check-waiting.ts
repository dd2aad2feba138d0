// Third part of `check.ts`: what the plan says of waiting must be true once it is written, must name every hold, and
// must see to it that somebody looks again before the first deadline passes.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Plan } from './actions.ts';
import { onceWaitOf } from './check-once.ts';
import { count, deadlineOf, hasEnded, isWaitingToStart, runningEvents, whyNothingNew, type Complain, type Replayed, type ReplayedTarget } from './check-replay.ts';
import type { Instant, Snapshot } from './snapshot.ts';

export function checkWaiting(snapshot: Snapshot, plan: Plan, after: Replayed, complain: Complain): void {
  if (hasEnded(after.status)) {
    if (plan.waitingOn.length > 0) complain('The deployment has ended, yet the plan waits.');
    if (plan.wakeAt !== null) complain('The deployment has ended, yet the plan wants to be woken.');
    return;
  }
  if (plan.waitingOn.length === 0) complain('The deployment goes on, yet the plan waits for nothing.');
  for (const waiting of plan.waitingOn) {
    if (!isTrue(waiting, snapshot, after)) complain(`The plan waits for what is not so: ${JSON.stringify(waiting)}.`);
  }
  checkNothingUnsaid(snapshot, plan.waitingOn, after, complain);
  checkWake(snapshot, plan.wakeAt, after, complain);
}

function isTrue(waiting: Waiting, snapshot: Snapshot, after: Replayed): boolean {
  switch (waiting.reason) {
    case 'EarlierDeployment':
      return isWaitingToStart(after.status) && waiting.deploymentId === snapshot.earlierDeploymentId;
    case 'ResolvingRevision':
      return isWaitingToStart(after.status) && snapshot.deployment.isRevisionReady === false && waiting.since === snapshot.deployment.createdAt;
    case 'MinimumHealthyHosts': {
      const { all, failed, inFlight, pending } = count(after);
      const required = snapshot.deployment.minimumHealthyHosts;
      const isAsCounted = waiting.healthy === all - failed && waiting.required === required && waiting.inFlight === inFlight && waiting.pending === pending;
      return isAsCounted && pending > 0 && all - failed - required - inFlight <= 0 && whyNothingNew(snapshot, after) === null;
    }
    case 'LifecycleEvent': {
      const target = after.targets.get(waiting.targetId);
      const event = target === undefined ? undefined : runningEvents(target).find((one) => one.name === waiting.event);
      if (event !== undefined && waiting.isAccepted !== undefined && waiting.isAccepted !== (event.startedAt !== null)) return false;
      return event !== undefined && waiting.since === (event.startedAt ?? event.commandedAt) && waiting.deadline === deadlineOf(event, snapshot, after);
    }
    case 'AgentSilent': {
      const target = after.targets.get(waiting.targetId);
      const event = target === undefined ? undefined : runningEvents(target)[0];
      if (target === undefined || event === undefined || target.agent.isConnected) return false;
      return waiting.since === (target.agent.silentSince ?? undefined) && waiting.deadline === deadlineOf(event, snapshot, after);
    }
    case 'OnceElsewhere': {
      const target = after.targets.get(waiting.targetId);
      const wait = target === undefined ? null : onceWaitOf(target, snapshot, after);
      return wait !== null && wait.event === waiting.event && wait.onTargetIds.includes(waiting.onTargetId);
    }
    case 'StopRequested':
      return snapshot.deployment.stopRequestedAt !== null && [...waiting.targetIds].sort().join() === running(after).map((target) => target.targetId).sort().join();
  }
}

/** Whoever asks why a deployment is not further along gets every hold. */
function checkNothingUnsaid(snapshot: Snapshot, waitingOn: readonly Waiting[], after: Replayed, complain: Complain): void {
  const says = (reason: Waiting['reason']) => waitingOn.some((waiting) => waiting.reason === reason);
  const named = new Set(waitingOn.flatMap((waiting) => ('targetId' in waiting ? [waiting.targetId] : 'targetIds' in waiting ? waiting.targetIds : [])));
  for (const target of after.targets.values()) {
    const isHeld = runningEvents(target).length > 0 || onceWaitOf(target, snapshot, after) !== null;
    if (isHeld && !named.has(target.targetId)) complain(`The plan does not say that it waits for ${target.targetId}.`);
  }
  const isStopping = snapshot.deployment.stopRequestedAt !== null;
  if (isStopping && running(after).length > 0 && !says('StopRequested')) complain('The plan does not say that the deployment is stopping.');
  if (isWaitingToStart(after.status) && snapshot.earlierDeploymentId !== null && !says('EarlierDeployment')) complain(`The plan does not say that it waits for ${snapshot.earlierDeploymentId}.`);
  if (isWaitingToStart(after.status) && snapshot.deployment.isRevisionReady === false && !says('ResolvingRevision')) complain('The plan does not say that it waits for the bundle.');
  if (after.status === 'InProgress' && !isStopping && count(after).pending > 0 && !says('MinimumHealthyHosts')) complain('The plan does not say why targets are still pending.');
}

function checkWake(snapshot: Snapshot, wakeAt: Instant | null, after: Replayed, complain: Complain): void {
  const deadlines = running(after).flatMap((target) => runningEvents(target).map((event) => deadlineOf(event, snapshot, after)));
  if (deadlines.length > 0) {
    const earliest = Math.min(...deadlines);
    if (wakeAt === null || wakeAt > earliest) complain(`The first deadline is at ${earliest}, but the plan wants to be woken ${wakeAt === null ? 'never' : `at ${wakeAt}`}.`);
  }
  if (wakeAt !== null && wakeAt <= snapshot.now) complain(`The plan wants to be woken at ${wakeAt}, which is not after now, ${snapshot.now}.`);
}

function running(after: Replayed): readonly ReplayedTarget[] {
  return [...after.targets.values()].filter((target) => runningEvents(target).length > 0);
}
