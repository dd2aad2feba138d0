// The one place where agent/bundle touches the disk. Bundles are bulk work, so this room bypasses the files door
// (world/files.ts); everything it does with node:fs is named here. Calls are synchronous on purpose: a thousand small
// files are written several times faster that way, and the agent unpacks in a child process of its own.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { kill, pid } from 'node:process';

export {
  chmodSync, closeSync, createReadStream, fstatSync, fsyncSync, linkSync, lstatSync, lutimesSync,
  mkdirSync, openSync, readdirSync, readlinkSync, readSync, renameSync, rmdirSync, statSync, symlinkSync, unlinkSync, utimesSync, writeSync,
} from 'node:fs';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants;

/** Opens a file that must not exist yet, never through a link, and returns its descriptor. */
export const createFile = (file: string): number => fs.openSync(file, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600);

/** Copies contents and mode to a file that must not exist yet. */
export const copyFileSync = (source: string, target: string): void => fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE);

/** Writes all of `bytes`: one call may write less than it was given. */
export const writeAll = (descriptor: number, bytes: Uint8Array): void => {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
};

/** Gives an open file its mode and its time of change (in seconds). */
export const setAttributes = (descriptor: number, mode: number, modifiedAt: number): void => {
  fs.fchmodSync(descriptor, mode);
  fs.futimesSync(descriptor, modifiedAt, modifiedAt);
};

/** Reads exactly `length` bytes at `offset`, or fewer where the file ends. */
export const readAt = (descriptor: number, offset: number, length: number): Buffer => {
  return readInto(descriptor, offset, Buffer.allocUnsafe(length));
};

/** The same into memory that is there already, and returns what of it was filled. */
export const readInto = (descriptor: number, offset: number, buffer: Buffer): Buffer => {
  let done = 0;
  while (done < buffer.length) {
    const count = fs.readSync(descriptor, buffer, done, buffer.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
};

/** This process's number, to mark what is being built. */
export const ownPid = pid;

/** Whether a process with this number is there; one that has ended and was not waited for yet is not. */
export const isRunning = (other: number): boolean => {
  try {
    return Number.isInteger(other) && other > 0 && kill(other, 0) && !isZombie(other);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const isZombie = (other: number): boolean => {
  try {
    return /\) [ZX] [^)]*$/.test(fs.readFileSync(`/proc/${other}/stat`, 'latin1'));
  } catch {
    return false; // no /proc here
  }
};

/** Removes a file or a whole folder, also one whose folders forbid it by their modes; silent when there is none. */
export const removeTree = (target: string): void => {
  try {
    fs.rmSync(target, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    openFolders(target);
    fs.rmSync(target, { recursive: true, force: true });
  }
};

const openFolders = (folder: string): void => {
  if (!fs.lstatSync(folder).isDirectory()) return;
  fs.chmodSync(folder, 0o700);
  for (const name of fs.readdirSync(folder)) openFolders(path.join(folder, name));
};

/** Makes a folder's own entries durable. */
export const syncFolder = (folder: string): void => {
  const descriptor = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
};

/**
 * Makes a freshly written tree durable with one `sync -f` (syncfs), which for a thousand small files takes about half as
 * long as a thousand fsyncs. Few files and folders are synced one by one, and so are all where there is no such tool.
 */
export const syncTree = (folder: string, entries: number): void => {
  if (entries > 24 && syncedFileSystem(folder)) return;
  try {
    syncEach(folder);
  } catch (error) {
    // A file that its owner may not read cannot be opened for syncing.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || !syncedFileSystem(folder)) throw error;
  }
};

// False where there is no such tool.
const syncedFileSystem = (folder: string): boolean => {
  try {
    execFileSync('sync', ['-f', folder], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
};

const syncEach = (folder: string): void => {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inner = path.join(folder, entry.name);
    if (entry.isDirectory()) syncEach(inner);
    else if (entry.isFile()) syncFolder(inner);
  }
  syncFolder(folder);
};
