// Helpers of the processes door: further Nodes on modules of this program, talked to line by line through their standard
// input and output. They end when their input does, and those of a process that was killed are found by a mark.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Helper } from '../processes.ts';

const mark = 'FAIRLEAD_HELPER';

export async function startHelper(module: URL, name: string): Promise<Helper> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(module)], { env: { ...process.env, [mark]: name }, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  let hear: (line: string) => void = () => undefined;
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`A helper process cannot be started: ${error.message}`, { cause: error })));
  });
  const handles = [child, child.stdin, child.stdout] as unknown as readonly { ref(): void; unref(): void }[];
  for (const handle of handles) handle.unref();
  child.stdin.on('error', () => undefined); // it is gone, as `exited` tells
  createInterface(child.stdout).on('line', (line) => hear(line));
  return {
    exited,
    send(line) {
      for (const handle of handles) handle.ref();
      child.stdin.write(`${line}\n`);
    },
    onLine(listener) {
      hear = listener;
    },
    rest() {
      for (const handle of handles) handle.unref();
    },
    end: () => void child.stdin.end(),
    kill: () => void child.kill('SIGKILL'),
  };
}

const patienceMs = 60_000;

export async function endHelpers(name: string): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const left = readdirSync('/proc').filter((pid) => /^[0-9]+$/.test(pid) && Number(pid) !== process.pid && carries(pid, `${mark}=${name}`));
    if (left.length === 0) return;
    if (performance.now() > giveUpAt) throw new Error(`A helper of an earlier agent cannot be ended (process ${left.join(', ')}). Find what it waits for, or restart the host.`);
    for (const pid of left) kill(Number(pid));
    await sleep(5);
  }
}

/** A process keeps its environment until the call that it is in has come back, also once it was killed. */
function carries(pid: string, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(Buffer.from(entry).toString('latin1'));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}
