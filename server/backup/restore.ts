// Puts a backup into a data folder: everything is checked against the backup's own list and copied beside, and only then
// takes the place of what was there, which is kept in a folder of its own. The server must not run; the caller holds its lock.

import { constants } from 'node:fs';
import { chown, copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { databaseName, digestOf, isLock, readManifest, type Manifest } from './manifest.ts';

export interface RestoreParts {
  readonly from: string;
  readonly dataFolder: string;
  /** Whether what is there may be put aside. */
  readonly isReplacing: boolean;
  readonly now: number;
  /** A sentence when a database cannot be used by this program; null when it can. */
  readonly whyNotDatabase: (path: string) => string | null;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was there is now; null when nothing was. */
  readonly keptIn: string | null;
}

/** Throws an Error with a sentence before anything in the data folder is changed. */
export async function restore({ from, dataFolder, isReplacing, now, whyNotDatabase }: RestoreParts): Promise<Restored> {
  const manifest = await readManifest(from);
  const there = (await readdir(dataFolder)).filter((name) => !isLock(name) && !name.startsWith('replaced-') && !name.startsWith('.'));
  if (there.includes(databaseName) && !isReplacing) throw new Error(`${dataFolder} holds a controller's data already. Say --replace to put them aside, into a folder beside, or name another --data-dir.`);
  const staged = join(dataFolder, '.restoring');
  await rm(staged, { recursive: true, force: true });
  await mkdir(join(staged, 'artifacts'), { recursive: true, mode: 0o700 });
  try {
    for (const { path, size, sha256 } of manifest.files) {
      await mkdir(dirname(join(staged, path)), { recursive: true, mode: 0o700 });
      await copyFile(join(from, path), join(staged, path), constants.COPYFILE_FICLONE).catch(({ code }: NodeJS.ErrnoException) => {
        throw new Error(`The backup is not whole: ${path} ${code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`}. Nothing was changed.`);
      });
      const found = await digestOf(join(staged, path));
      if (found.size !== size || found.sha256 !== sha256) throw new Error(`The backup is not whole: ${path} is not what it was when the backup was made. Nothing was changed.`);
    }
    const refusal = whyNotDatabase(join(staged, databaseName));
    if (refusal !== null) throw new Error(`${refusal} Nothing was changed.`);
    await giveTo(dataFolder, ['artifacts', ...manifest.files.map(({ path }) => path)].map((path) => join(staged, path)));
    await giveTo(dataFolder, (await readdir(dataFolder)).filter(isLock).map((name) => join(dataFolder, name)));
    const keptIn = there.length === 0 ? null : join(dataFolder, `replaced-${new Date(now).toISOString().replaceAll(':', '')}`);
    if (keptIn !== null) {
      await mkdir(keptIn, { mode: 0o700 });
      for (const name of there) await rename(join(dataFolder, name), join(keptIn, name));
    }
    // The database last: a folder that has it has the rest.
    for (const name of [...(await readdir(staged)).filter((one) => one !== databaseName), databaseName]) await rename(join(staged, name), join(dataFolder, name));
    return { manifest, keptIn };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** To whoever has the data folder: the service's user, when root restores. */
async function giveTo(dataFolder: string, paths: readonly string[]): Promise<void> {
  const { uid, gid } = await stat(dataFolder);
  for (const path of paths) await chown(path, uid, gid);
}
