// Two controllers over one database, as an operator runs them: each is started again whenever it ends, so that one holds
// the database and the other waits for it. Real processes; the second data folder is a copy of the first.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

const entrance = join(import.meta.dirname, '../../cli/main.ts');
export const adminKey = { accessKeyId: 'AKFAILOVER', secretAccessKey: 'failover-secret' };

interface Life {
  readonly child: ChildProcess;
  readonly name: string;
}

export class Controller {
  readonly port: number;
  readonly #letter: string;
  readonly #folder: string;
  readonly #database: string;
  #life: Life | null = null;
  #lives = 0;
  #isWanted = true;
  /** What it said as it ended, of every life. */
  readonly endings: string[] = [];

  constructor(letter: string, folder: string, database: string, port: number) {
    this.#letter = letter;
    this.#folder = folder;
    this.#database = database;
    this.port = port;
  }

  get pid(): number {
    return this.#life!.child.pid!;
  }

  isAlive(): boolean {
    return this.#life !== null && this.#life.child.exitCode === null && this.#life.child.signalCode === null;
  }

  /** Runs it for ever, until `end`. */
  run(): void {
    if (!this.#isWanted) return;
    this.#lives += 1;
    const name = `${this.#letter}-${this.#lives}`;
    const url = new URL(this.#database);
    // Each life signs its work in the database, for the witness.
    url.searchParams.set('application_name', name);
    const config = join(this.#folder, 'controller.yaml');
    writeFileSync(config, `database: ${url.href}\nlimits: { newcomers-per-second: 1000 }\n`);
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entrance, 'server', '--data-dir', this.#folder, '--listen', `127.0.0.1:${this.port}`, '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_ADMIN_ACCESS_KEY_ID: adminKey.accessKeyId, FAIRLEAD_ADMIN_SECRET_ACCESS_KEY: adminKey.secretAccessKey },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString('utf8')).slice(-3_000)));
    this.#life = { child, name };
    child.once('exit', () => {
      this.endings.push(said);
      setTimeout(() => this.run(), 100);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#life?.child.kill(signal);
  }

  async end(): Promise<void> {
    this.#isWanted = false;
    const child = this.#life?.child;
    if (child === undefined || !this.isAlive()) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Keys and bundles of the one, for the other. */
export function copyDataFolder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  rmSync(join(to, 'server.lock'), { force: true });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
