// Every sentence a person reads because of a decision taken here. Some of them are CodeDeploy's own, to the letter,
// because people and pipelines search for them.

import type { EventDeadline } from './deadlines.ts';
import type { ProvisioningState } from './provisioning-state.ts';
import type { Halt } from './halt.ts';
import type { RouteState, TrafficRules } from './traffic-state.ts';
import type { AgentState, AlarmStateOf, ApprovalState, EventState, Limits, Snapshot, Stage, TargetState } from './snapshot.ts';

/** CodeDeploy's words. */
export const tooFewHealthy =
  'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.';

/** CodeDeploy's words. */
export const commandNotReceived =
  'CodeDeploy agent was not able to receive the lifecycle event. Check the CodeDeploy agent logs on your host and make sure the agent is running and can connect to the CodeDeploy server.';

export const noInstances =
  'No instance matched the deployment group, so there was nothing to deploy to. Check that the tags in the group name the instances you mean, and that those instances are registered; then deploy again.';

export function whyStopped(supersededBy: string | null): string {
  return supersededBy === null
    ? 'The deployment was stopped on request before every target had ended by itself.'
    : `The deployment was superseded by ${supersededBy}, which deploys to the same group, before every target had ended by itself.`;
}

export function rejected({ decidedBy, comment }: ApprovalState): string {
  return `The deployment was rejected by ${decidedBy ?? 'somebody'}${comment === null ? '' : `: ${comment}`}. No instance was touched.`;
}

export function approvalExpired({ since, expiresAt }: ApprovalState): string {
  return `Nobody approved the deployment within ${duration(expiresAt - since)}. No instance was touched; deploy again and have it approved in time.`;
}

/** CodeDeploy's words, CloudWatch included whatever the source: pipelines search for them. */
export function alarmsActive(names: readonly string[]): string {
  return `One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: ${inBrackets(names)}`;
}

export function alarmsUnreadable(alarms: readonly AlarmStateOf[]): string {
  const details = alarms.map(({ name, state, detail }) => `${name}: ${state === 'ERROR' && detail !== '' ? detail : 'it has not been seen for too long.'}`).join(' ');
  return `The deployment was stopped because it cannot be told how one or more of its alarms stand: ${inBrackets(alarms.map(({ name }) => name))}. ${details} Set ignorePollAlarmFailure to deploy nevertheless.`;
}

export function dryRunAlarmActive(name: string, detail: string): string {
  return `Alarm ${name} became active${detail === '' ? '' : ` (${detail.replace(/\.$/, '')})`}. It is on a dry run; otherwise it would have stopped this deployment.`;
}

function inBrackets(names: readonly string[]): string {
  return names.map((name) => `<${name}>`).join(' ');
}

export const nothingAttempted = 'No target was started, so no instance was changed and there is nothing to roll back.';

export const nothingToGoBackTo =
  'No rollback: this deployment group has no earlier successful deployment to go back to. Deploy a revision that is known to work.';

export function unmeetableMinimum(minimum: number, fleetSize: number): string {
  return `The deployment configuration wants at least ${minimum} healthy ${plural(minimum, 'instance')} throughout, and the deployment has ${fleetSize}, so not one may be taken. Choose a configuration with a lower minimum, or add instances.`;
}

/** What there is to add to CodeDeploy's words. */
export function whyHalted(halt: Halt): readonly string[] {
  switch (halt.kind) {
    case 'minimum':
      return halt.zone === null ? [] : [`Zone ${halt.zone} has no more healthy instances than must stay so there.`];
    case 'failures': {
      const allowed = halt.mayFail === 0 ? 'every target had to succeed' : `at most ${halt.mayFail} ${plural(halt.mayFail, 'target')} could fail`;
      return [`${halt.step === null ? 'In this deployment' : `In the step of ${halt.step}`} ${allowed}, and ${halt.failed} failed.`];
    }
  }
}

