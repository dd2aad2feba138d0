// The line to a balancer by the agent beside it.

import type { AskFrame, BalancerAnswer } from '../../protocol/session/balancer-frames.ts';
import { RouterTrouble } from './traffic-router.ts';

export type Ask = Omit<AskFrame, 'kind' | 'id'>;

/** Throws RouterTrouble where there is no such agent, it is not connected, or does not answer; a refusal is an answer. */
export type AskInstance = (instanceName: string, ask: Ask, signal: AbortSignal) => Promise<BalancerAnswer>;

/** `agent:INSTANCE/BALANCER`, or `agent:INSTANCE` where the balancer's name is its kind's; null for anything else. */
export function readAgentAddress(text: string, kind: string): { readonly instanceName: string; readonly balancer: string } | null {
  const match = /^agent:([A-Za-z0-9._+=,@-]{1,100})(?:\/([A-Za-z0-9._-]{1,64}))?$/.exec(text);
  return match === null ? null : { instanceName: match[1]!, balancer: match[2] ?? kind };
}

export function refusal(answer: Extract<BalancerAnswer, { outcome: 'Refused' }>, who: string): RouterTrouble {
  return new RouterTrouble(`${who}: ${answer.sentence}`, answer.isPassing);
}
