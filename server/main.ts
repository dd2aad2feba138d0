// Composition root of the server: the only file here that knows the real world.

import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { isJournal } from '../world/real/journal.ts';
import { letOthers } from '../world/real/let-others.ts';
import { makeOwnFolder } from '../world/real/make-folder.ts';
import { makeRealWorld } from '../world/real/real-world.ts';
import { feedWatchdog, findServiceManager } from '../world/real/service-manager.ts';
import type { ServiceManager } from '../world/real/service-manager.ts';
import { backUp } from './backup/back-up.ts';
import { databaseName, type Manifest } from './backup/manifest.ts';
import { restore, type Restored } from './backup/restore.ts';
import { checkListener } from './faces/http.ts';
import { decideServerConfig, type ServerConfig, type ServerFlags } from './config.ts';
import { inspectBundle } from './revisions/inspect-bundle.ts';
import { lockDataFolder } from './data-lock.ts';
import type { Clock } from '../world/clock.ts';
import type { World } from '../world/world.ts';
import { openPostgresStore } from './store/postgres.ts';
import { whyTooNew } from './store/migrate.ts';
import { copySqliteFile, inspectSqliteFile, openSqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { startServer, type RunningServer } from './server.ts';
import { hostNames } from './tls/host-names.ts';
import { openOwnCertificate, ownFiles, type OwnCertificate } from './tls/own-authority.ts';

/** What is decided of a server on this host, without starting it. Throws an Error with a sentence when something is refused. */
export async function readServerConfig(options: ServerFlags, environment: Readonly<Record<string, string | undefined>>): Promise<ServerConfig> {
  const text = options.configFile === undefined ? null : await readNamed(options.configFile, 'The configuration file');
  return decideServerConfig(options, environment, text);
}

/** Runs the server until SIGTERM or SIGINT, or until another controller has taken its database over. Returns the exit status. */
export async function runServer(options: ServerFlags): Promise<number> {
  const config = await readServerConfig(options, process.env);
  const world = makeRealWorld({ level: config.isVerbose ? 'debug' : 'info', folder: config.logFolder, program: 'fairlead-server' });
  const { tlsFiles } = config;
  // Everything that can be refused is, before anything is made.
  checkListener(config.host, tlsFiles !== null, config.allowInsecurePlaintext);
  const given = tlsFiles === null || config.ownTls !== null ? null : { cert: await readNamed(tlsFiles.certificate, 'The TLS certificate'), key: await readNamed(tlsFiles.key, 'The TLS key') };
  await makeOwnFolder(resolve(config.dataDir), 'the data folder', 0o700);
  const lock = lockDataFolder(config.dataDir);
  const own = config.ownTls === null ? null : await openOwnCertificate(resolve(config.dataDir), hostNames(config.host, config.ownTls.names), world);
  const store = await openStore(config, world);
  const manager = await findServiceManager(process.env, world.clock);
  const stopped = signalled();
  const starting = startServer(config, world, {
    store,
    inspect: inspectBundle,
    letOthers,
    tls: given ?? own,
    authorityPin: own?.pin ?? null,
    announceKey: ({ accessKeyId, secretAccessKey }) => {
      const kept = join(config.dataDir, 'administrator-access-key.json');
      // The journal is for many to read.
      if (isJournal(1, process.env)) return void process.stdout.write(`An administrator access key was made: it is in ${kept}.\n`);
      process.stdout.write(`Administrator access key, shown this once (and kept in ${kept}):\n  access key id      ${accessKeyId}\n  secret access key  ${secretAccessKey}\n`);
    },
  });
  // Else the next start would wait for a hold that nobody has.
  const server = await starting.catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  process.stdout.write(`Fairlead listens on ${server.url}\n`);
  world.log.info({ url: server.url, dataDir: config.dataDir }, 'ready');
  if (own !== null) {
    process.stdout.write(`Its certificate is its own; clients trust it by ${resolve(config.dataDir, ownFiles.authority)}, agents by their join token.\n`);
    keepCertificateFresh(own, () => openOwnCertificate(resolve(config.dataDir), own.names, world), server, world);
  }
  manager.ready(server.statusLine());
  feedWatchdog(manager, world.clock, () => server.isWell(longestRoundMs));
  keepSaying(manager, world.clock, () => server.statusLine());
  const why = await Promise.race([stopped, deposition(store)]);
  if (why instanceof Error) world.log.error({}, why.message);
  else world.log.info({ signal: why }, 'stopping');
  await manager.stopping(why instanceof Error ? 'Stopping: another controller has taken the database over.' : 'Stopping.');
  await server[Symbol.asyncDispose]();
  lock.release();
  return why instanceof Error ? 1 : 0;
}

/** How the database in a data folder looks, from beside the server. */
export async function inspectDatabase(dataFolder: string): Promise<DatabaseSight> {
  const file = join(dataFolder, databaseName);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? null : error));
  if (found === null) return { kind: 'absent' };
  if (found instanceof Error) return { kind: 'hidden' };
  try {
    const { migrations, trouble } = inspectSqliteFile(file);
    const refusal = whyTooNew(migrations);
    if (refusal !== null) return { kind: 'newer', sentence: refusal };
    return trouble === null ? { kind: 'well', words: `The database is whole (${Math.ceil(found.size / 1024 / 1024)} MiB, ${migrations.at(-1) ?? 'new'}).` } : { kind: 'broken', why: trouble };
  } catch (error) {
    return { kind: 'broken', why: (error as Error).message };
  }
}

