// The one place where agent/install touches the disk. Installing is bulk work on the host's own file system, so it bypasses
// the files door (world/files.ts). Each verb is one step that can fail, or be the last one before a crash: the crash-point
// tests count them.

import fs from 'node:fs';
import path from 'node:path';
import { getuid } from 'node:process';

/** What is at a path, links not followed. */
export interface Found {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  readonly device: number;
}

/** Reading never fails for what is not there; writing fails with Node's error. No verb follows a link at the end of a path. */
export interface Disk {
  look(path: string): Found | null;
  /** Names in a folder, sorted. */
  list(folder: string): readonly string[];
  readLink(path: string): string;
  /** The path without links, or null when it leads nowhere. */
  realPath(path: string): string | null;
  read(file: string): string | null;
  freeBytes(folder: string): number;
  /** The user this process runs as, or null where there are none. */
  ownUid(): number | null;

  makeFolder(folder: string): void;
  /** Copies contents and mode to a file that must not exist yet. */
  copyFile(source: string, target: string): void;
  makeLink(target: string, path: string): void;
  setMode(path: string, mode: number): void;
  setOwner(path: string, uid: number, gid: number): void;
  setTime(path: string, modifiedAt: number): void;
  /** A second name for the same file. */
  addName(path: string, another: string): void;
  rename(from: string, to: string): void;
  removeFile(path: string): void;
  /** Whether the folder is gone: false when it is not empty. */
  removeFolder(folder: string): boolean;
  removeTree(path: string): void;
  write(file: string, text: string): void;
  /** Makes a file's contents, or a folder's entries, durable. */
  sync(path: string): void;
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');

const orNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
};

const kindOf = (stat: fs.Stats): Found['kind'] => (stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other');

/** The host's disk. */
export const realDisk: Disk = {
  look: (target) =>
    orNull(() => {
      // As a rule there is nothing yet, and an exception costs ten times what the question does.
      const stat = fs.lstatSync(target, { throwIfNoEntry: false });
      return stat === undefined ? null : { kind: kindOf(stat), mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, bytes: stat.size, modifiedAt: stat.mtimeMs, device: stat.dev };
    }),
  list: (folder) => (orNull(() => fs.readdirSync(folder)) ?? []).sort(),
  readLink: (target) => fs.readlinkSync(target),
  realPath: (target) => orNull(() => fs.realpathSync.native(target)),
  read: (file) => orNull(() => fs.readFileSync(file, 'utf8')),
  freeBytes: (folder) => {
    const { bsize, bavail } = fs.statfsSync(folder);
    return bsize * bavail;
  },
  ownUid: () => getuid?.() ?? null,

  makeFolder: (folder) => {
    fs.mkdirSync(folder);
    // Whatever the umask: what an installation looks like must not depend on who started the agent.
    fs.chmodSync(folder, 0o755);
  },
  copyFile: (source, target) => fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE),
  makeLink: (target, link) => fs.symlinkSync(target, link),
  setMode: (target, mode) => fs.chmodSync(target, mode),
  setOwner: (target, uid, gid) => fs.lchownSync(target, uid, gid),
  setTime: (target, modifiedAt) => fs.lutimesSync(target, modifiedAt / 1000, modifiedAt / 1000),
  addName: (target, another) => fs.linkSync(target, another),
  rename: (from, to) => fs.renameSync(from, to),
  removeFile: (target) => fs.unlinkSync(target),
  removeFolder: (folder) => {
    try {
      fs.rmdirSync(folder);
      return true;
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      if (isMissing(error)) return true;
      throw error;
    }
  },
  removeTree: (target) => fs.rmSync(target, { recursive: true, force: true }),
  write: (file, text) => {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, text, { mode: 0o600 });
  },
  sync: (target) => {
    const descriptor = fs.openSync(target, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  },
};
