// Where HAProxy and nginx are on this machine: in PATH, or where Debian puts them, which is not in everybody's PATH.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export type BalancerProgram = 'haproxy' | 'nginx';

/** The program's path. Throws with what to install. */
export function findBalancer(program: BalancerProgram): string {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const found = folders.filter((folder) => folder !== '').map((folder) => path.join(folder, program)).find(isExecutable);
  if (found === undefined) throw new Error(`${program} is not installed on this machine. On Debian and Ubuntu: apt-get install ${program}`);
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
