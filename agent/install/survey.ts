// What the planner may ask about the host: read-only questions, answered from the disk in an Install and from a table in
// tests. Answers are remembered, for the plan must not change its mind halfway.

import path from 'node:path';
import type { Disk, Found } from './disk.ts';

export interface Survey {
  /** What is at a path, its last component not followed. */
  look(path: string): Found | null;
  names(folder: string): readonly string[];
  readLink(path: string): string;
  /** The same place with every link in the folders before its last component resolved, as far as they exist. */
  place(path: string): string;
  /** The user the agent runs as, or null where there are none. */
  readonly ownUid: number | null;
}

/** Surveys the real host. */
export const surveyDisk = (disk: Disk): Survey => {
  const folders = new Map<string, string>([['/', '/']]);
  const resolve = (folder: string): string => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const here = path.posix.join(resolve(path.posix.dirname(folder)), path.posix.basename(folder));
    const real = disk.look(here)?.kind === 'link' ? disk.realPath(here) : null;
    const resolved = real !== null && disk.look(real)?.kind === 'folder' ? real : here;
    folders.set(folder, resolved);
    return resolved;
  };
  return {
    look: (target) => disk.look(target),
    names: (folder) => disk.list(folder),
    readLink: (target) => disk.readLink(target),
    place: (target) => {
      if (target === '/') return '/';
      const at = target.lastIndexOf('/');
      const name = target.slice(at + 1);
      // Nearly all are as the planner writes them: absolute, and no name to be resolved.
      if (at < 0 || ['', '.', '..'].includes(name)) return path.posix.join(resolve(path.posix.dirname(target)), path.posix.basename(target));
      const folder = resolve(at === 0 ? '/' : target.slice(0, at));
      return folder === '/' ? `/${name}` : `${folder}/${name}`;
    },
    ownUid: disk.ownUid(),
  };
};
