// The HAProxy beside this agent: its admin socket need not be open to anybody else. What may be said to it is the closed
// vocabulary of protocol/session/haproxy.ts, of the backends that the host's owner has named.

import { longestAnswer, type BalancerAnswer } from '../../protocol/session/balancer-frames.ts';
import { haproxyLines, type HaproxyAsk } from '../../protocol/session/haproxy.ts';
import type { World } from '../../world/world.ts';
import { refused } from './refused.ts';
import { childrenOf, seeProcess, titleOf } from './processes-of.ts';
import type { HaproxyBalancer } from './read-balancers.ts';

export async function askHaproxy({ name, socket, backends }: HaproxyBalancer, ask: HaproxyAsk, timeoutMs: number, { network, files }: Pick<World, 'network' | 'files'>): Promise<BalancerAnswer> {
  const named = ask.verb === 'look' ? ask.backends : ask.changes.map(({ backend }) => backend);
  const foreign = named.find((backend) => !backends.includes(backend));
  if (foreign !== undefined) return refused(`The owner of this host allows the backends ${backends.join(', ')} of haproxy ${name} to be moved, and ${foreign} is none of them.`, false);
  const said: string[] = [];
  for (const line of haproxyLines(ask)) {
    try {
      said.push(await network.exchange({ path: socket }, `${line}\n`, { timeoutMs, mostBytes: longestAnswer }));
    } catch (error) {
      return refused(`HAProxy ${(error as Error).message}`, true);
    }
  }
  const text = said.join('\n');
  const pid = /^Pid: (\d+)$/m.exec(text)?.[1];
  return { outcome: 'HaproxySaid', text, olderProcesses: pid === undefined ? null : await countOlder(files, Number(pid)) };
}

/**
 * Processes of before a reload: those that the one which answers was told to take over from, and its siblings under one master.
 * Null where it cannot be seen (another pid namespace).
 */
async function countOlder(files: World['files'], pid: number): Promise<number | null> {
  const current = await seeProcess(files, pid);
  if (current === null) return null;
  const words = await titleOf(files, pid);
  const master = await seeProcess(files, current.parent);
  const siblings = master?.name === current.name ? (await childrenOf(files, current.parent)).map((one) => one.pid) : [];
  const candidates = new Set([...siblings, ...finishing(words)].filter((one) => one !== pid));
  const alive = await Promise.all([...candidates].map((one) => seeProcess(files, one)));
  return alive.filter((one) => one !== null && !one.isGone && one.name === current.name).length;
}

/** The numbers behind -sf and -st. */
function finishing(words: readonly string[]): readonly number[] {
  const from = words.findIndex((word) => word === '-sf' || word === '-st');
  if (from < 0) return [];
  const rest = words.slice(from + 1);
  const end = rest.findIndex((word) => !/^\d+$/.test(word));
  return (end < 0 ? rest : rest.slice(0, end)).map(Number);
}
