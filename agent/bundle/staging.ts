// A folder becomes visible under its final name complete or not at all: it is built in a private sibling and renamed. What
// a killed process left behind is recognised by the process number in its name and removed by the next one.

import path from 'node:path';
import { crc32 } from 'node:zlib';
import * as disk from './disk.ts';
import { refuse } from './refusal.ts';

/**
 * Makes a private folder beside `destination`, lets `build` fill it, and renames the `tree` it returns to `destination`,
 * which must not exist or be an empty folder. Whatever happens, nothing else is left behind.
 */
export const withStaging = async <R>(destination: string, build: (staging: string) => Promise<{ readonly result: R; readonly tree: string }>): Promise<R> => {
  const target = path.resolve(destination);
  const parent = path.dirname(target);
  if (isTaken(target)) refuse(`the destination ${target} exists and is not an empty folder`);
  const firstMade = disk.mkdirSync(parent, { recursive: true });
  const prefix = `.fairlead-unpack-${crc32(path.basename(target)).toString(16).padStart(8, '0')}-`;
  removeAbandoned(parent, prefix);
  const staging = path.join(parent, `${prefix}${disk.ownPid}`);
  let isDone = false;
  try {
    disk.mkdirSync(staging, { mode: 0o700 });
    const { result, tree } = await build(staging);
    disk.renameSync(tree, target);
    disk.removeTree(staging);
    disk.syncFolder(parent);
    isDone = true;
    return result;
  } finally {
    if (!isDone) {
      disk.removeTree(staging);
      if (firstMade !== undefined) removeEmpty(parent, firstMade);
    }
  }
};

const isTaken = (target: string): boolean => {
  const there = disk.lstatSync(target, { throwIfNoEntry: false });
  if (there === undefined) return false;
  return !there.isDirectory() || disk.readdirSync(target).length > 0;
};

const removeAbandoned = (parent: string, prefix: string): void => {
  for (const name of disk.readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const owner = Number(name.slice(prefix.length));
    if (owner === disk.ownPid) refuse(`another unpacking to the same destination is under way in ${parent}`);
    if (!disk.isRunning(owner)) disk.removeTree(path.join(parent, name));
  }
};

const removeEmpty = (folder: string, last: string): void => {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      disk.rmdirSync(at);
    } catch {
      return;
    }
    if (at === last) return;
  }
};
