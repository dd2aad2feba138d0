// Loaded into a shipped agent before its own code (node --import), in its daemon and in each helper of it: counts every
// change to the disk, every sync and every start of a process, and kills with SIGKILL just before the one it was told: at a
// point of a helper the daemon and that helper, else the daemon alone, while a helper may go on. FAIRLEAD_DIE_AT says which
// (0: none); FAIRLEAD_COUNT names the file that counts, FAIRLEAD_POINTS one for the names of all points passed.

import childProcess from 'node:child_process';
import fs from 'node:fs';

type Call = (...args: unknown[]) => unknown;

const dieAt = Number(process.env['FAIRLEAD_DIE_AT'] ?? 0);
const pointsFile = process.env['FAIRLEAD_POINTS'];
const isHelper = process.argv[1]?.endsWith('bulk-process.mjs') === true;
const where = isHelper ? 'helper' : 'daemon';
// One count for the daemon and its helpers: the size of a file that each point makes longer.
const counted = fs.openSync(process.env['FAIRLEAD_COUNT']!, 'a');
const list = pointsFile === undefined ? null : fs.openSync(pointsFile, 'a');
const write = fs.writeSync; // as it is before it counts

function point(name: string): void {
  write(counted, '.');
  const number = fs.fstatSync(counted).size;
  if (list !== null) write(list, `${name}\n`);
  if (number !== dieAt) return;
  if (isHelper) process.kill(process.ppid, 'SIGKILL');
  process.kill(process.pid, 'SIGKILL');
}

/** Puts a point before each of these functions; and one behind them where `isAfterToo`. */
function count(owner: object, names: readonly string[], isAfterToo = false): void {
  const functions = owner as Record<string, Call>;
  for (const name of names) {
    const original = functions[name]!;
    functions[name] = function (this: unknown, ...args) {
      point(`${where} ${name}${isAfterToo ? ' before' : ''}`);
      const result = original.apply(this, args);
      if (isAfterToo) point(`${where} ${name} after`);
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
