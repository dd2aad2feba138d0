// What a replayed plan leaves behind, in claims that the other parts of the check start from: what forbids anything new,
// when the server gives up, who counts as what against the minimum.

import { ignorableEvents } from '../../protocol/model/lifecycle-order.ts';
import { gatesShut } from './check-gates.ts';
import { whyAlarmsForbid } from './check-alarms.ts';
import type { Replayed } from './check-replay.ts';
import type { ReplayedEvent, ReplayedTarget } from './check-targets.ts';
import { countedSize, countedTargets, isBetweenFleets } from './check-two-fleets.ts';
import { oncePerSnapshot } from './once-per-snapshot.ts';
import type { AgentState, Instant, Snapshot } from './snapshot.ts';

/** By request, or for alarms, be it by this very plan. */
export function isCalledOff(snapshot: Snapshot): boolean {
  return snapshot.deployment.stopRequestedAt !== null || whyAlarmsForbid(snapshot) !== null;
}

/** Why no new target or event may start, or null. A defect counts before the first target only: it is looked for before the start. */
export function whyNothingNew(snapshot: Snapshot, after: Replayed): string | null {
  const { deployment } = snapshot;
  if (deployment.stopRequestedAt !== null) return 'a stop was requested';
  const alarms = whyAlarmsForbid(snapshot);
  if (alarms !== null) return alarms;
  if (deployment.defect !== null && after.wasUntouched) return `${deployment.defect.code} was found`;
  return whyImpossible(snapshot) ?? (isOverdue(snapshot, after) ? 'the deployment is over its time' : null);
}

/** Why not one target could ever be taken, or null. */
const whyImpossible = oncePerSnapshot((snapshot) => {
  const { minimumHealthyHosts } = snapshot.deployment;
  const counted = countedSize(snapshot);
  if (counted === 0) return 'there are no targets';
  if (minimumHealthyHosts >= counted) return `all ${counted} targets, or more, must stay healthy`;
  const zone = impossibleZone(snapshot);
  return zone === null ? null : `all targets of zone ${zone}, or more, must stay healthy`;
});

export function isOverdue(snapshot: Snapshot, after: Replayed): boolean {
  return after.startedAt !== null && snapshot.now >= after.startedAt + snapshot.limits.deploymentMs;
}

/** Why the failures there were forbid to go on, whatever room there is; null when they do not. */
export function whyTooManyFailed(snapshot: Snapshot, after: Replayed): string | null {
  const { deployment } = snapshot;
  const targets = countedTargets(snapshot, after.targets.values());
  const failedOf = (some: readonly ReplayedTarget[]) => some.filter((target) => target.status === 'Failed' || target.status === 'Unknown' || awaitedEvent(target) !== undefined).length;
  const healthyOf = (some: readonly ReplayedTarget[]) => some.length - failedOf(some) - some.filter(isLeftOut).length;
  const failed = failedOf(targets);
  if (typeof deployment.mayFail === 'number' && failed > deployment.mayFail) return `${failed} failed of ${deployment.mayFail} that may`;
  if (isBetweenFleets(snapshot)) return null;
  const stage = deployment.stages?.[after.openStage];
  const inStage = ofStage(after, after.openStage);
  const failedInStage = failedOf(inStage);
  if (stage !== undefined && stage.mayFail !== null && failedInStage > stage.mayFail) return `in ${stage.name} ${failedInStage} failed of ${stage.mayFail} that may`;
  if (!targets.some((target) => target.status === 'Pending' || (target.status === 'Skipped' && target.events.length === 0))) return null;
  if (healthyOf(targets) <= deployment.minimumHealthyHosts) return `only ${healthyOf(targets)} targets are healthy`;
  if (stage === undefined || stage.minimumHealthyHosts === null) return null;
  return healthyOf(inStage) <= stage.minimumHealthyHosts ? `only ${healthyOf(inStage)} targets of ${stage.name} are healthy` : null;
}

/** A zone of which not one target could ever be taken. */
export const impossibleZone = oncePerSnapshot(({ deployment, targets }) => {
  const sizes = (deployment.stages ?? []).map((stage, index) => ({ stage, size: targets.filter((target) => (target.stage ?? 0) === index).length }));
  return sizes.find(({ stage, size }) => stage.minimumHealthyHosts !== null && size <= stage.minimumHealthyHosts)?.stage.name ?? null;
});

export function isDivided({ deployment }: Snapshot): boolean {
  return deployment.stages !== undefined && deployment.stages.length > 0;
}

export function ofStage(after: Replayed, stage: number): readonly ReplayedTarget[] {
  return [...after.targets.values()].filter((target) => (target.stage ?? 0) === stage);
}

