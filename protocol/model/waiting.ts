// Why nothing more can be done now. The planner returns these; ExplainDeployment, the CLI, the log and the dashboard
// show the same values, and `waitingSentence` puts them in words.

import Type, { type Static } from 'typebox';
import { blueGreenSentence, OtherFleetFirst, ProvisioningWait, ReadyWait, ShareBaking, ShareUnseen, TerminationWait, TrafficReturning } from './blue-green-waiting.ts';
import { HostHold, hostHoldWords } from './host-hold.ts';
import { InstantType, toIso } from './timestamp.ts';
import { AwaitingServing, Draining, RotationUnsure, RoutersUnseen, TooFewServing, trafficSentence } from './traffic-waiting.ts';

export const Waiting = Type.Union([
  Type.Object({ reason: Type.Literal('EarlierDeployment'), deploymentId: Type.String() }),
  Type.Object({ reason: Type.Literal('ResolvingRevision'), since: InstantType }),
  Type.Object({ reason: Type.Literal('Scheduled'), at: InstantType }),
  Type.Object({ reason: Type.Literal('Approval'), since: InstantType, expiresAt: InstantType }),
  Type.Object({ reason: Type.Literal('WindowClosed'), opensAt: Type.Optional(InstantType) }),
  Type.Object({ reason: Type.Literal('Frozen'), freezeName: Type.String(), because: Type.String(), until: Type.Optional(InstantType) }),
  Type.Object({
    reason: Type.Literal('MinimumHealthyHosts'),
    healthy: Type.Integer({ description: 'Targets counted healthy now, those in flight included.' }),
    required: Type.Integer(),
    inFlight: Type.Integer(),
    pending: Type.Integer(),
  }),
  Type.Object({
    reason: Type.Literal('LifecycleEvent'),
    targetId: Type.String(),
    event: Type.String(),
    since: InstantType,
    deadline: InstantType,
    isAccepted: Type.Optional(Type.Boolean({ description: 'False while the agent has not yet taken the command; since is then when it was commanded.' })),
    heldBy: Type.Optional(HostHold),
  }),
  Type.Object({ reason: Type.Literal('AgentSilent'), targetId: Type.String(), since: Type.Optional(InstantType), deadline: InstantType }),
  Type.Object({
    reason: Type.Literal('OnceElsewhere'),
    targetId: Type.String(),
    event: Type.String(),
    onTargetId: Type.String({ description: 'The target that runs the scripts of the event that run once in a deployment.' }),
  }),
  Type.Object({
    reason: Type.Literal('FailureDecision'),
    targetId: Type.String(),
    event: Type.String({ description: 'The lifecycle event that failed there.' }),
    attempt: Type.Integer({ description: 'Which attempt at the event it was, from 1.' }),
    since: InstantType,
    deadline: InstantType,
  }),
  Type.Object({ reason: Type.Literal('StopRequested'), targetIds: Type.Array(Type.String()) }),
  Type.Object({
    reason: Type.Literal('MinimumHealthyHostsInZone'),
    zone: Type.String(),
    healthy: Type.Integer(),
    required: Type.Integer(),
    inFlight: Type.Integer(),
    pending: Type.Integer({ description: 'Of this zone.' }),
  }),
  Type.Object({ reason: Type.Literal('ZoneUnderWay'), zone: Type.String(), pending: Type.Integer({ description: 'Targets in zones whose turn is later.' }) }),
  Type.Object({ reason: Type.Literal('ZoneBaking'), zone: Type.String(), since: InstantType, until: InstantType, pending: Type.Integer() }),
  Type.Object({
    reason: Type.Literal('StepUnderWay'),
    step: Type.String({ description: 'How wide it is, as the deployment config says.' }),
    position: Type.Integer({ description: 'From 1.' }),
    of: Type.Integer(),
    pending: Type.Integer({ description: 'Targets of later steps.' }),
  }),
  Type.Object({ reason: Type.Literal('StepBaking'), step: Type.String(), position: Type.Integer(), of: Type.Integer(), since: InstantType, until: InstantType, pending: Type.Integer() }),
  Type.Object({
    reason: Type.Literal('TooManyFailed'),
    failed: Type.Integer(),
    allowed: Type.Integer(),
    step: Type.Optional(Type.String({ description: 'The step in which so many failed; absent: the deployment as a whole.' })),
    undecided: Type.Optional(Type.Integer({ description: 'Of those that failed, how many wait for a decision that may still change it.' })),
    inFlight: Type.Integer(),
    pending: Type.Integer(),
  }),
  Type.Object({ reason: Type.Literal('AlarmsUnseen'), alarms: Type.Array(Type.String()), deadline: InstantType }),
  Type.Object({ reason: Type.Literal('Alarm'), alarms: Type.Array(Type.String()), targetIds: Type.Array(Type.String()) }),
  Type.Object({ reason: Type.Literal('AlarmBake'), alarms: Type.Array(Type.String()), until: InstantType }),
  Draining,
  AwaitingServing,
  RotationUnsure,
  RoutersUnseen,
  TooFewServing,
  ProvisioningWait,
  ReadyWait,
  TerminationWait,
  OtherFleetFirst,
  ShareUnseen,
  ShareBaking,
  TrafficReturning,
]);
export type Waiting = Static<typeof Waiting>;

