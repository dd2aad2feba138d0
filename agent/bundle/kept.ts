// Bundles that are on this host already. Each deployment keeps its bundle as it came, beside what was unpacked from it
// and may have been changed by its own scripts since; so going back needs no network and yet gives the very same tree.

import { createHash } from 'node:crypto';
import path from 'node:path';
import * as disk from './disk.ts';

export interface KeptRequest {
  /** Holds one folder for each deployment of the group. */
  readonly groupFolder: string;
  /** What a bundle is called in each. */
  readonly bundleName: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly size: number;
  readonly toFile: string;
}

/**
 * Puts a kept bundle with that digest, hashed anew, in `toFile`, as another link or else as a copy. The id of the
 * deployment that it came with, or null when there is none. Throws for what the disk does.
 */
export const takeKept = ({ groupFolder, bundleName, sha256, size, toFile }: KeptRequest): string | null => {
  if (disk.statSync(groupFolder, { throwIfNoEntry: false }) === undefined) return null;
  for (const deploymentId of disk.readdirSync(groupFolder)) {
    const kept = path.join(groupFolder, deploymentId, bundleName);
    const found = disk.lstatSync(kept, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile() || found.size !== size || digestOf(kept) !== sha256) continue;
    if (kept === toFile) return deploymentId;
    disk.mkdirSync(path.dirname(toFile), { recursive: true, mode: 0o700 });
    if (disk.lstatSync(toFile, { throwIfNoEntry: false }) !== undefined) disk.unlinkSync(toFile);
    try {
      disk.linkSync(kept, toFile);
    } catch {
      disk.copyFileSync(kept, toFile);
    }
    return deploymentId;
  }
  return null;
};

const digestOf = (file: string): string => {
  const hash = createHash('sha256');
  const descriptor = disk.openSync(file, 'r');
  try {
    for (let at = 0; ; ) {
      const piece = disk.readAt(descriptor, at, 1024 ** 2);
      if (piece.length === 0) return hash.digest('hex');
      hash.update(piece);
      at += piece.length;
    }
  } finally {
    disk.closeSync(descriptor);
  }
};
