// The whole server in this process, on a real socket and a real database, with an administrator's key that is known.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../../cli/client.ts';
import { decideServerConfig } from '../../server/config.ts';
import { inspectBundle } from '../../server/revisions/inspect-bundle.ts';
import { startServer } from '../../server/server.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { usualStore } from '../store/stores.ts';
import type { Log } from '../../world/log.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';

export interface WholeServer {
  readonly url: string;
  readonly port: number;
  /** Its data folder. */
  readonly folder: string;
  readonly store: Store;
  readonly administrator: Client;
  /** What was logged as an error: defects. */
  readonly errors: string[];
  clientOf(key: { readonly accessKeyId: string; readonly secretAccessKey: string }): Client;
  /** Ends it; its data stay. Then it need not be disposed of. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const administratorKey = { accessKeyId: 'ADMIN', secretAccessKey: 'administrator-secret' };

/** `settings`: the text of its configuration file. `before`: one that has stopped, whose data this one goes on with. */
export async function aWholeServer(settings: string | null = null, before?: WholeServer): Promise<WholeServer> {
  const folder = before?.folder ?? (await mkdtemp(join(tmpdir(), 'fairlead-whole-')));
  const errors: string[] = [];
  const log: Log = { debug() {}, info() {}, warn() {}, error: (fields, sentence) => void errors.push(`${sentence} ${JSON.stringify(fields)}`), child: () => log };
  const env = { FAIRLEAD_ADMIN_ACCESS_KEY_ID: administratorKey.accessKeyId, FAIRLEAD_ADMIN_SECRET_ACCESS_KEY: administratorKey.secretAccessKey };
  const world = { ...makeRealWorld({ level: 'error', folder: null, program: 'test' }), log };
  const store = usualStore.name === 'SQLite' ? await openSqliteStore(join(folder, 'fairlead.db')) : await usualStore.open();
  const config = decideServerConfig({ dataDir: folder, listen: '127.0.0.1:0' }, env, settings);
  const server = await startServer(config, world, { store, inspect: inspectBundle, tls: null, announceKey: () => undefined });
  const clientOf: WholeServer['clientOf'] = (key) => createClient({ url: new URL(server.url), ...key, accessKeyOrigin: 'the test' });
  return {
    url: server.url,
    port: server.port,
    folder,
    store,
    administrator: clientOf(administratorKey),
    errors,
    clientOf,
    stop: () => server[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
