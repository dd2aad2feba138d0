// A copy of all that a controller keeps, while it runs: the database first, as it is at one instant, then the keys and the
// bundles, of which that database speaks and which never change. The folder gets its name when it is whole.

import { constants } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { databaseName, digestOf, isLock, manifestName, type Manifest } from './manifest.ts';

export interface BackUpParts {
  readonly dataFolder: string;
  /** A new folder; what is above it must be there. */
  readonly to: string;
  readonly version: string;
  readonly now: number;
  /** Writes the database, as it is at one instant, to a new file. */
  readonly copyDatabase: (from: string, to: string) => void;
}

/** Makes the backup, and answers with what is in it. Throws an Error with a sentence; then nothing is left of it. */
export async function backUp({ dataFolder, to, version, now, copyDatabase }: BackUpParts): Promise<Manifest> {
  await refuseTaken(to);
  const database = join(dataFolder, databaseName);
  if ((await stat(database).catch(() => null)) === null) throw new Error(`There is no database in ${dataFolder}, or this user may not see it: run this as root, on the controller's own host, with its --data-dir.`);
  const unfinished = join(dirname(to), `.${basename(to)}.unfinished`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(join(unfinished, 'artifacts'), { recursive: true, mode: 0o700 });
  try {
    copyDatabase(database, join(unfinished, databaseName));
    for (const path of await copied(dataFolder)) await copyFile(join(dataFolder, path), join(unfinished, path), constants.COPYFILE_FICLONE);
    const files: Manifest['files'] = [];
    for (const path of [databaseName, ...(await copied(unfinished))]) {
      const { size, sha256 } = await digestOf(join(unfinished, path));
      if (path.startsWith('artifacts/') && basename(path) !== sha256) throw new Error(`The bundle ${join(dataFolder, path)} is not what it was when it was stored. Register that revision again, and remove the file.`);
      await sync(join(unfinished, path));
      files.push({ path, size, sha256 });
    }
    const manifest: Manifest = { format: 1, version, createdAt: new Date(now).toISOString(), files };
    await writeFile(join(unfinished, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    for (const path of [manifestName, 'artifacts', '.']) await sync(join(unfinished, path));
    await rename(unfinished, to);
    await sync(dirname(to));
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function refuseTaken(to: string): Promise<void> {
  const there = await readdir(to).catch(({ code }: NodeJS.ErrnoException) => (code === 'ENOENT' ? null : ['?']));
  if (there !== null) throw new Error(`${to} is there already. A backup is never written over another: name a new folder.`);
}

/** Keys and such at the top, and bundles, which are named by their digests; nothing half written. */
async function copied(folder: string): Promise<readonly string[]> {
  const top = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile() && !entry.name.startsWith(databaseName) && !isLock(entry.name) && !entry.name.startsWith('.') && entry.name !== manifestName);
  const bundles = await readdir(join(folder, 'artifacts')).catch(() => []);
  return [...top.map(({ name }) => name), ...bundles.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => `artifacts/${name}`)].sort();
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
