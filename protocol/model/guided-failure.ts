// A failed target about which somebody is asked, instead of failing at once: the group's setting, the question as it
// stands, and the words that answer it. Ours, not CodeDeploy's.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

/** Absent, or an empty one: off. Rollbacks and follow-on deployments never ask. */
export const GuidedFailureSettings = Type.Object({
  enabled: Type.Optional(Type.Boolean({ description: 'Whether a target that fails waits for a decision; off when not given.' })),
  decideWithinMinutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 480, description: 'How long it waits before it fails; an hour when not given. The time that a deployment may take goes on meanwhile.' })),
});
export type GuidedFailureSettings = Static<typeof GuidedFailureSettings>;

/**
 * RETRY: the failed event is run once more, as a new attempt. SKIP: the target is left out, which is no failure of the
 * deployment, though the instance does not count as healthy. FAIL: it fails, as without guided failure.
 */
export const FailureDecision = word(['RETRY', 'SKIP', 'FAIL']);
export type FailureDecision = Static<typeof FailureDecision>;

/** The question. Of the event that failed. */
export const HeldFailure = Type.Object({
  since: InstantType,
  decideBy: InstantType,
  decision: Type.Optional(FailureDecision),
  decidedAt: Type.Optional(InstantType),
  decidedBy: Type.Optional(Type.String({ description: 'Id of the access key.' })),
  comment: Type.Optional(Type.String()),
});
export type HeldFailure = Static<typeof HeldFailure>;

/** An attempt at an event that failed and was followed by another. */
export const EarlierAttempt = Type.Object({
  startTime: Type.Optional(InstantType),
  endTime: Type.Optional(InstantType),
  message: Type.String(),
  decidedBy: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
});
export type EarlierAttempt = Static<typeof EarlierAttempt>;
