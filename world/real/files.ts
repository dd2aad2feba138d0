// The files door on a POSIX disk. Durable means fsync of the file and of the folder that names it; a failed sync is
// thrown and never retried, since the kernel may have dropped the dirty pages (retrying would report success falsely).

import { execFile } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Appender, Files } from '../files.ts';

/** The real files. */
export function realFiles(): Files {
  let counter = 0;
  return {
    read: (path) => orNull(readFile(path)),
    readRange,
    size: async (path) => (await orNull(stat(path)))?.size ?? null,
    async writeAtomically(path, bytes, mode = 0o600) {
      counter += 1;
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${counter}.new`);
      try {
        const handle = await open(temporary, 'wx', mode);
        try {
          await handle.chmod(mode); // not what the umask leaves of it
          await writeAll(handle, bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(dirname(path));
    },
    createExclusively,
    freeRange,
    openAppend,
    list: async (folder) => [...((await orNull(readdir(folder))) ?? [])].sort(),
    async makeFolder(folder, mode = 0o700) {
      await makeFolder(folder, mode);
    },
    async remove(path) {
      await rm(path, { recursive: true, force: true });
      await syncFolder(dirname(path)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
      });
    },
  };
}

const unfinished = /^\..+\.[0-9]+\.[0-9]+\.new$/;

/**
 * Removes what a process that was killed within `writeAtomically` left in a folder. For the only one who writes there;
 * silent when there is no such folder.
 */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of (await orNull(readdir(folder))) ?? []) if (unfinished.test(name)) await rm(join(folder, name), { force: true });
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
  const handle = await orNull(open(path, 'r'));
  if (handle === null) return null;
  try {
    const size = (await handle.stat()).size;
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

async function createExclusively(path: string, bytes: Uint8Array): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'wx', 0o600);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    await writeAll(handle, bytes);
    await handle.sync();
  } catch (error) {
    await rm(path, { force: true }); // nothing has been claimed
    throw error;
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(path));
  return true;
}

/** Node has no such call. util-linux, which has, is on every Debian and Red Hat; some file systems cannot do it. */
function freeRange(path: string, offset: number, length: number): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('fallocate', ['--punch-hole', '--offset', String(offset), '--length', String(length), '--', path], (error) => resolve(error === null));
  });
}

async function openAppend(path: string): Promise<Appender> {
  const handle = await open(path, 'a', 0o600);
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    append: (bytes) => writeAll(handle, bytes),
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

/** Makes missing folders from the top and syncs the parent of each one made, so that none is lost with the power. */
async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      if ((await stat(folder)).isDirectory()) return;
      throw error;
    }
    if (!isMissing(error) || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder), mode);
    await makeFolder(folder, mode);
    return;
  }
  await syncFolder(dirname(folder));
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, null);
    written += bytesWritten;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
