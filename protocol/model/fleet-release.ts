// Instances that a fleet provider takes away: how far each is, and why it is not yet.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const ReleaseHold = Type.Union([
  Type.Object({ reason: Type.Literal('DeploymentUnderWay'), deploymentId: Type.String() }),
  Type.Object({ reason: Type.Literal('InGroup'), groupName: Type.String() }),
  Type.Object({ reason: Type.Literal('Serves'), routers: Type.Array(Type.String()) }),
  Type.Object({ reason: Type.Literal('NotSeenOut'), routers: Type.Array(Type.String()) }),
  Type.Object({ reason: Type.Literal('NotMadeForIt') }),
  Type.Object({ reason: Type.Literal('WithOthers'), count: Type.Integer() }),
]);
export type ReleaseHold = Static<typeof ReleaseHold>;

export const ReleaseState = word(['Waiting', 'Asked', 'Released', 'Unanswered']);
export type ReleaseState = Static<typeof ReleaseState>;

/** What a fleet provider has to do with a deployment. */
export const ProvidedFleet = Type.Object({
  fleetProvider: Type.String(),
  provision: Type.Optional(
    Type.Object({
      instanceCount: Type.Integer({ description: 'How many were asked for.' }),
      askedAt: InstantType,
      until: InstantType,
      providedAt: Type.Optional(InstantType),
      answer: Type.Optional(Type.String({ description: 'What is last known from the provider.' })),
    }),
  ),
  releases: Type.Array(
    Type.Object({
      instanceName: Type.String(),
      state: ReleaseState,
      answer: Type.Optional(Type.String()),
    }),
    { description: 'Instances that the provider is to take away, and how far that is. Waiting: it is not asked yet, see ExplainDeployment. Unanswered: it was asked and never said yes; somebody has to see to it.' },
  ),
});
export type ProvidedFleet = Static<typeof ProvidedFleet>;

export function releaseHoldSentence(name: string, hold: ReleaseHold): string {
  switch (hold.reason) {
    case 'DeploymentUnderWay':
      return `${name} is let go after deployment ${hold.deploymentId}, of which it is a target.`;
    case 'InGroup':
      return `${name} is not let go: it is in deployment group ${hold.groupName}, by name or by tags. Take it out there, or keep it.`;
    case 'Serves':
      return `${name} is not let go: ${hold.routers.length === 0 ? 'it was let into rotation' : `it is in rotation at ${hold.routers.join(', ')}`}. Deploy once more, or take it out by hand.`;
    case 'NotSeenOut':
      return `${name} is let go once it is seen out of rotation${hold.routers.length === 0 ? '; no router of its group knows it any more: end it by hand' : ` at ${hold.routers.join(', ')}`}.`;
    case 'NotMadeForIt':
      return `${name} was named by the fleet provider, but was there before it was asked and does not bear the deployment's tag: it is not let go.`;
    case 'WithOthers':
      return `${name} is let go together with ${hold.count} other${hold.count === 1 ? '' : 's'}, which ${hold.count === 1 ? 'is' : 'are'} not yet seen out of rotation.`;
  }
}
