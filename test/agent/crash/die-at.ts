// Loaded into a shipped agent before its own code (node --import), in its daemon and in each thread of it: counts every
// change to the disk, every sync and every start of a process, and kills the whole process with SIGKILL just before the
// one it was told. FAIRLEAD_DIE_AT says which (0: none); FAIRLEAD_POINTS names a file for the names of all points passed.

import childProcess from 'node:child_process';
import fs from 'node:fs';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

type Call = (...args: unknown[]) => unknown;

const dieAt = Number(process.env['FAIRLEAD_DIE_AT'] ?? 0);
const pointsFile = process.env['FAIRLEAD_POINTS'];
const key = 'fairlead-crash-points';
// One count for the daemon and its threads, which inherit environment data.
if (isMainThread) setEnvironmentData(key, new SharedArrayBuffer(4) as never);
const counted = new Int32Array(getEnvironmentData(key) as unknown as SharedArrayBuffer);
const list = pointsFile === undefined ? null : fs.openSync(pointsFile, 'a');
const write = fs.writeSync; // as it is before it counts

function point(name: string): void {
  const number = Atomics.add(counted, 0, 1) + 1;
  if (list !== null) write(list, `${name}\n`);
  if (number === dieAt) process.kill(process.pid, 'SIGKILL');
}

/** Puts a point before each of these functions; and one behind them where `isAfterToo`. */
function count(owner: object, names: readonly string[], isAfterToo = false): void {
  const functions = owner as Record<string, Call>;
  for (const name of names) {
    const original = functions[name]!;
    functions[name] = function (this: unknown, ...args) {
      point(`${isMainThread ? 'daemon' : 'thread'} ${name}${isAfterToo ? ' before' : ''}`);
      const result = original.apply(this, args);
      if (isAfterToo) point(`${isMainThread ? 'daemon' : 'thread'} ${name} after`);
      return result;
    };
  }
}

const nothing = await fs.promises.open('/dev/null');
count(Object.getPrototypeOf(nothing) as object, ['write', 'writeFile', 'appendFile', 'sync', 'datasync', 'truncate', 'chmod']);
await nothing.close();
count(fs.promises, ['mkdir', 'rename', 'rm', 'unlink', 'writeFile', 'appendFile']);
count(fs, [
  'mkdirSync', 'writeSync', 'writeFileSync', 'copyFileSync', 'fsyncSync', 'fdatasyncSync', 'renameSync', 'linkSync', 'symlinkSync', 'unlinkSync', 'rmSync', 'rmdirSync',
  'chmodSync', 'fchmodSync', 'futimesSync', 'lchownSync', 'utimesSync', 'lutimesSync', 'truncateSync', 'ftruncateSync',
]);
count(childProcess, ['spawn', 'execFileSync', 'spawnSync'], true);
