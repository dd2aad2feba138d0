// One picture of a deployment, whole, as the watch stream carries it: the reader needs no history.

import Type, { type Static } from 'typebox';
import { DeploymentInfo } from '../protocol/model/deployment.ts';
import { DeploymentTarget } from '../protocol/model/target.ts';
import { Waiting } from '../protocol/model/waiting.ts';

export const DeploymentChange = Type.Object({
  deployment: DeploymentInfo,
  targets: Type.Array(DeploymentTarget),
  waitingOn: Type.Array(Waiting),
  /** `waitingOn` in words, as of when the server said them. */
  sentences: Type.Array(Type.String()),
});
export type DeploymentChange = Static<typeof DeploymentChange>;

export type EndStatus = 'Succeeded' | 'Failed' | 'Stopped';

/** How it ended, or null while it has not. */
export function endOf(deployment: DeploymentInfo): EndStatus | null {
  const status = deployment.status;
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped' ? status : null;
}
