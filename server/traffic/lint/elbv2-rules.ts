// Settings of AWS' target groups and rules that make a cutover slow, or lose requests.

import type { Finding } from '../../../protocol/model/traffic-router.ts';
import { isLivenessPath } from './liveness.ts';

export interface Elbv2Facts {
  /** The target group. */
  readonly where: string;
  readonly protocol?: string | undefined;
  readonly checkPath?: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  /** Members that deployments move. */
  readonly members: number;
  /** Whether the rule keeps clients at their target group; null where there is no rule with weights. */
  readonly isRuleSticky: boolean | null;
}

const tooLongSeconds = 120;
const tooShortSeconds = 5;

export function lintElbv2({ where, protocol, checkPath, attributes, members, isRuleSticky }: Elbv2Facts): readonly Finding[] {
  const found: Finding[] = [];
  const warn = (rule: string, sentence: string): void => void found.push({ severity: 'warning', rule, sentence: `${where}: ${sentence}` });
  const delay = Number(attributes.get('deregistration_delay.timeout_seconds') ?? 300);
  if (delay >= tooLongSeconds) warn('deregistration-delay', `each member drains for the whole deregistration delay of ${delay} s, also with nothing under way. Set deregistration_delay.timeout_seconds to the time of the longest request and a little more.`);
  if (delay < tooShortSeconds) warn('deregistration-delay', `the deregistration delay of ${delay} s cuts off requests that take longer. Set deregistration_delay.timeout_seconds to the time of the longest request and a little more.`);
  const least = Number(attributes.get('target_group_health.unhealthy_state_routing.minimum_healthy_targets.count') ?? 1);
  if (members > 0 && members - 1 < least) warn('fail-open', `with one of ${members} members away fewer than ${least} are healthy, and AWS then sends requests to all of them, unhealthy ones included. Add members, or lower unhealthy_state_routing.minimum_healthy_targets.`);
  const slowStart = Number(attributes.get('slow_start.duration_seconds') ?? 0);
  if (slowStart > 0 && isRuleSticky !== null) warn('slow-start', `a member gets its full share only ${slowStart} s after it was registered: a canary that is judged earlier is judged by less.`);
  if (attributes.get('stickiness.enabled') === 'true' && isRuleSticky === false) warn('rule-stickiness', 'clients stick to their member, but not to their target group: with two versions under weights a client changes between them. Turn on TargetGroupStickinessConfig of the rule.');
  if (checkPath !== undefined && isLivenessPath(checkPath)) warn('readiness-is-liveness', `it checks ${checkPath}, which by its name answers as soon as the process runs. Check a path that answers when the application can serve.`);
  if (protocol === 'TCP' || protocol === 'TLS' || protocol === 'TCP_UDP' || protocol === 'UDP') warn('drain-by-connection', 'it balances connections, not requests: a client that keeps its connection keeps its member until the delay is over.');
  return found;
}
