// When the server gives up, and on what ground. A command must be accepted in time, an accepted event must end in time,
// where the group says so its agent must not be silent for longer, and nothing may outlast the deployment. At the deadline
// itself it is already too late: that is when the planner wakes.

import type { AgentState, EventState, GiveUpCause, Instant, Snapshot } from './snapshot.ts';

export interface EventDeadline {
  readonly since: Instant;
  readonly at: Instant;
  /** What it means if the deadline passes, as things stand now. */
  readonly cause: Extract<GiveUpCause, 'AgentNotHeard' | 'EventTimeout' | 'DeploymentTimeout'>;
  /** It is the agent's silence alone that ends it, before its time. */
  readonly isForSilence: boolean;
}

/** The deadline of an event that is InProgress. Throws when it was never commanded. */
export function deadlineOf(event: EventState, agent: AgentState, snapshot: Snapshot): EventDeadline {
  const { limits } = snapshot;
  const since = event.startedAt ?? event.commandedAt;
  if (since === null) throw new Error(`${event.name} is InProgress but was never commanded.`);
  const own = since + (event.startedAt === null ? limits.eventStartMs : limits.eventMs);
  const silence = silenceDeadline(since, agent, snapshot);
  const whole = deploymentDeadline(snapshot);
  if (whole < own && whole < silence) return { since, at: whole, cause: 'DeploymentTimeout', isForSilence: false };
  if (silence < own) return { since, at: silence, cause: 'AgentNotHeard', isForSilence: true };
  return { since, at: own, cause: event.startedAt === null || !agent.isConnected ? 'AgentNotHeard' : 'EventTimeout', isForSilence: false };
}

/** Whoever was silent before the event, or before this controller listened, is given the whole time from then on. */
function silenceDeadline(since: Instant, agent: AgentState, { limits, listeningSince }: Snapshot): Instant {
  if (limits.silenceMs === undefined || agent.isConnected) return Infinity;
  return Math.max(since, agent.silentSince ?? since, listeningSince ?? since) + limits.silenceMs;
}

/** By when an event commanded now must be accepted by this agent. */
export function commandDeadline(agent: AgentState, snapshot: Snapshot): Instant {
  return Math.min(snapshot.now + snapshot.limits.eventStartMs, silenceDeadline(snapshot.now, agent, snapshot), deploymentDeadline(snapshot));
}

/** A deployment that has not started yet starts now. */
export function deploymentDeadline({ now, deployment, limits }: Snapshot): Instant {
  return (deployment.startedAt ?? now) + limits.deploymentMs;
}

export function isOutOfTime(snapshot: Snapshot): boolean {
  return snapshot.now >= deploymentDeadline(snapshot);
}
