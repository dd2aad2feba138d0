// A steady-web without an agent: started, and ended at once, by whoever moves the traffic by hand.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { comesTrue } from '../../examples/traffic/comes-true.ts';

const source = path.join(import.meta.dirname, '../../examples/steady-web/app');

export interface ServiceSettings {
  readonly name: string;
  readonly port: number;
  /** Below it: the service's files and its counts. */
  readonly folder: string;
}

export class Service implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly #folder: string;
  #child: ChildProcess | null = null;

  constructor({ name, port, folder }: ServiceSettings) {
    this.name = name;
    this.port = port;
    this.#folder = path.join(folder, name);
  }

  /** Comes back when it listens. */
  async start(version: string, warmMs = 0): Promise<void> {
    const counts = path.join(this.#folder, 'counts');
    await mkdir(counts, { recursive: true });
    await cp(source, this.#folder, { recursive: true });
    await writeFile(path.join(this.#folder, 'version'), `${version}\n`);
    const env = { ...process.env, STEADY_NAME: this.name, STEADY_PORT: String(this.port), STEADY_WARM_MS: String(warmMs), STEADY_COUNTS: counts };
    const child = spawn(process.execPath, [path.join(this.#folder, 'service.mjs')], { stdio: ['ignore', 'ignore', 'inherit'], env });
    this.#child = child;
    await comesTrue(`${this.name} listens`, async () => {
      if (child.exitCode !== null) throw new Error(`${this.name} ended with ${child.exitCode}.`);
      return (await this.#status('/livez')) === 200;
    });
  }

  async isReady(): Promise<void> {
    await comesTrue(`${this.name} is ready`, async () => (await this.#status('/healthz')) === 200);
  }

  async killHard(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killHard();
  }

  async #status(place: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${place}`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) }).catch(() => null);
    await answer?.body?.cancel();
    return answer?.status ?? 0;
  }
}

/** How many pieces of work the service in this folder has begun and has ended, all its processes together. */
export async function workOf(counts: string): Promise<{ readonly begun: number; readonly ended: number }> {
  const sizeOf = async (file: string): Promise<number> => (await stat(path.join(counts, file)).catch(() => ({ size: 0 }))).size;
  return { begun: await sizeOf('begun'), ended: await sizeOf('ended') };
}