export function unmeetableZone({ name, minimumHealthyHosts }: Stage, size: number): string {
  return `The deployment configuration wants at least ${minimumHealthyHosts ?? 0} healthy ${plural(minimumHealthyHosts ?? 0, 'instance')} in each zone throughout, and zone ${name} has ${size}, so not one may be taken there. Choose a configuration with a lower minimumHealthyHostsPerZone, or add instances.`;
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
export function gaveUpOn(event: EventState, { cause, isForSilence }: EventDeadline, agent: AgentState, { now, limits }: Snapshot): string {
  switch (cause) {
    case 'AgentNotHeard':
      if (event.startedAt === null) return commandNotReceived;
      if (isForSilence) return `${event.name} was accepted, but the agent ${silence(agent, now)}, and the group allows ${duration(limits.silenceMs ?? 0)} of silence. It may still be running there: check the host, and how far the event got.`;
      return `${event.name} was accepted, but its end was not heard within ${duration(limits.eventMs)}: the agent ${silence(agent, now)}. Check on the host whether the agent is running and can reach the server, and how far the event got.`;
    case 'EventTimeout':
      return `${event.name} did not end within ${duration(limits.eventMs)} of being accepted. The agent was told to end it; its log on the host says how far it got.`;
    case 'DeploymentTimeout':
      return `${event.name} had not ended when the deployment's ${duration(limits.deploymentMs)} were over.`;
  }
}

export function tooFewServing(targets: readonly TargetState[]): string {
  return `${tooFewHealthy} Too few are in service for another to be taken. ${targets.slice(0, 5).map((target) => `${target.targetId} ${whyMissing(target)} (${statesOf(target.routes ?? [])}).`).join(' ')}`;
}

function whyMissing({ status, routes = [] }: TargetState): string {
  if (status === 'Succeeded') return 'had succeeded, but is not in service any more';
  return routes.some((route) => route.wanted === 'Blocked') ? 'is kept out of rotation since an earlier deployment, and its turn comes later: deploy once without zones or steps' : 'is not in service';
}

export function notProvided({ fleetProvider, wanted, here, missing, answer, waitMs, askedAt }: ProvisioningState, now: number): string {
  const came = here === 0 ? 'none came' : `${here} came`;
  const who = missing.length === 0 ? '' : ` Named and not here: ${listed(missing)}.`;
  return `${wanted} instance${wanted === 1 ? ' was' : 's were'} asked of the fleet provider ${fleetProvider}, and within ${duration(Math.max(waitMs, now - (askedAt ?? now)))} ${came}.${who}${answer === null ? '' : ` ${answer}`} No original instance was touched; those that came are let go.`;
}

export function provisionRefused(fleetProvider: string, refusal: string): string {
  return `The fleet provider ${fleetProvider} will not make the instances: ${refusal} No original instance was touched.`;
}

export function notContinued(waitMs: number): string {
  return `Nobody continued the deployment within ${duration(waitMs)} of the replacement instances being ready. Traffic has not moved; the original instances serve as before.`;
}

export function fleetNotOut(targetIds: readonly string[], label: 'Blue' | 'Green'): string {
  return `${tooFewHealthy} Not every ${label === 'Blue' ? 'original' : 'replacement'} instance could be taken out of rotation: ${listed(targetIds)}.`;
}

export function greenServes(targetIds: readonly string[], required: number): string {
  return `${tooFewHealthy} ${listed(targetIds)} serve${targetIds.length === 1 ? 's' : ''} already, and fewer than ${required} of the group's own instances do: installing there would take the service down. Name other instances in targetInstances, or make these the group (update its tags) and deploy to it.`;
}

function listed(targetIds: readonly string[]): string {
  return `${targetIds.slice(0, 5).join(', ')}${targetIds.length > 5 ? ` and ${targetIds.length - 5} more` : ''}`;
}

export const trafficNotMoved = 'Traffic had not moved yet: the original instances serve as before, and there is nothing to take back.';

export const trafficReturned = 'The traffic has returned to the original instances already, and the replacement instances are taken out of rotation: there is nothing to take back.';

export function noShares({ router }: RouteState): string {
  return `The deployment config moves traffic by shares, which the load balancer ${router} cannot give to its members. No instance was touched. Choose another config, or a traffic router with weights; see: fairlead traffic-router show ${router}`;
}

export function sharesRefused({ router, trouble }: RouteState): string {
  return `The load balancer ${router} refuses the share of the traffic that the replacement instances were to get: ${trouble?.message ?? 'it did not say why.'}`;
}

export function sharesUnseen(unseen: readonly { readonly targetId: string; readonly route: RouteState }[]): string {
  return `The share of the traffic that the replacement instances were to get was asked for, and not seen in time: ${weightsOf(unseen)}.`;
}

export function notSeenToReturn(unseen: readonly { readonly targetId: string; readonly route: RouteState }[]): string {
  return `All of the traffic was asked to return to the fleet that had it, which was not seen in time: ${weightsOf(unseen)}. It goes on being asked for.`;
}

function weightsOf(unseen: readonly { readonly targetId: string; readonly route: RouteState }[]): string {
  const said = unseen.slice(0, 5).map(({ targetId, route: { router, trouble, weight } }) => `${router}: ${trouble?.message ?? `${targetId} weighs ${weight?.seen ?? 'nobody knows what'} there`}`);
  return `${said.join('; ').replace(/\.$/, '')}${unseen.length > 5 ? ` and ${unseen.length - 5} more` : ''}`;
}

export function routersInvalid({ router, trouble }: RouteState): string {
  return `The load balancer ${router} cannot be used: ${trouble?.message ?? 'it did not say why.'} No instance was touched.`;
}

export function routersUnseen(routes: readonly RouteState[]): string {
  const troubles = [...new Set(routes.map(({ router, trouble }) => `${router}: ${trouble?.message ?? 'it said nothing of an instance.'}`))];
  return `It could not be seen how the instances stand at their load balancers. ${troubles.slice(0, 5).join(' ')} No instance was touched.`;
}

export function drainTimedOut(routes: readonly RouteState[], { drainMs, forceMs }: TrafficRules, isForced: boolean): string {
  const how = isForced ? `after they had been cut off, within ${duration(forceMs)} more` : `within ${duration(drainMs)}`;
  return `Requests were still under way ${how} of taking the target out of rotation: ${statesOf(routes)}. Its application was not touched. Raise drainSeconds, or set onDrainTimeout to FORCE to cut off what takes longer.`;
}

export function serveTimedOut(routes: readonly RouteState[], { serveMs, minHealthyMs }: TrafficRules): string {
  const forLong = minHealthyMs === 0 ? '' : ` for ${duration(minHealthyMs)} without a break`;
  return `Traffic was allowed again, but the target was not found healthy${forLong} within ${duration(serveMs)}: ${statesOf(routes)}. It is kept out of rotation until a later deployment lets it in. See what the router's health check asks, and what the application answers.`;
}

export function routerRefused(event: string, { router, trouble }: RouteState): string {
  return `${event} was refused by the router ${router}: ${trouble?.message ?? 'it did not say why.'}`;
}

export function unknownThere(targetId: string, { router }: RouteState): string {
  return `The router ${router} knows no member that is ${targetId}, so it could not be let into rotation again. Its application was not touched. Add it to the balancer's settings, or correct how the router finds its members; see: fairlead traffic-router observe ${router}`;
}

export function notDrainedAnyMore(event: string, routes: readonly RouteState[]): string {
  return `${event} was not run: it could not be seen any more that no request reaches the target: ${statesOf(routes)}. A router that was restarted or reloaded may have forgotten that it was taken out.`;
}

export function notWaitedFor(event: string): string {
  return `${event} was not waited for: the deployment was stopped.`;
}

function statesOf(routes: readonly RouteState[]): string {
  return routes.map(({ router, state, inFlight, trouble }) => `${router}: ${trouble?.message ?? `${state ?? 'not yet seen'}${inFlight === null ? '' : `, ${inFlight} under way`}`}`).join('; ');
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