/** One sentence for a person. `now` in epoch milliseconds. */
export function waitingSentence(waiting: Waiting, now: number): string {
  switch (waiting.reason) {
    case 'EarlierDeployment':
      return `Waiting for deployment ${waiting.deploymentId} of the same group to end.`;
    case 'ResolvingRevision':
      return `The controller has been fetching the revision's bundle for ${seconds(now - waiting.since)}; no instance is touched before it is here and its digest is known.`;
    case 'Scheduled':
      return `Scheduled: it starts in ${span(waiting.at - now)}, at ${toIso(waiting.at)}.`;
    case 'Approval':
      return `Waiting for approval since ${span(now - waiting.since)}; without one it is stopped in ${span(waiting.expiresAt - now)}, at ${toIso(waiting.expiresAt)}.`;
    case 'WindowClosed':
      return waiting.opensAt === undefined
        ? 'Outside the deployment windows of its group, and none opens in the years to come: change deploymentWindows, or override them with a reason.'
        : `Outside the deployment windows of its group; the next opens in ${span(waiting.opensAt - now)}, at ${toIso(waiting.opensAt)}.`;
    case 'Frozen':
      return `Frozen by ${waiting.freezeName} (${waiting.because}) ${waiting.until === undefined ? 'until that freeze is lifted' : `for ${span(waiting.until - now)}, until ${toIso(waiting.until)}`}.`;
    case 'MinimumHealthyHosts':
      return `${targets(waiting.pending)} waiting: ${waiting.healthy} healthy, ${waiting.required} must stay so, ${waiting.inFlight} in flight.`;
    case 'LifecycleEvent':
      if (waiting.isAccepted === false) {
        return `${waiting.targetId} was told ${seconds(now - waiting.since)} ago to run ${waiting.event} and has not taken the command yet; it fails in ${seconds(waiting.deadline - now)} if nothing is heard.`;
      }
      if (waiting.heldBy !== undefined) return `${waiting.targetId} took ${waiting.event} ${seconds(now - waiting.since)} ago and has not begun it: ${hostHoldWords(waiting.heldBy)}. It fails in ${seconds(waiting.deadline - now)}.`;
      return `${waiting.targetId} has been running ${waiting.event} for ${seconds(now - waiting.since)}; it fails in ${seconds(waiting.deadline - now)} if nothing is heard.`;
    case 'AgentSilent':
      return waiting.since === undefined
        ? `The agent of ${waiting.targetId} has never connected; the target fails in ${seconds(waiting.deadline - now)}.`
        : `The agent of ${waiting.targetId} has been silent for ${seconds(now - waiting.since)}; the target fails in ${seconds(waiting.deadline - now)}.`;
    case 'OnceElsewhere':
      return `${waiting.targetId} waits with ${waiting.event} until ${waiting.onTargetId} has run the scripts of it that run once in a deployment.`;
    case 'FailureDecision':
      return `${waiting.targetId} failed in ${waiting.event}${waiting.attempt === 1 ? '' : ` for the ${ordinal(waiting.attempt)} time`} and has waited ${seconds(now - waiting.since)} for a decision: retry, skip or fail; without one it fails in ${seconds(waiting.deadline - now)}.`;
    case 'MinimumHealthyHostsInZone':
      return `${targets(waiting.pending)} waiting in zone ${waiting.zone}: ${waiting.healthy} healthy there, ${waiting.required} must stay so, ${waiting.inFlight} in flight.`;
    case 'ZoneUnderWay':
      return `${targets(waiting.pending)} waiting for their zone's turn: zone ${waiting.zone} goes first.`;
    case 'ZoneBaking':
      return `Zone ${waiting.zone} has been deployed to and is watched for ${seconds(waiting.until - now)} more; ${targets(waiting.pending)} in other zones waiting.`;
    case 'StepUnderWay':
      return `${targets(waiting.pending)} waiting for later steps: step ${waiting.position} of ${waiting.of} (${waiting.step}) goes first.`;
    case 'StepBaking':
      return `Step ${waiting.position} of ${waiting.of} (${waiting.step}) has been deployed to and is watched for ${seconds(waiting.until - now)} more${waiting.pending === 0 ? '.' : `; ${targets(waiting.pending)} waiting.`}`;
    case 'TooManyFailed': {
      const where = waiting.step === undefined ? '' : ` in the step of ${waiting.step}`;
      const which = waiting.allowed === 0 ? 'none may' : `at most ${waiting.allowed} may`;
      const then =
        waiting.undecided === undefined
          ? `and the deployment fails when the ${waiting.inFlight} in flight have ended`
          : `unless the decision${waiting.undecided === 1 ? '' : 's'} still waited for (${waiting.undecided}) change${waiting.undecided === 1 ? 's' : ''} that`;
      return `${waiting.failed} failed${where} and ${which}: nothing more is started, ${then}; ${targets(waiting.pending)} waiting.`;
    }
    case 'AlarmsUnseen':
      return `Waiting to learn how alarm${waiting.alarms.length === 1 ? '' : 's'} ${waiting.alarms.join(', ')} stand${waiting.alarms.length === 1 ? 's' : ''}; if that is not known in ${seconds(waiting.deadline - now)}, it counts as an error.`;
    case 'Alarm':
      return `Stopping because of alarm${waiting.alarms.length === 1 ? '' : 's'} ${waiting.alarms.join(', ')}: no new lifecycle event starts; still running on ${waiting.targetIds.join(', ')}.`;
    case 'AlarmBake':
      return `Every instance is done; alarm${waiting.alarms.length === 1 ? '' : 's'} ${waiting.alarms.join(', ')} ${waiting.alarms.length === 1 ? 'is' : 'are'} watched for ${seconds(waiting.until - now)} more.`;
    case 'Draining':
    case 'AwaitingServing':
    case 'RotationUnsure':
    case 'RoutersUnseen':
    case 'TooFewServing':
      return trafficSentence(waiting, now);
    case 'ProvisioningWait':
    case 'ReadyWait':
    case 'TerminationWait':
    case 'OtherFleetFirst':
    case 'ShareUnseen':
    case 'ShareBaking':
    case 'TrafficReturning':
      return blueGreenSentence(waiting, now);
    case 'StopRequested':
      return `Stopping: no new lifecycle event starts; still running on ${waiting.targetIds.join(', ')}.`;
  }
}

function targets(count: number): string {
  return `${count} target${count === 1 ? '' : 's'}`;
}

function ordinal(count: number): string {
  const tens = count % 100;
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${suffix}`;
}

/** For spans that may be days. */
export function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return seconds(ms);
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}
