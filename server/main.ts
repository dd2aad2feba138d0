// Composition root of the server: the only file here that knows the real world.

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeRealWorld } from '../world/real/real-world.ts';
import { checkListener } from './faces/http.ts';
import { decideServerConfig, type ServerFlags } from './config.ts';
import { inspectBundle } from './revisions/inspect-bundle.ts';
import { lockDataFolder } from './data-lock.ts';
import { openSqliteStore } from './store/sqlite.ts';
import { startServer } from './server.ts';

export interface ServerOptions extends ServerFlags {
  readonly configFile?: string | undefined;
}

/** Runs the server until SIGTERM or SIGINT. Returns the exit status. */
export async function runServer(options: ServerOptions): Promise<number> {
  const text = options.configFile === undefined ? null : await readFile(options.configFile, 'utf8');
  const config = decideServerConfig(options, process.env, text);
  const world = makeRealWorld({ level: config.isVerbose ? 'debug' : 'info', folder: null, program: 'fairlead-server' });
  const { tlsFiles } = config;
  // Everything that can be refused is, before anything is made.
  checkListener(config.host, tlsFiles !== null, config.allowInsecurePlaintext);
  const tls = tlsFiles === null ? null : { cert: await readFile(tlsFiles.certificate, 'utf8'), key: await readFile(tlsFiles.key, 'utf8') };
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataFolder(config.dataDir);
  const store = await openSqliteStore(join(config.dataDir, 'fairlead.db'));
  const stopped = signalled();
  const server = await startServer(config, world, {
    store,
    inspect: inspectBundle,
    tls,
    announceKey: ({ accessKeyId, secretAccessKey }) =>
      process.stdout.write(
        `Administrator access key, shown this once (and kept in ${join(config.dataDir, 'administrator-access-key.json')}):\n` +
          `  access key id      ${accessKeyId}\n` +
          `  secret access key  ${secretAccessKey}\n`,
      ),
  });
  process.stdout.write(`Fairlead listens on ${server.url}\n`);
  world.log.info({ url: server.url, dataDir: config.dataDir }, 'ready');
  const signal = await stopped;
  world.log.info({ signal }, 'stopping');
  await server[Symbol.asyncDispose]();
  lock.release();
  return 0;
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
