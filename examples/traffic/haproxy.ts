// A HAProxy of our own, in the foreground as a child: a master, which survives reloads, and a worker, which is replaced by
// each. Nothing of it outlives its end.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { findBalancer } from './balancer-program.ts';
import { haproxyConfig } from './haproxy-config.ts';
import type { HaproxySettings } from './haproxy-config.ts';
import { childrenOf } from './children-of.ts';
import { comesTrue } from './comes-true.ts';

/** A line of `show stat`: its columns by name. */
export type ServerStat = Readonly<Record<string, string>>;

export class Haproxy implements AsyncDisposable {
  readonly program = 'haproxy';
  readonly settings: HaproxySettings;
  readonly folder: string;
  readonly adminSocket: string;
  #child: ChildProcess | null = null;
  #output = '';

  private constructor(settings: HaproxySettings, folder: string) {
    this.settings = settings;
    this.folder = folder;
    this.adminSocket = path.join(folder, 'admin.sock');
  }

  static async start(settings: HaproxySettings, folder: string): Promise<Haproxy> {
    const haproxy = new Haproxy(settings, folder);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'haproxy.cfg'), haproxyConfig(settings, folder));
    await writeFile(path.join(folder, 'route.map'), `web ${Object.keys(settings.backends)[0]}\n`, { flag: 'a' });
    await writeFile(path.join(folder, 'server-state'), '', { flag: 'a' });
    await haproxy.start();
    return haproxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings.port}/`;
  }

  get output(): string {
    return this.#output;
  }

  /** Also again, after it was killed. */
  async start(): Promise<void> {
    const child = spawn(findBalancer('haproxy'), ['-W', '-S', path.join(this.folder, 'master.sock'), '-f', path.join(this.folder, 'haproxy.cfg')], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const take = (chunk: Buffer): void => void (this.#output += chunk.toString('utf8'));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    await comesTrue('HAProxy answers on its admin socket', async () => {
      if (child.exitCode !== null) throw new Error(`HAProxy ended: ${this.#output}`);
      return (await this.#settledWorker()) !== null;
    });
  }

  /** What the admin socket answers to one line; empty when it has nothing to say. */
  ask(line: string): Promise<string> {
    return askSocket(this.adminSocket, line);
  }

  /** As `ask`, for commands that have nothing to say when they are done. */
  async command(line: string): Promise<void> {
    const answer = await this.ask(line);
    if (answer !== '') throw new Error(`HAProxy refused "${line}": ${answer}`);
  }

  async stats(): Promise<readonly ServerStat[]> {
    const [head = '', ...lines] = (await this.ask('show stat')).split('\n');
    const columns = head.replace(/^# /, '').split(',');
    return lines.filter((line) => line !== '').map((line) => {
      const values = line.split(',');
      return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? '']));
    });
  }

  async stat(backend: string, server: string): Promise<ServerStat> {
    const found = (await this.stats()).find((line) => line.pxname === backend && line.svname === server);
    if (found === undefined) throw new Error(`HAProxy knows no server ${backend}/${server}.`);
    return found;
  }

  /** Since its worker began: requests of clients; and what it could hide from them. */
  async counts(): Promise<Readonly<Record<'requests' | 'retries' | 'redispatches' | 'connection errors' | 'response errors', number>>> {
    const lines = await this.stats();
    const sum = (column: string, of: 'FRONTEND' | 'BACKEND'): number => lines.filter(({ svname }) => svname === of).reduce((total, line) => total + Number(line[column] || 0), 0);
    return { requests: sum('req_tot', 'FRONTEND'), retries: sum('wretr', 'BACKEND'), redispatches: sum('wredis', 'BACKEND'), 'connection errors': sum('econ', 'BACKEND'), 'response errors': sum('eresp', 'BACKEND') };
  }

  /** Has every server passed its checks? */
  async allUp(): Promise<void> {
    await comesTrue('all servers are up', async () => {
      const servers = (await this.stats()).filter((line) => !['FRONTEND', 'BACKEND'].includes(line.svname ?? ''));
      return servers.every((line) => line.status === 'UP' && /^(L7OK|\* L7OK)/.test(line.check_status ?? ''));
    });
  }

  /** As `systemctl reload haproxy`; comes back when a new worker answers. */
  async reload(options: { readonly savesState: boolean }): Promise<void> {
    if (options.savesState) await this.saveState();
    const before = await this.#settledWorker();
    this.beginReload();
    await comesTrue('a new worker of HAProxy answers', async () => {
      const now = await this.#settledWorker();
      return now !== null && now !== before;
    });
  }

  beginReload(): void {
    this.#child?.kill('SIGUSR2');
  }

  /** What it knows of its servers, for its next worker. */
  async saveState(): Promise<void> {
    await writeFile(path.join(this.folder, 'server-state'), `${await this.ask('show servers state')}\n`);
  }

  /** All of it at once, as if the machine had run out of memory. */
  async killHard(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const workers = await childrenOf(child.pid ?? 0);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    workers.forEach(killIfThere);
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // The master ends its workers, at once.
    child.kill('SIGTERM');
    await exited;
  }

  /** The worker's process id, once the master answers too: before, it would miss a signal. */
  async #settledWorker(): Promise<number | null> {
    const info = await this.ask('show info').catch(() => '');
    const pid = Number(/^Pid: (\d+)$/m.exec(info)?.[1] ?? 0);
    const processes = await askSocket(path.join(this.folder, 'master.sock'), 'show proc').catch(() => '');
    return pid !== 0 && processes.split('# old workers')[0]?.includes(String(pid)) ? pid : null;
  }
}

function askSocket(file: string, line: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(file);
  let answer = '';
  socket.setEncoding('utf8').setTimeout(10_000, () => socket.destroy(new Error(`HAProxy did not answer to ${line}`)));
  socket.on('data', (text: string) => (answer += text));
  socket.once('error', reject).once('close', () => resolve(answer.trim()));
  socket.end(`${line}\n`);
  return promise;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}
