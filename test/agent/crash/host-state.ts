// What a trial leaves on its host, as text that two trials can be compared by: what was deployed, what the agent
// remembers of it, and which scripts were started how often. Times, the journal and the scripts' log are left out.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { startsFile } from './revisions.ts';

export interface HostState {
  /** The tree that was deployed: a line for each name, with mode and contents. */
  readonly deployed: string;
  /** The agent's records of it, and the names of what it keeps. */
  readonly kept: string;
  /** `deployment event`, in order of starting. */
  readonly starts: readonly string[];
}

/** Reads the state of a trial in `folder`, which holds `root` and `data`. */
export function readHostState(folder: string): HostState {
  const starts = join(folder, startsFile);
  return {
    deployed: tree(join(folder, 'root'), () => true).join('\n'),
    kept: tree(join(folder, 'data'), (path) => /^deployment-instructions\/|^deployment-root\/.*(appspec|note|\/app\/)/.test(path)).join('\n').replaceAll(folder, ''),
    starts: existsSync(starts) ? readFileSync(starts, 'utf8').split('\n').filter((line) => line !== '') : [],
  };
}

function tree(folder: string, hasContents: (path: string) => boolean, below = ''): string[] {
  const names = readdirSync(join(folder, below)).sort();
  return names.flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`;
    if (path === 'hook-output') return []; // on its way to the controller, or not
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) return [`${path}/ ${mode(stat.mode)}`, ...tree(folder, hasContents, path)];
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(folder, path))}`];
    if (!hasContents(path)) return [path];
    const text = readFileSync(join(folder, path), 'utf8');
    return [`${path} ${mode(stat.mode)} ${path.startsWith('deployment-instructions/') ? JSON.stringify(text) : createHash('sha256').update(text).digest('hex').slice(0, 12)}`];
  });
}

function mode(bits: number): string {
  return (bits & 0o7777).toString(8);
}
