// The processes that a process has started and that are still there.

import { readdir, readFile } from 'node:fs/promises';

export async function childrenOf(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // PID (NAME) STATE PPID; the name may hold anything, a dead child that nobody has looked at yet is no process any more.
      const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(ppid) === parent && state !== 'Z' ? Number(pid) : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}
