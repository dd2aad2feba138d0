// Processes of this host as /proc shows them: whose they are, and what they say they do.

import { Buffer } from 'node:buffer';
import type { Files } from '../../world/files.ts';

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly isGone: boolean;
}

/** Null when there is no such process. */
export async function seeProcess(files: Files, pid: number): Promise<SeenProcess | null> {
  // The name stands in parentheses and may hold anything, so that the last closing one counts.
  const match = /^\d+ \((.*)\) (\S) (\d+) /s.exec(await textOf(files, `/proc/${pid}/stat`));
  return match === null ? null : { pid, name: match[1]!, isGone: match[2] === 'Z' || match[2] === 'X', parent: Number(match[3]) };
}

export async function childrenOf(files: Files, parent: number): Promise<readonly SeenProcess[]> {
  const pids = (await files.list('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map((pid) => seeProcess(files, pid)));
  return all.filter((one) => one !== null && one.parent === parent && !one.isGone) as readonly SeenProcess[];
}

/** Its command line, or the title that it has given itself. */
export async function titleOf(files: Files, pid: number): Promise<readonly string[]> {
  return (await textOf(files, `/proc/${pid}/cmdline`)).split('\0').filter((word) => word !== '');
}

/** Empty when it is gone in the meantime. */
export async function textOf(files: Files, path: string): Promise<string> {
  const bytes = await files.read(path).catch(() => null);
  return bytes === null ? '' : Buffer.from(bytes).toString('latin1');
}
