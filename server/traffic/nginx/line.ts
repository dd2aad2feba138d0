// The line to one nginx, by the agent on its host.

import type { BalancerAnswer } from '../../../protocol/session/balancer-frames.ts';
import type { NginxAsk, NginxInspection, NginxLimits, NginxMember, NginxSight } from '../../../protocol/session/nginx.ts';
import { refusal, type AskInstance } from '../ask-instance.ts';
import { RouterTrouble } from '../traffic-router.ts';

export interface NginxLine {
  /** For sentences. */
  readonly name: string;
  /** Throws RouterTrouble, as the others do. */
  look(signal: AbortSignal): Promise<NginxSight>;
  inspect(signal: AbortSignal): Promise<NginxInspection>;
  /** Null where it has to be tried again from a new look: a reload is not over, or the file has changed. */
  apply(basedOn: string, members: readonly NginxMember[], limits: NginxLimits, signal: AbortSignal): Promise<NginxSight | null>;
}

/** nginx -t looks names up, and new workers take their time. */
const timeoutMs = 60_000;

export function nginxLine(instanceName: string, balancer: string, askInstance: AskInstance): NginxLine {
  const ask = (nginx: NginxAsk, signal: AbortSignal): Promise<BalancerAnswer> => askInstance(instanceName, { balancer: { kind: 'nginx', name: balancer }, timeoutMs, nginx }, signal);
  const wrong = (answer: BalancerAnswer): RouterTrouble =>
    answer.outcome === 'Refused' ? refusal(answer, instanceName) : new RouterTrouble(`The agent of ${instanceName} did not answer as was asked: upgrade it.`, false);
  return {
    name: instanceName,
    async look(signal) {
      const answer = await ask({ verb: 'look' }, signal);
      if (answer.outcome !== 'NginxSeen') throw wrong(answer);
      return answer.sight;
    },
    async inspect(signal) {
      const answer = await ask({ verb: 'inspect' }, signal);
      if (answer.outcome !== 'NginxInspected') throw wrong(answer);
      return answer.inspection;
    },
    async apply(basedOn, members, limits, signal) {
      const answer = await ask({ verb: 'apply', basedOn, members: [...members], limits }, signal);
      if (answer.outcome === 'NginxSeen') return answer.sight;
      if (answer.outcome === 'Refused' && answer.reason !== undefined) return null;
      throw wrong(answer);
    },
  };
}
