// Who is to be told of what a plan for a promotion does: after each action that a trigger of the path asks about, a notice of
// it. The only place where these actions and triggers meet.

import type { PromotionTriggerEventType } from '../../../protocol/model/trigger.ts';
import type { PromotionAction, PromotionActions } from './actions.ts';
import type { PromotionSnapshot } from './snapshot.ts';

/** The same actions, each followed by the notices of it. */
export function withNotices({ triggers = [] }: Pick<PromotionSnapshot, 'triggers'>, actions: readonly PromotionAction[]): readonly PromotionAction[] {
  if (triggers.length === 0) return actions;
  // Word of going back is given once, however many groups go.
  const firstBack = actions.find(({ kind }) => kind === 'RollBackGroup');
  return actions.flatMap((action) => {
    const event = action.kind === 'RollBackGroup' && action !== firstBack ? null : occasionOf(action);
    const told = triggers.filter((trigger) => event !== null && trigger.events.includes(event));
    return [action, ...told.map(({ name }): PromotionAction => ({ kind: 'Notify', trigger: name, event: event! }))];
  });
}

function occasionOf(action: PromotionAction): PromotionTriggerEventType | null {
  switch (action.kind) {
    case 'StartPromotion':
      return 'PromotionStart';
    case 'AskApproval':
      return 'PromotionReady';
    case 'OpenWave':
      return 'WaveSuccess';
    case 'RollBackGroup':
      return 'PromotionRollback';
    case 'FinishPromotion':
      return ends[action.status];
    default:
      return null;
  }
}

const ends = { Succeeded: 'PromotionSuccess', Failed: 'PromotionFailure', Stopped: 'PromotionStop' } as const satisfies Record<PromotionActions['FinishPromotion']['status'], PromotionTriggerEventType>;
