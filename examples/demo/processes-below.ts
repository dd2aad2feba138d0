// What still runs from a folder of ours: services started by hooks, and hooks themselves, which outlive their agent by
// design. They are known by the folder's name in their command line; nobody else has business in a private temporary one.

import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { realClock } from '../../world/real/clock.ts';

/** Ends them all: SIGTERM, after three seconds SIGKILL. Answers the ids of those still there after five. */
export async function endProcessesBelow(folder: string): Promise<readonly number[]> {
  const startedAt = realClock.monotonic();
  for (;;) {
    const found = await findProcesses(folder);
    const elapsedMs = realClock.monotonic() - startedAt;
    if (found.length === 0 || elapsedMs > 5_000) return found;
    for (const pid of found) signalProcess(pid, elapsedMs > 3_000 ? 'SIGKILL' : 'SIGTERM');
    await realClock.sleep(100);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}

async function findProcesses(folder: string): Promise<readonly number[]> {
  const commands = await listCommands();
  return commands.filter(({ pid, command }) => pid !== process.pid && command.includes(`${folder}/`)).map(({ pid }) => pid);
}

async function listCommands(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
  if (process.platform !== 'linux') return listWithPs();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => ({ pid: Number(pid), command: (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ') })),
  );
}

async function listWithPs(): Promise<readonly { readonly pid: number; readonly command: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(.*)$/.exec(line);
    return found === null ? [] : [{ pid: Number(found[1]), command: found[2] ?? '' }];
  });
}
