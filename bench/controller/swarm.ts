// The light agents, seen from the benchmark: some processes, each with its share of them.

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export type ToSwarm =
  | { readonly kind: 'join'; readonly url: string; readonly privateKey: string; readonly instanceIds: readonly string[] }
  | { readonly kind: 'eventMs'; readonly ms: number }
  | { readonly kind: 'look' }
  | { readonly kind: 'leave' }
  /** `count` bare TCP connections to that port; null: close them. */
  | { readonly kind: 'bare'; readonly port: number | null; readonly count: number };

export type FromSwarm =
  /** The first of its agents was told to run an event of the deployment. */
  | { readonly kind: 'told'; readonly deploymentId: string; readonly at: number }
  /** On all of its agents the deployment has ended. */
  | { readonly kind: 'finished'; readonly deploymentId: string; readonly at: number }
  | { readonly kind: 'seen'; readonly connected: number; readonly bytes: number }
  | { readonly kind: 'bare' };

/** Milliseconds of the clock that all processes share. */
export const sharedNow = (): number => Number(process.hrtime.bigint()) / 1e6;

const processes = 2;

export class Swarm {
  readonly #children: ChildProcess[] = [];
  readonly #heard: FromSwarm[] = [];
  #wake: (() => void) | null = null;
  #agents = 0;

  constructor() {
    for (let i = 0; i < processes; i += 1) {
      const child = fork(join(import.meta.dirname, 'swarm-process.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.on('message', (message: FromSwarm) => {
        this.#heard.push(message);
        this.#wake?.();
      });
      this.#children.push(child);
    }
  }

  get size(): number {
    return this.#agents;
  }

  /** Resolves when all of them are connected; with the milliseconds it took. */
  async join(url: string, privateKey: string, instanceIds: readonly string[]): Promise<number> {
    const before = performance.now();
    this.#agents = instanceIds.length;
    for (const [index, child] of this.#children.entries()) child.send({ kind: 'join', url, privateKey, instanceIds: instanceIds.filter((_, i) => i % processes === index) } satisfies ToSwarm);
    await this.connected();
    return performance.now() - before;
  }

  /** Resolves when all of them are (again) connected. */
  async connected(): Promise<void> {
    while ((await this.look()).connected < this.#agents) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  eventMs(ms: number): void {
    for (const child of this.#children) child.send({ kind: 'eventMs', ms } satisfies ToSwarm);
  }

  async look(): Promise<{ readonly connected: number; readonly bytes: number }> {
    for (const child of this.#children) child.send({ kind: 'look' } satisfies ToSwarm);
    const seen = await this.#hear('seen', () => true, processes);
    return { connected: seen.reduce((sum, one) => sum + one.connected, 0), bytes: seen.reduce((sum, one) => sum + one.bytes, 0) };
  }

  /** When the first agent was told to run something of the deployment. */
  async told(deploymentId: string): Promise<number> {
    return (await this.#hear('told', (one) => one.deploymentId === deploymentId, 1))[0]!.at;
  }

  /** When the deployment had ended on every agent. */
  async finished(deploymentId: string): Promise<number> {
    const all = await this.#hear('finished', (one) => one.deploymentId === deploymentId, Math.min(processes, this.#agents));
    return Math.max(...all.map(({ at }) => at));
  }

  async bare(port: number, count: number): Promise<void> {
    for (const child of this.#children) child.send({ kind: 'bare', port, count: count / processes } satisfies ToSwarm);
    await this.#hear('bare', () => true, processes);
  }

  async leave(): Promise<void> {
    this.#agents = 0;
    for (const child of this.#children) {
      child.send({ kind: 'leave' } satisfies ToSwarm);
      child.send({ kind: 'bare', port: null, count: 0 } satisfies ToSwarm);
    }
    while ((await this.look()).connected > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#heard.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }

  /** Waits for `count` messages like that and takes them out. */
  async #hear<Kind extends FromSwarm['kind']>(kind: Kind, isIt: (message: Extract<FromSwarm, { kind: Kind }>) => boolean, count: number): Promise<readonly Extract<FromSwarm, { kind: Kind }>[]> {
    for (;;) {
      const found = this.#heard.filter((message): message is Extract<FromSwarm, { kind: Kind }> => message.kind === kind && isIt(message as Extract<FromSwarm, { kind: Kind }>)).slice(0, count);
      if (found.length === count) {
        for (const message of found) this.#heard.splice(this.#heard.indexOf(message), 1);
        return found;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
