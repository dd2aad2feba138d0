// How an instance stands towards its group's revision, where the group brings late instances up to date by itself.

import Type, { type Static } from 'typebox';
import { InstantType } from './timestamp.ts';

export const Convergence = Type.Union([
  Type.Object({ reason: Type.Literal('Current') }),
  Type.Object({ reason: Type.Literal('Due') }),
  Type.Object({ reason: Type.Literal('ActiveDeployment'), deploymentId: Type.String() }),
  Type.Object({ reason: Type.Literal('AgentSilent') }),
  Type.Object({ reason: Type.Literal('OutOfServiceBudget'), healthy: Type.Integer(), required: Type.Integer() }),
  Type.Object({ reason: Type.Literal('RetryLater'), at: InstantType, attempts: Type.Integer() }),
  Type.Object({ reason: Type.Literal('FailedTooOften'), attempts: Type.Integer(), deploymentId: Type.String({ description: 'The last attempt.' }) }),
  Type.Object({ reason: Type.Literal('LeftByDeployment'), deploymentId: Type.String({ description: 'It is newer than the group’s revision and did not succeed.' }) }),
  Type.Object({ reason: Type.Literal('OutdatedIgnored') }),
]);
export type Convergence = Static<typeof Convergence>;

/** One sentence for a person. `now` in epoch milliseconds. */
export function convergenceSentence(instanceName: string, state: Convergence, now: number): string {
  switch (state.reason) {
    case 'Current':
      return `${instanceName} runs the group's revision.`;
    case 'Due':
      return `${instanceName} is about to be brought to the group's revision.`;
    case 'ActiveDeployment':
      return `${instanceName} waits for deployment ${state.deploymentId} to end; then it is looked at again.`;
    case 'AgentSilent':
      return `${instanceName} does not run the group's revision; it is brought to it when its agent comes back.`;
    case 'OutOfServiceBudget':
      return `${instanceName} runs an older revision and is not taken now: of the group ${state.healthy} are healthy, and ${state.required} must stay so.`;
    case 'RetryLater':
      return `${instanceName} failed ${times(state.attempts)} to take the group's revision; it is tried again in ${Math.max(0, Math.round((state.at - now) / 1000))} s.`;
    case 'FailedTooOften':
      return `${instanceName} failed ${times(state.attempts)} to take the group's revision and is left alone. See what went wrong in ${state.deploymentId}, put it right, and deploy again (updateOutdatedInstancesOnly takes such instances only).`;
    case 'LeftByDeployment':
      return `${instanceName} was changed by deployment ${state.deploymentId}, which did not succeed; it is left as that deployment left it. Deploy again to bring it to a revision.`;
    case 'OutdatedIgnored':
      return `${instanceName} runs an older revision, and the group's outdatedInstancesStrategy is IGNORE.`;
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
