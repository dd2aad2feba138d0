// What a control needs: a folder, services, a balancer before them and load on it; all of it ended and removed at the end.

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Haproxy } from '../../examples/traffic/haproxy.ts';
import type { HaproxySettings } from '../../examples/traffic/haproxy-config.ts';
import { Load } from '../../examples/traffic/load.ts';
import type { Failure } from '../../examples/traffic/load-settings.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { Nginx } from './nginx.ts';
import { Service } from './service.ts';

export class Bench implements AsyncDisposable {
  readonly folder: string;
  readonly services: readonly Service[];
  readonly #balancerPort: number;
  readonly #opened = new AsyncDisposableStack();

  private constructor(folder: string, balancerPort: number, services: readonly Service[]) {
    this.folder = folder;
    this.services = services;
    this.#balancerPort = balancerPort;
    this.#opened.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    for (const service of services) this.#opened.use(service);
  }

  /** Services of version 1, warm. */
  static async start(names: readonly string[]): Promise<Bench> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'fairlead-cutover-')));
    const [balancerPort = 0, ...ports] = await stablePorts(names.length + 1);
    const bench = new Bench(folder, balancerPort, names.map((name, index) => new Service({ name, port: ports[index] ?? 0, folder })));
    await Promise.all(bench.services.map((service) => service.start('1')));
    await Promise.all(bench.services.map((service) => service.isReady()));
    return bench;
  }

  async haproxy(settings: Omit<HaproxySettings, 'port' | 'backends'>, backends: Readonly<Record<string, readonly Service[]>> = { web: this.services }): Promise<Haproxy> {
    const haproxy = this.#opened.use(await Haproxy.start({ ...settings, port: this.#balancerPort, backends }, path.join(this.folder, 'haproxy')));
    await haproxy.allUp();
    return haproxy;
  }

  async nginx(keepaliveTimeout: number): Promise<Nginx> {
    return this.#opened.use(await Nginx.start({ port: this.#balancerPort, keepaliveTimeout }, this.services, path.join(this.folder, 'nginx')));
  }

  load(url: string, ratePerSecond: number): Load {
    return this.#opened.use(new Load({ url, ratePerSecond }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.disposeAsync();
  }
}

/** Does it again and again until the load has seen a failure; null when it has not after so many times. */
export async function untilItFails(load: Load, times: number, act: (time: number) => Promise<void>): Promise<{ readonly failure: Failure; readonly times: number } | null> {
  for (let time = 1; time <= times; time += 1) {
    await act(time);
    const [failure] = load.failures;
    if (failure !== undefined) return { failure, times: time };
  }
  return null;
}
