// From a path in an AppSpec to a path on this host. Pure.

import path from 'node:path';
import { refuseInstall } from './refusal.ts';

/**
 * The absolute path for a destination or permission object, below `root` if there is one: ".." never climbs out of it. A
 * relative path counts from "/", which is where the original agent's service runs, and is warned of.
 */
export const chooseDestination = (written: string, root: string | null, warnings: string[]): string => {
  if (written.includes('\0')) refuseInstall('bad_destination', 'a destination contains a NUL character');
  if (!written.startsWith('/')) warnings.push(`the path ${JSON.stringify(written)} is relative; it is taken to begin at "/"`);
  const absolute = path.posix.normalize(`/${written}`);
  const plain = absolute.length > 1 && absolute.endsWith('/') ? absolute.slice(0, -1) : absolute;
  if (root === null) return plain;
  return plain === '/' ? path.posix.normalize(root) : path.posix.join(root, plain);
};