export type DatabaseSight =
  | { readonly kind: 'well'; readonly words: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'newer'; readonly sentence: string }
  | { readonly kind: 'broken'; readonly why: string };

/** Backs a controller's data up, which may be running. Throws an Error with a sentence. */
export async function backUpServer(options: ServerFlags, environment: Readonly<Record<string, string | undefined>>, to: string): Promise<Manifest> {
  const { dataDir, database } = await readServerConfig(options, environment);
  if (database !== null) throw new Error(elsewhere(resolve(dataDir)));
  return backUp({ dataFolder: resolve(dataDir), to: resolve(to), version: packageJson.version, now: Date.now(), copyDatabase: copySqliteFile });
}

/** Puts a backup in place of a controller's data; the server must not run. Throws an Error with a sentence. */
export async function restoreServer(options: ServerFlags, environment: Readonly<Record<string, string | undefined>>, from: string, isReplacing: boolean): Promise<Restored & { readonly dataFolder: string }> {
  const { dataDir, database } = await readServerConfig(options, environment);
  const dataFolder = resolve(dataDir);
  if (database !== null) throw new Error(elsewhere(dataFolder));
  await makeOwnFolder(dataFolder, 'the data folder', 0o700);
  const lock = lockDataFolder(dataFolder);
  try {
    const whyNotDatabase = (path: string): string | null => whyTooNew(inspectSqliteFile(path).migrations);
    return { dataFolder, ...(await restore({ from: resolve(from), dataFolder, isReplacing, now: Date.now(), whyNotDatabase })) };
  } finally {
    lock.release();
  }
}

function elsewhere(dataFolder: string): string {
  return `This controller keeps its data on a PostgreSQL server. Back them up and restore them there: pg_dump --format=custom, and pg_restore --clean, with the server stopped for the latter. What lies in ${dataFolder} belongs with them: copy secrets.key, webhook-secret and artifacts/ after the dump.`;
}

/** A certificate that is near its end is replaced without a restart. */
function keepCertificateFresh(own: OwnCertificate, open: () => Promise<OwnCertificate>, server: RunningServer, { clock, log }: World): void {
  let shown = own.cert;
  const look = async (): Promise<void> => {
    try {
      const { cert, key } = await open();
      if (cert === shown) return;
      server.showCertificate({ cert, key });
      shown = cert;
      log.info({}, 'a new certificate is shown');
    } catch (error) {
      log.error({ error: String(error) }, 'the certificate could not be looked after; it is tried again tomorrow');
    }
  };
  const again = (): void => void clock.after(24 * 3600_000, () => void look().finally(again));
  again();
}

/** The planner looks every 15 s; a database that hangs makes a look as long as its time-outs. */
const longestRoundMs = 120_000;
const sayEveryMs = 5_000;

/** Tells the service manager what the server is doing, whenever that has changed. */
function keepSaying(manager: ServiceManager, clock: Clock, line: () => string): void {
  let said = line();
  const say = (): void => {
    const now = line();
    if (now !== said) manager.status(now);
    said = now;
    clock.after(sayEveryMs, say);
  };
  clock.after(sayEveryMs, say);
}

/** A database on a server may be reached by others: it is held under a name a person knows this controller by. */
function openStore({ database, dataDir }: ServerConfig, world: World): Promise<Store> {
  if (database === null) return openSqliteStore(join(dataDir, databaseName));
  return openPostgresStore(database, { holder: `the server on ${hostname()}, process ${process.pid}, with data folder ${resolve(dataDir)}`, world });
}

function deposition({ deposed }: Store): Promise<Error> {
  return new Promise((resolve) => {
    if (deposed.aborted) resolve(deposed.reason as Error);
    else deposed.addEventListener('abort', () => resolve(deposed.reason as Error), { once: true });
  });
}

async function readNamed(path: string, what: string): Promise<string> {
  return readFile(path, 'utf8').catch(({ code, message }: NodeJS.ErrnoException) => {
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new Error(`${what} ${path} cannot be read: ${reason}.`);
  });
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
