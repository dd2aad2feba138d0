// What an agent was asked of the balancer beside it and has not answered yet. Each is given up in its time, and all are when the
// session ends; an answer that comes later finds nobody and is dropped.

import type { AnswerFrame, AskFrame, BalancerAnswer } from '../../protocol/session/balancer-frames.ts';
import type { World } from '../../world/world.ts';
import type { Ask } from '../traffic/ask-instance.ts';
import { RouterTrouble } from '../traffic/traffic-router.ts';

/** At one agent. */
const mostAtOnce = 64;
/** Longer than the agent may take: its own sentence says more. */
const courtesyMs = 2_000;

export class Asks {
  readonly #world: Pick<World, 'clock' | 'random'>;
  readonly #waiting = new Map<string, { readonly answer: (answer: BalancerAnswer) => void; readonly fail: (error: RouterTrouble) => void }>();

  constructor(world: Pick<World, 'clock' | 'random'>) {
    this.#world = world;
  }

  ask(instanceName: string, ask: Ask, send: (frame: AskFrame) => void, signal: AbortSignal): Promise<BalancerAnswer> {
    const { clock, random } = this.#world;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(givenUp(instanceName));
      if (this.#waiting.size >= mostAtOnce) return reject(new RouterTrouble(`The agent of ${instanceName} has ${mostAtOnce} questions to answer already.`));
      const id = Buffer.from(random.bytes(12)).toString('hex');
      const settle = (act: () => void): void => {
        timer.cancel();
        signal.removeEventListener('abort', abort);
        this.#waiting.delete(id);
        act();
      };
      const fail = (error: RouterTrouble): void => settle(() => reject(error));
      const abort = (): void => fail(givenUp(instanceName));
      const timer = clock.after(ask.timeoutMs + courtesyMs, () => fail(new RouterTrouble(`The agent of ${instanceName} did not answer within ${ask.timeoutMs / 1000} s.`)));
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.set(id, { answer: (answer) => settle(() => resolve(answer)), fail });
      send({ kind: 'ask', id, ...ask });
    });
  }

  take({ id, answer }: AnswerFrame): void {
    this.#waiting.get(id)?.answer(answer);
  }

  /** The session has ended. */
  drop(instanceName: string): void {
    for (const { fail } of [...this.#waiting.values()]) fail(new RouterTrouble(`The agent of ${instanceName} left before it had answered.`));
  }
}

function givenUp(instanceName: string): RouterTrouble {
  return new RouterTrouble(`The agent of ${instanceName} was not waited for any longer.`);
}
