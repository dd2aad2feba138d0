// Every sentence a person reads because of a decision taken here. Two of them are CodeDeploy's own, to the letter,
// because people and pipelines search for them.

import type { AgentState, EventState, GiveUpCause, Limits, Snapshot } from './snapshot.ts';

/** CodeDeploy's words. */
export const tooFewHealthy =
  'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.';

/** CodeDeploy's words. */
export const commandNotReceived =
  'CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and make sure the agent is running and can connect to the CodeDeploy server.';

export const noInstances =
  'No instance matched the deployment group, so there was nothing to deploy to. Check that the tags in the group name the instances you mean, and that those instances are registered; then deploy again.';

export const stoppedOnRequest = 'The deployment was stopped on request before every target had ended by itself.';

export const nothingAttempted = 'No target was started, so no instance was changed and there is nothing to roll back.';

export const nothingToGoBackTo =
  'No rollback: this deployment group has no earlier successful deployment to go back to. Deploy a revision that is known to work.';

export function unmeetableMinimum(minimum: number, fleetSize: number): string {
  return `The deployment configuration wants at least ${minimum} healthy ${plural(minimum, 'instance')} throughout, and the deployment has ${fleetSize}, so not one may be taken. Choose a configuration with a lower minimum, or add instances.`;
}

export function outOfTime(limits: Limits): string {
  return `The deployment did not end within ${duration(limits.deploymentMs)}. What was still running was given up, and targets not yet started were skipped.`;
}

export function agentsNotHeard(targetIds: readonly string[]): string {
  const shown = targetIds.slice(0, 5).join(', ');
  const more = targetIds.length > 5 ? ` and ${targetIds.length - 5} more` : '';
  return `Every target that failed did so because its agent was not heard: ${shown}${more}. Make sure that the agents are running there and can reach the server, then deploy again.`;
}

export function onceFailedElsewhere(event: string, onTargetId: string): string {
  return `${event} was not run here: on ${onTargetId}, which ran its scripts marked as "once" for the whole deployment, it failed or was given up. They may have been run in part, so they are not tried a second time. See on ${onTargetId} how far they got and put it right, then deploy again.`;
}

/** What the diagnostics of an event say that was running when the server failed it. */
export function gaveUpOn(event: EventState, cause: Exclude<GiveUpCause, 'OnceFailedElsewhere' | 'StoppedUntaken'>, agent: AgentState, { now, limits }: Snapshot): string {
  switch (cause) {
    case 'AgentNotHeard':
      if (event.startedAt === null) return commandNotReceived;
      return `${event.name} was accepted, but its end was not heard within ${duration(limits.eventMs)}: the agent ${silence(agent, now)}. Check on the host whether the agent is running and can reach the server, and how far the event got.`;
    case 'EventTimeout':
      return `${event.name} did not end within ${duration(limits.eventMs)} of being accepted. The agent was told to end it; its log on the host says how far it got.`;
    case 'DeploymentTimeout':
      return `${event.name} had not ended when the deployment's ${duration(limits.deploymentMs)} were over.`;
  }
}

/** Of an event that was commanded and never taken, in a deployment that is stopped. */
export function stoppedUntaken(event: EventState): string {
  return `${event.name} was not run: the deployment was stopped before the agent, which is not connected, took it.`;
}

function silence(agent: AgentState, now: number): string {
  return agent.silentSince === null ? 'is not connected' : `has been silent for ${duration(now - agent.silentSince)}`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 && minutes !== 60 ? `${minutes} min` : `${Math.round(minutes / 6) / 10} h`;
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
