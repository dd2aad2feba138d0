// One server per data folder. The lock is an exclusive transaction on a database file of its own: the kernel lets go of
// it when the process dies, however it dies, so there is no stale lock to clean up.

import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

/** Throws an Error with a sentence when another server holds the folder. */
export function lockDataFolder(dataDir: string): { release(): void } {
  const lock = new DatabaseSync(join(dataDir, 'server.lock'));
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive;');
  } catch (error) {
    lock.close();
    throw new Error(`Another fairlead server runs on ${dataDir}. Stop it first, or give this one a --data-dir of its own.`, { cause: error });
  }
  return { release: () => lock.close() };
}
