// One agent per data folder. The lock is an exclusive transaction on a database file of its own: the kernel lets go of
// it when the process dies, however it dies, so there is no stale lock to clean up.

import { join } from 'node:path';

/** Another agent holds the data folder. */
export class DataFolderTaken extends Error {
  override readonly name = 'DataFolderTaken';
}

/** Takes the folder, which must exist, for this process. Throws DataFolderTaken. */
export async function lockDataFolder(dataFolder: string): Promise<Disposable> {
  const { DatabaseSync } = await import('node:sqlite');
  const path = join(dataFolder, 'agent.lock');
  const lock = new DatabaseSync(path);
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive;');
  } catch (error) {
    lock.close();
    if (!String((error as Error).message).includes('locked')) throw error;
    throw new DataFolderTaken(`Another fairlead agent runs on ${dataFolder}. Stop it first, or give this one a --data-dir of its own.`, { cause: error });
  }
  return { [Symbol.dispose]: () => lock.close() };
}
