// The processes door on Linux: node:child_process to start, /proc to recognise a process again and to see if it lives.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { endHelpers, startHelper } from './subprocess.ts';
import type { Command, EndHow, ProcessIdentity, Processes, StartedProcess } from '../processes.ts';

const mostOutputBytes = 1_048_576;

/** The real processes. Needs Linux's /proc. */
export function realProcesses(): Processes {
  return { startDetached, run, isAlive, endGroup, startHelper, endHelpers, bootId };
}

async function startDetached(command: Command): Promise<StartedProcess> {
  const child = spawn(command.file, [...command.args], { env: { ...command.env }, cwd: command.cwd, detached: true, stdio: 'ignore' });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  // Read before the event loop turns: until then even a child that has ended is kept for us as a zombie.
  const stat = child.pid === undefined ? null : readStat(child.pid);
  await started(child, command);
  child.unref();
  if (child.pid === undefined || stat === null) throw new Error(`The process ${command.file} was started, but /proc does not show it. Check that /proc is mounted.`);
  return { identity: { pid: child.pid, startedTicks: stat.startedTicks }, exited };
}

async function run(command: Command, timeoutMs: number): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(command.file, [...command.args], { env: { ...command.env }, cwd: command.cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // 'exit', not 'close': a grandchild that keeps the pipes open must not hold us. What was written before is read by then or soon after.
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  await started(child, command);
  const timer = setTimeout(() => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  }, timeoutMs);
  const code = await ended;
  clearTimeout(timer);
  const patience = delay(100);
  await Promise.race([closed, patience.over]);
  patience.cancel();
  child.stdout.destroy();
  child.stderr.destroy();
  return { code, stdout: stdout(), stderr: stderr() };
}

async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const stat = await readFile(`/proc/${identity.pid}/stat`, 'latin1').then(parseStat, () => null);
  return stat !== null && stat.startedTicks === identity.startedTicks && stat.state !== 'Z' && stat.state !== 'X';
}

async function endGroup(identity: ProcessIdentity, how: EndHow): Promise<void> {
  const stat = readStat(identity.pid);
  // The leader's number is not given away while its group has members, so a leader that is gone leaves the group ours;
  // another process under that number means the group is long gone.
  if (stat !== null && stat.startedTicks !== identity.startedTicks) return;
  signalGroup(identity.pid, how === 'kill' ? 'SIGKILL' : 'SIGTERM');
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
}

interface Stat {
  readonly state: string;
  readonly startedTicks: string;
}

function readStat(pid: number): Stat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

/** The name in parentheses may hold anything, so fields are counted from the last closing one. */
function parseStat(text: string): Stat | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startedTicks] = [fields[0], fields[19]];
  return state === undefined || startedTicks === undefined ? null : { state, startedTicks };
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function started(child: ChildProcess, command: Command): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`The process ${command.file} cannot be started in ${command.cwd}: ${error.message}. Check that both exist and may be used.`, { cause: error }));
    });
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    const room = mostOutputBytes - size;
    if (room <= 0) return;
    chunks.push(chunk.subarray(0, room));
    size += Math.min(chunk.length, room);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function delay(ms: number): { readonly over: Promise<void>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { over, cancel: () => clearTimeout(timer) };
}
