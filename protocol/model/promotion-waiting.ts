// Why a promotion is not further along. The planner returns these; ExplainPromotion, the watch stream and the CLI show
// the same values. What holds one of its deployments is that deployment's own (./waiting.ts).

import Type, { type Static } from 'typebox';
import { InstantType, toIso } from './timestamp.ts';
import { span } from './waiting.ts';

/** Which wave: its name, its place from 1, and of how many. */
const wave = { wave: Type.String(), position: Type.Integer(), of: Type.Integer() };

export const PromotionWaiting = Type.Union([
  Type.Object({ reason: Type.Literal('EarlierPromotion'), promotionId: Type.String() }),
  Type.Object({ reason: Type.Literal('WaveApproval'), ...wave, since: InstantType, expiresAt: InstantType }),
  Type.Object({ reason: Type.Literal('WaveUnderWay'), ...wave, deploymentIds: Type.Array(Type.String()), pending: Type.Integer({ description: 'Groups of the wave that wait until the first deployment has fetched the revision.' }) }),
  Type.Object({ reason: Type.Literal('WaveBaking'), ...wave, since: InstantType, until: InstantType }),
  Type.Object({ reason: Type.Literal('WaveFailed'), ...wave, failed: Type.Array(Type.String({ description: 'Groups, as APPLICATION/GROUP.' })), deploymentIds: Type.Array(Type.String({ description: 'Still running.' })) }),
  Type.Object({ reason: Type.Literal('StopRequested'), deploymentIds: Type.Array(Type.String()), areStopped: Type.Boolean({ description: 'Whether they were asked to stop too, or are let end by themselves.' }) }),
]);
export type PromotionWaiting = Static<typeof PromotionWaiting>;

/** One sentence for a person. `now` in epoch milliseconds. */
export function promotionWaitingSentence(waiting: PromotionWaiting, now: number): string {
  switch (waiting.reason) {
    case 'EarlierPromotion':
      return `Waiting for promotion ${waiting.promotionId} along the same path to end.`;
    case 'WaveApproval':
      return `${waveWords(waiting)} has waited for approval for ${span(now - waiting.since)}; without one the promotion is stopped in ${span(waiting.expiresAt - now)}, at ${toIso(waiting.expiresAt)}.`;
    case 'WaveUnderWay':
      return `${waveWords(waiting)} is being deployed to: ${waiting.deploymentIds.join(', ')}.${waiting.pending === 0 ? '' : ` ${waiting.pending} more of its groups wait until the revision has been fetched.`}`;
    case 'WaveBaking':
      return `${waveWords(waiting)} has succeeded and bakes for ${span(waiting.until - now)} more, until ${toIso(waiting.until)}.`;
    case 'WaveFailed':
      return `${waveWords(waiting)} has failed (${waiting.failed.join(', ')}): no wave follows, and the promotion ends when ${waiting.deploymentIds.join(', ')} ${waiting.deploymentIds.length === 1 ? 'has' : 'have'} ended.`;
    case 'StopRequested':
      return `Stopping: no wave follows; ${waiting.areStopped ? 'stopping' : 'let end'}: ${waiting.deploymentIds.join(', ')}.`;
  }
}

function waveWords({ wave, position, of }: { readonly wave: string; readonly position: number; readonly of: number }): string {
  return `Wave ${position} of ${of} (${wave})`;
}
