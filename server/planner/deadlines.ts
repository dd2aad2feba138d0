// When the server gives up, and on what ground. A command must be accepted in time, an accepted event must end in time,
// and neither may outlast the deployment. At the deadline itself it is already too late: that is when the planner wakes.

import type { AgentState, EventState, GiveUpCause, Instant, Snapshot } from './snapshot.ts';

export interface EventDeadline {
  readonly since: Instant;
  readonly at: Instant;
  /** What it means if the deadline passes, as things stand now. */
  readonly cause: Exclude<GiveUpCause, 'OnceFailedElsewhere' | 'StoppedUntaken'>;
}

/** The deadline of an event that is InProgress. Throws when it was never commanded. */
export function deadlineOf(event: EventState, agent: AgentState, snapshot: Snapshot): EventDeadline {
  const { limits } = snapshot;
  const since = event.startedAt ?? event.commandedAt;
  if (since === null) throw new Error(`${event.name} is InProgress but was never commanded.`);
  const own = since + (event.startedAt === null ? limits.eventStartMs : limits.eventMs);
  const whole = deploymentDeadline(snapshot);
  if (whole < own) return { since, at: whole, cause: 'DeploymentTimeout' };
  return { since, at: own, cause: event.startedAt === null || !agent.isConnected ? 'AgentNotHeard' : 'EventTimeout' };
}

/** By when an event commanded now must be accepted. */
export function commandDeadline(snapshot: Snapshot): Instant {
  return Math.min(snapshot.now + snapshot.limits.eventStartMs, deploymentDeadline(snapshot));
}

/** A deployment that has not started yet starts now. */
export function deploymentDeadline({ now, deployment, limits }: Snapshot): Instant {
  return (deployment.startedAt ?? now) + limits.deploymentMs;
}

export function isOutOfTime(snapshot: Snapshot): boolean {
  return snapshot.now >= deploymentDeadline(snapshot);
}
