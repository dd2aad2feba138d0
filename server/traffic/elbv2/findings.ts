// What AWS shows of a target group and a rule, held against the rules of the linter.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import { lintElbv2 } from '../lint/elbv2-rules.ts';
import type { RuleAction, TargetGroup } from './sdk.ts';

export function elbv2Findings({ TargetGroupName, TargetGroupArn, Protocol, HealthCheckPath }: TargetGroup, attributes: readonly { readonly Key?: string; readonly Value?: string }[], members: number, actions: readonly RuleAction[] | null): readonly Finding[] {
  return lintElbv2({
    where: `Target group ${TargetGroupName ?? TargetGroupArn ?? ''}`,
    protocol: Protocol,
    checkPath: HealthCheckPath,
    attributes: new Map(attributes.map(({ Key = '', Value = '' }) => [Key, Value])),
    members,
    isRuleSticky: actions === null ? null : actions.some(({ ForwardConfig }) => ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true),
  });
}
