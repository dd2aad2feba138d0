// What a folder holds, in the one order in which it is bundled: parents before children, names by their bytes. Nothing is
// left out (no ignore rules: what is there is shipped), and what a bundle cannot carry is refused here, before anything
// is sent: agents would refuse it later, on every host.

import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';

export interface FolderEntry {
  /** Relative to the folder, with slashes; never empty. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink';
  /** Permission bits, setuid, setgid and sticky included. */
  readonly mode: number;
  /** Bytes; 0 for everything but files. */
  readonly size: number;
  /** Whole seconds since the epoch. */
  readonly modifiedAtSeconds: number;
  /** Where a symbolic link points, as written; empty for the others. */
  readonly target: string;
}

/** Lists `folder` and everything below it. Throws a Refusal naming what cannot be bundled, or that the folder cannot be read. */
export function listFolder(folder: string): readonly FolderEntry[] {
  const entries: FolderEntry[] = [];
  const visit = (parent: string): void => {
    for (const child of namesIn(folder, parent)) {
      const name = parent === '' ? child : `${parent}/${child}`;
      const entry = describe(folder, name);
      entries.push(entry);
      if (entry.kind === 'folder') visit(name);
    }
  };
  visit('');
  return entries;
}

function namesIn(folder: string, parent: string): readonly string[] {
  const where = path.join(folder, parent);
  try {
    return readdirSync(where).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new Refusal(`There is no folder ${showPrintable(where)}.`);
    if (code === 'ENOTDIR') throw new Refusal(`${showPrintable(where)} is not a folder.`);
    throw new Refusal(`The folder ${showPrintable(where)} cannot be read: ${code ?? String(error)}.`);
  }
}

function describe(folder: string, name: string): FolderEntry {
  const where = path.join(folder, name);
  const shown = showPrintable(name);
  if (/[\p{Cc}\u2028\u2029\uFFFD]/u.test(name)) {
    throw new Refusal(`The name ${shown} has control characters or is not UTF-8; agents refuse such names. Rename it or move it out of the folder.`);
  }
  const stat = lstatSync(where, { throwIfNoEntry: false });
  if (stat === undefined) throw new Refusal(`${shown} vanished while the folder was being read. Try again when nothing writes there.`);
  const common = { name, mode: stat.mode & 0o7777, modifiedAtSeconds: Math.max(0, Math.floor(stat.mtimeMs / 1000)) };
  if (stat.isDirectory()) return { ...common, kind: 'folder', size: 0, target: '' };
  if (stat.isFile()) return { ...common, kind: 'file', size: stat.size, target: '' };
  if (stat.isSymbolicLink()) return { ...common, kind: 'symlink', mode: 0o777, size: 0, target: checkedTarget(name, readlinkSync(where)) };
  throw new Refusal(`${shown} is a socket, pipe or device, which a bundle cannot carry. Move it out of the folder.`);
}

function checkedTarget(name: string, target: string): string {
  const climbs = path.posix.join(path.posix.dirname(name), target).split('/')[0] === '..';
  if (!path.posix.isAbsolute(target) && !climbs) return target;
  throw new Refusal(
    `The symbolic link ${showPrintable(name)} points out of the folder, to ${showPrintable(target)}; agents refuse such links. Make it relative and inside, or replace it by what it points to.`,
  );
}
