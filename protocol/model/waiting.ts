// Why nothing more can be done now. The planner returns these; ExplainDeployment, the CLI, the log and the dashboard
// show the same values, and `waitingSentence` puts them in words.

import Type, { type Static } from 'typebox';
import { InstantType } from './timestamp.ts';

export const Waiting = Type.Union([
  Type.Object({ reason: Type.Literal('EarlierDeployment'), deploymentId: Type.String() }),
  Type.Object({ reason: Type.Literal('ResolvingRevision'), since: InstantType }),
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
  }),
  Type.Object({ reason: Type.Literal('AgentSilent'), targetId: Type.String(), since: Type.Optional(InstantType), deadline: InstantType }),
  Type.Object({
    reason: Type.Literal('OnceElsewhere'),
    targetId: Type.String(),
    event: Type.String(),
    onTargetId: Type.String({ description: 'The target that runs the scripts of the event that run once in a deployment.' }),
  }),
  Type.Object({ reason: Type.Literal('StopRequested'), targetIds: Type.Array(Type.String()) }),
]);
export type Waiting = Static<typeof Waiting>;

/** One sentence for a person. `now` in epoch milliseconds. */
export function waitingSentence(waiting: Waiting, now: number): string {
  switch (waiting.reason) {
    case 'EarlierDeployment':
      return `Waiting for deployment ${waiting.deploymentId} of the same group to end.`;
    case 'ResolvingRevision':
      return `The controller has been fetching the revision's bundle for ${seconds(now - waiting.since)}; no instance is touched before it is here and its digest is known.`;
    case 'MinimumHealthyHosts':
      return `${waiting.pending} target${waiting.pending === 1 ? '' : 's'} waiting: ${waiting.healthy} healthy, ${waiting.required} must stay so, ${waiting.inFlight} in flight.`;
    case 'LifecycleEvent':
      if (waiting.isAccepted === false) {
        return `${waiting.targetId} was told ${seconds(now - waiting.since)} ago to run ${waiting.event} and has not taken the command yet; it fails in ${seconds(waiting.deadline - now)} if nothing is heard.`;
      }
      return `${waiting.targetId} has been running ${waiting.event} for ${seconds(now - waiting.since)}; it fails in ${seconds(waiting.deadline - now)} if nothing is heard.`;
    case 'AgentSilent':
      return waiting.since === undefined
        ? `The agent of ${waiting.targetId} has never connected; the target fails in ${seconds(waiting.deadline - now)}.`
        : `The agent of ${waiting.targetId} has been silent for ${seconds(now - waiting.since)}; the target fails in ${seconds(waiting.deadline - now)}.`;
    case 'OnceElsewhere':
      return `${waiting.targetId} waits with ${waiting.event} until ${waiting.onTargetId} has run the scripts of it that run once in a deployment.`;
    case 'StopRequested':
      return `Stopping: no new lifecycle event starts; still running on ${waiting.targetIds.join(', ')}.`;
  }
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}
