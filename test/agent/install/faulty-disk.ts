// The real disk with a fault at its Nth change: the only way to visit every point at which a crash or a full disk can come.

import fs from 'node:fs';
import { realDisk } from '../../../agent/install/disk.ts';
import type { Disk } from '../../../agent/install/disk.ts';

const changes = ['makeFolder', 'copyFile', 'makeLink', 'setMode', 'setOwner', 'setTime', 'addName', 'rename', 'removeFile', 'removeFolder', 'removeTree', 'write', 'sync'] as const;

/** `dies`: nothing works from the Nth change on, as after kill -9. `fails`: the Nth change fails once. `kills`: the process is killed there. */
export type Fault = 'dies' | 'fails' | 'kills';

export interface CountedDisk {
  readonly disk: Disk;
  /** Changes asked for so far. */
  count(): number;
  /** What the Nth change was, for the message. */
  readonly log: string[];
}

/**
 * A disk whose `at`th change (from 1) goes wrong. With `torn`, a write or copy gets half of its bytes out first. With
 * `diesAt`, nothing works from that later change on: a crash while a failure is being undone.
 */
export const faultyDisk = (at: number, fault: Fault, torn = false, diesAt = Infinity): CountedDisk => {
  let count = 0;
  let isDead = false;
  const log: string[] = [];
  const disk = { ...realDisk } as Record<string, unknown> & Disk;
  for (const name of Object.keys(realDisk) as (keyof Disk)[]) {
    const real = realDisk[name] as (...args: unknown[]) => unknown;
    const isChange = (changes as readonly string[]).includes(name);
    (disk as Record<string, unknown>)[name] = (...args: unknown[]): unknown => {
      if (isDead) throw new Error('the process is dead');
      if (!isChange) return real(...args);
      count += 1;
      log.push(`${name} ${args.filter((arg) => typeof arg === 'string').map((arg) => String(arg).slice(-60)).join(' ')}`);
      if (count >= diesAt) {
        isDead = true;
        throw new Error('the process is dead');
      }
      if (count === at) {
        if (torn) tear(name, args);
        if (fault === 'kills') process.kill(process.pid, 'SIGKILL');
        if (fault === 'dies') isDead = true;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      }
      return real(...args);
    };
  }
  return { disk, count: () => count, log };
};

const tear = (name: string, args: readonly unknown[]): void => {
  if (name === 'copyFile') {
    const bytes = fs.readFileSync(args[0] as string);
    fs.writeFileSync(args[1] as string, bytes.subarray(0, bytes.length >> 1));
  }
  if (name === 'write') fs.writeFileSync(args[0] as string, (args[1] as string).slice(0, (args[1] as string).length >> 1));
};
