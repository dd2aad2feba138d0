// An nginx of our own, in the foreground as a child, with everything it writes in one folder. Its members are in a file of
// their own, as the agent writes it; a change of it is a reload, which starts new workers and lets the old ones end.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findBalancer } from '../../examples/traffic/balancer-program.ts';
import { childrenOf } from '../../examples/traffic/children-of.ts';
import { comesTrue } from '../../examples/traffic/comes-true.ts';

export interface NginxSettings {
  readonly port: number;
  /** In seconds, towards clients. Before 1.27.4 anything but 0 loses requests at reloads: nginx closes a connection just as a client uses it. */
  readonly keepaliveTimeout: number;
}

export interface NginxMember {
  readonly name: string;
  readonly port: number;
  readonly isDown?: boolean;
}

export class Nginx implements AsyncDisposable {
  readonly program = 'nginx';
  readonly settings: NginxSettings;
  readonly folder: string;
  #child: ChildProcess | null = null;

  private constructor(settings: NginxSettings, folder: string) {
    this.settings = settings;
    this.folder = folder;
  }

  static async start(settings: NginxSettings, members: readonly NginxMember[], folder: string): Promise<Nginx> {
    const nginx = new Nginx(settings, folder);
    await mkdir(path.join(folder, 'tmp'), { recursive: true });
    await writeFile(path.join(folder, 'nginx.conf'), configText(settings, folder));
    await nginx.write(members);
    await nginx.start();
    return nginx;
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings.port}/`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const child = spawn(findBalancer('nginx'), ['-p', this.folder, '-c', 'nginx.conf', '-g', 'daemon off;'], { stdio: ['ignore', 'ignore', 'ignore'] });
    this.#child = child;
    await comesTrue('nginx has workers', async () => {
      if (child.exitCode !== null) throw new Error(`nginx ended: ${await this.errors()}`);
      return (await this.workers()).length > 0;
    });
  }

  workers(): Promise<readonly number[]> {
    return childrenOf(this.pid);
  }

  async write(members: readonly NginxMember[]): Promise<void> {
    const lines = members.map(({ name, port, isDown = false }) => `server 127.0.0.1:${port}${isDown ? ' down' : ''}; # ${name}`);
    const file = path.join(this.folder, 'members');
    await writeFile(`${file}.new`, `${lines.join('\n')}\n`);
    await rename(`${file}.new`, file);
  }

  /** Comes back as soon as there are new workers, with those that have to end: they still work. */
  async reload(): Promise<readonly number[]> {
    const old = await this.workers();
    process.kill(this.pid, 'SIGHUP');
    await comesTrue('nginx has new workers', async () => (await this.workers()).some((pid) => !old.includes(pid)));
    return old;
  }

  async haveEnded(workers: readonly number[]): Promise<void> {
    await comesTrue('the old workers have ended', async () => {
      const now = await this.workers();
      return !workers.some((pid) => now.includes(pid));
    });
  }

  /** What it says it did with the requests of clients, since ever. */
  async counts(): Promise<Readonly<Record<'requests' | 'retries', number>>> {
    const lines = (await readFile(path.join(this.folder, 'access.log'), 'utf8')).split('\n').filter((line) => line !== '');
    return { requests: lines.length, retries: lines.filter((line) => line.includes(',')).length };
  }

  async errors(): Promise<string> {
    return readFile(path.join(this.folder, 'error.log'), 'utf8').catch(() => '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }
}

function configText({ port, keepaliveTimeout }: NginxSettings, folder: string): string {
  return [
    // Workers of a master that is root would be somebody who cannot write here.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 2;',
    'worker_shutdown_timeout 60s;',
    'pid nginx.pid;',
    'error_log error.log notice;',
    'events { worker_connections 4096; }',
    'http {',
    // A request with two addresses in its line was sent twice.
    `  log_format counted '$status $request_method $upstream_addr';`,
    '  access_log access.log counted;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/tmp/${kind};`),
    `  keepalive_timeout ${keepaliveTimeout};`,
    '  upstream web {',
    '    keepalive 16;',
    '    include members;',
    '  }',
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    location / {',
    '      proxy_pass http://web;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
}
