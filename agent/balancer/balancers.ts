// The balancers beside this agent, as their host's owner allows them to be asked. One ask of a balancer at a time, in order of
// arrival; what its asker no longer waits for is not begun.

import { join } from 'node:path';
import type { AnswerFrame, AskFrame, BalancerAnswer, OfferedBalancer } from '../../protocol/session/balancer-frames.ts';
import { maxFrameBytes } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import { askHaproxy } from './haproxy.ts';
import { askNginx } from './nginx.ts';
import type { Balancer } from './read-balancers.ts';
import { refused } from './refused.ts';

export interface Balancers {
  readonly offered: readonly OfferedBalancer[];
  /** Never rejects. */
  answer(frame: AskFrame): Promise<AnswerFrame>;
}

const mostWaiting = 64;

export function openBalancers(balancers: readonly Balancer[], folder: string, world: Pick<World, 'network' | 'files' | 'processes' | 'clock' | 'log'>): Balancers {
  const turns = new Map<Balancer, Promise<unknown>>();
  let waiting = 0;

  async function answer({ balancer: { kind, name }, timeoutMs, haproxy, nginx }: AskFrame): Promise<BalancerAnswer> {
    const balancer = balancers.find((one) => one.kind === kind && one.name === name);
    if (balancer === undefined) return refused(`The owner of this host offers no ${kind} ${name}.`, false);
    if (waiting >= mostWaiting) return refused(`${kind} ${name} is asked too much at once.`, true);
    const deadline = world.clock.monotonic() + timeoutMs;
    const turn = (turns.get(balancer) ?? Promise.resolve()).then(async () => {
      if (world.clock.monotonic() >= deadline) return refused(`${kind} ${name} was busy for longer than the asker waits.`, true);
      if (balancer.kind === 'haproxy' && haproxy !== undefined) return askHaproxy(balancer, haproxy, timeoutMs, world);
      if (balancer.kind === 'nginx' && nginx !== undefined) await world.files.makeFolder(folder);
      if (balancer.kind === 'nginx' && nginx !== undefined) return askNginx(balancer, join(folder, `${name}.json`), nginx, world);
      return refused(`This agent does not know what it is asked of ${kind} ${name}: upgrade it.`, false);
    });
    turns.set(balancer, turn.catch(() => undefined));
    waiting += 1;
    return turn
      .catch((error: unknown) => {
        world.log.error({ balancer: `${kind} ${name}`, reason: String(error instanceof Error ? error.stack : error) }, 'A balancer could not be asked.');
        return refused(`The agent could not ask ${kind} ${name}: ${error instanceof Error ? error.message : String(error)}`, true);
      })
      .finally(() => {
        waiting -= 1;
      });
  }

  return {
    offered: balancers.map(({ kind, name }) => ({ kind, name })),
    async answer(frame) {
      const given: AnswerFrame = { kind: 'answer', id: frame.id, answer: await answer(frame) };
      if (JSON.stringify(given).length < maxFrameBytes) return given;
      return { ...given, answer: refused(`${frame.balancer.kind} ${frame.balancer.name} said more than fits into an answer.`, false) };
    },
  };
}
