// One picture of a deployment, whole, as the watch stream carries it: the reader needs no history.

import Type, { type Static } from 'typebox';
import { DeploymentInfo } from './deployment.ts';
import { DeploymentTarget } from './target.ts';
import { Waiting } from './waiting.ts';

export const DeploymentChange = Type.Object({
  deployment: DeploymentInfo,
  targets: Type.Immutable(Type.Array(DeploymentTarget)),
  waitingOn: Type.Immutable(Type.Array(Waiting)),
  /** `waitingOn` in words, as of when the server said them. */
  sentences: Type.Immutable(Type.Array(Type.String())),
});
export type DeploymentChange = Static<typeof DeploymentChange>;