/** When the server gives up on a running event: its own deadline, or the deployment's when that is sooner. */
export function deadlineOf(event: ReplayedEvent, agent: AgentState, snapshot: Snapshot, after: Replayed): Instant {
  const own = Math.min(ownDeadlineOf(event, snapshot), silenceEndsAt(event, agent, snapshot));
  return after.startedAt === null ? own : Math.min(own, after.startedAt + snapshot.limits.deploymentMs);
}

export function ownDeadlineOf(event: ReplayedEvent, snapshot: Snapshot): Instant {
  const { limits, now } = snapshot;
  return event.startedAt === null ? (event.commandedAt ?? now) + limits.eventStartMs : event.startedAt + limits.eventMs;
}

/** When the agent of a running event has been silent for as long as it may: from the latest of what could not be sooner. */
export function silenceEndsAt(event: ReplayedEvent, agent: AgentState, { limits, listeningSince = 0, now }: Snapshot): Instant {
  if (agent.isConnected || limits.silenceMs === undefined) return Number.POSITIVE_INFINITY;
  const known = [event.startedAt ?? event.commandedAt ?? now, agent.silentSince ?? 0, listeningSince];
  return limits.silenceMs + known.reduce((latest, instant) => (instant > latest ? instant : latest));
}

export function endedWell(event: ReplayedEvent, snapshot: Snapshot): boolean {
  if (event.status === 'Succeeded') return true;
  return event.status === 'Failed' && event.givenUp !== 'RotationUnsure' && snapshot.deployment.ignoreApplicationStopFailures && ignorableEvents.includes(event.name);
}

export function runningEvents(target: ReplayedTarget): readonly ReplayedEvent[] {
  return target.settled?.running ?? target.events.filter((event) => event.status === 'InProgress');
}

export function isEnded(target: ReplayedTarget): boolean {
  return target.status === 'Succeeded' || target.status === 'Failed' || target.status === 'Skipped' || target.status === 'Unknown';
}

export function hasEnded(status: Replayed['status']): boolean {
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped';
}

/** By something besides alarms. */
export function isHeldBeforeStart(snapshot: Snapshot): boolean {
  return isWaitingToStart(snapshot.deployment.status) && (snapshot.earlierDeploymentId !== null || snapshot.deployment.isRevisionReady === false || gatesShut(snapshot).length > 0);
}

export function isWaitingToStart(status: Replayed['status']): boolean {
  return status === 'Created' || status === 'Queued';
}

/** The failed event about which an answer is awaited once the plan is written; undefined when there is none. */
export function awaitedEvent(target: ReplayedTarget): ReplayedEvent | undefined {
  if (target.status !== 'InProgress') return undefined;
  return target.settled === undefined ? target.events.find(isAwaited) : target.settled.held;
}

export function isAwaited({ status, held }: ReplayedEvent): boolean {
  return held !== undefined && held.decision === null && status !== 'Pending' && status !== 'InProgress';
}

/** When it fails by itself. */
export function awaitedUntil({ held }: ReplayedEvent, snapshot: Snapshot, after: Replayed): Instant {
  const own = held?.until ?? snapshot.now;
  return after.startedAt === null ? own : Math.min(own, after.startedAt + snapshot.limits.deploymentMs);
}

/** Skipped, not for having been cut short, but by decision after it failed. */
export function isLeftOut({ status, events }: ReplayedTarget): boolean {
  return status === 'Skipped' && events.some(({ held }) => held?.decision === 'SKIP');
}

export interface Tally {
  readonly all: number;
  /** Of them `held` wait for a decision. */
  readonly failed: number;
  readonly held: number;
  readonly inFlight: number;
  readonly pending: number;
  readonly succeeded: number;
  readonly leftOut: number;
}

/** Targets by how they count against the minimum. Unknown counts as failed: what cannot be seen is not healthy; nor is what waits for a decision, or was left out by one. */
export function count({ targets }: Pick<Replayed, 'targets'>): Tally {
  const of: Record<ReplayedTarget['status'], number> = { Pending: 0, InProgress: 0, Ready: 0, Succeeded: 0, Failed: 0, Unknown: 0, Skipped: 0 };
  let [held, leftOut] = [0, 0];
  for (const target of targets.values()) {
    of[target.status] += 1;
    if (awaitedEvent(target) !== undefined) held += 1;
    if (isLeftOut(target)) leftOut += 1;
  }
  return { all: targets.size, failed: of.Failed + of.Unknown + held, held, inFlight: of.InProgress + of.Ready - held, pending: of.Pending, succeeded: of.Succeeded, leftOut };
}
