import type { BalancerAnswer } from '../../protocol/session/balancer-frames.ts';

type Refused = Extract<BalancerAnswer, { outcome: 'Refused' }>;

/** A no, in a sentence for the operator. */
export function refused(sentence: string, isPassing: boolean, reason?: Refused['reason']): Refused {
  return { outcome: 'Refused', sentence: sentence.replaceAll(/[\p{Cc}]+/gu, ' ').slice(0, 2_000), isPassing, ...(reason === undefined ? {} : { reason }) };
}
