// What would happen if a deployment were created now: shown before anything is written.

import Type, { type Static } from 'typebox';
import { ErrorInformation } from './deployment.ts';
import { word } from './shape.ts';

export const PlannedTarget = Type.Object({
  targetId: Type.String(),
  standing: word(['unhealthy', 'unknown', 'old', 'current']),
  instanceLabel: Type.Optional(word(['Blue', 'Green'])),
  isConnected: Type.Boolean({ description: 'Its agent is connected now.' }),
});
export type PlannedTarget = Static<typeof PlannedTarget>;

export const PlannedWave = Type.Object({
  targetIds: Type.Array(Type.String(), { description: 'They start together; where hosts take their own time, the first of the next wave starts when the first of this one has ended.' }),
  zone: Type.Optional(Type.String()),
  step: Type.Optional(Type.String({ description: 'The step of the ramp, as wide as the deployment config says.' })),
  bakeSeconds: Type.Optional(Type.Integer({ description: 'How long nothing is started after it.' })),
});
export type PlannedWave = Static<typeof PlannedWave>;

/** Between the replacement instances coming into rotation and the original ones leaving it. */
export const PlannedTrafficStep = Type.Object({ percentage: Type.Integer(), bakeSeconds: Type.Integer({ description: 'How long it is watched.' }) });
export type PlannedTrafficStep = Static<typeof PlannedTrafficStep>;

export const PlannedOutcome = Type.Object({
  status: word(['Succeeded', 'Failed', 'Stopped']),
  errorInformation: Type.Optional(ErrorInformation),
});
export type PlannedOutcome = Static<typeof PlannedOutcome>;

/** What is in its way, besides what holds it for a time. */
export const PlanConflict = Type.Union([
  Type.Object({ reason: Type.Literal('NeverSucceeds', { description: 'Even if every instance does as it is told.' }), errorInformation: ErrorInformation, sentence: Type.String() }),
  Type.Object({ reason: Type.Literal('ActiveDeployment', { description: 'CreateDeployment refuses because of it, as the group has one deployment at a time.' }), deploymentId: Type.String(), sentence: Type.String() }),
  Type.Object({
    reason: Type.Literal('AgentsAbsent'),
    targetIds: Type.Array(Type.String()),
    outcome: Type.Optional(PlannedOutcome),
    sentence: Type.String(),
  }),
]);
export type PlanConflict = Static<typeof PlanConflict>;

/** What a planned deployment is known by: when it expires, the lots drawn for it, and digests of all it was made from. */
export const PlanIndex = Type.String({ minLength: 1, maxLength: 256, description: 'From PlanDeployment: what it showed is what is done, or the deployment is refused.' });
