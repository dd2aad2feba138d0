// One HAProxy, asked over its admin socket: from here, or by the agent beside it.

import type { Network, SocketAddress } from '../../../world/network.ts';
import { haproxyLines, type HaproxyAsk } from '../../../protocol/session/haproxy.ts';
import { refusal, type AskInstance } from '../ask-instance.ts';
import { RouterTrouble } from '../traffic-router.ts';

export interface HaproxyAnswer {
  readonly text: string;
  /** Processes of before a reload that still finish their requests; null where nobody can tell. */
  readonly olderProcesses: number | null;
}

export interface HaproxyNode {
  /** For sentences. */
  readonly name: string;
  /** Throws RouterTrouble. */
  ask(ask: HaproxyAsk, signal: AbortSignal): Promise<HaproxyAnswer>;
}

const timeoutMs = 10_000;
const mostBytes = 8 * 1024 * 1024;

export function socketNode(name: string, address: SocketAddress, network: Network): HaproxyNode {
  return {
    name,
    async ask(ask, signal) {
      const answers: string[] = [];
      for (const line of haproxyLines(ask)) {
        answers.push(
          await network.exchange(address, `${line}\n`, { timeoutMs, mostBytes, signal }).catch((error: unknown) => {
            throw new RouterTrouble(`HAProxy ${error instanceof Error ? error.message : String(error)}`);
          }),
        );
      }
      return { text: answers.join('\n'), olderProcesses: null };
    },
  };
}

export function agentNode(instanceName: string, balancer: string, askInstance: AskInstance): HaproxyNode {
  return {
    name: instanceName,
    async ask(ask, signal) {
      const answer = await askInstance(instanceName, { balancer: { kind: 'haproxy', name: balancer }, timeoutMs, haproxy: ask }, signal);
      if (answer.outcome === 'Refused') throw refusal(answer, instanceName);
      if (answer.outcome !== 'HaproxySaid') throw new RouterTrouble(`The agent of ${instanceName} did not answer as was asked: upgrade it.`, false);
      return answer;
    },
  };
}

/** `unix:/run/haproxy/admin.sock` or `tcp:HOST:PORT`; null for anything else. */
export function readAddress(text: string): SocketAddress | null {
  const unix = /^unix:(\/.+)$/.exec(text);
  if (unix !== null) return { path: unix[1]! };
  const tcp = /^tcp:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(tcp?.[3]);
  return tcp === null || port < 1 || port > 65_535 ? null : { host: tcp[1] ?? tcp[2]!, port };
}
