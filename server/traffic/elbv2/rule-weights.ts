// The weights of a rule's target groups. ModifyRule replaces all of a rule's actions, so that all of them are sent, with the
// weights alone changed. Pure.

import { RouterTrouble } from '../traffic-router.ts';
import type { RuleAction } from './sdk.ts';

/** By ARN of the target group. */
export function weightsIn(actions: readonly RuleAction[]): ReadonlyMap<string, number> {
  const groups = actions.find(({ Type, ForwardConfig }) => Type === 'forward' && ForwardConfig !== undefined)?.ForwardConfig?.TargetGroups ?? [];
  return new Map(groups.map(({ TargetGroupArn = '', Weight }) => [TargetGroupArn, Weight ?? 1]));
}

/** Null when they are so already. Throws RouterTrouble where the rule does not forward to one of them. */
export function modifiedActions(actions: readonly RuleAction[], wanted: ReadonlyMap<string, number>): readonly RuleAction[] | null {
  const now = weightsIn(actions);
  const missing = [...wanted.keys()].find((arn) => !now.has(arn));
  if (missing !== undefined) throw new RouterTrouble(`The rule does not forward to ${missing}. Let one forward action name all target groups of this traffic router; one without traffic has the weight 0.`, false);
  if ([...wanted].every(([arn, weight]) => now.get(arn) === weight)) return null;
  return actions.map((action) => {
    if (action.Type !== 'forward' || action.ForwardConfig === undefined) return action;
    // Beside a ForwardConfig AWS wants no TargetGroupArn, unless both say the same.
    const { TargetGroupArn: _, ...rest } = action;
    const groups = (action.ForwardConfig.TargetGroups ?? []).map((group) => ({ ...group, Weight: wanted.get(group.TargetGroupArn ?? '') ?? group.Weight ?? 1 }));
    return { ...rest, ForwardConfig: { ...action.ForwardConfig, TargetGroups: groups } };
  });
}
