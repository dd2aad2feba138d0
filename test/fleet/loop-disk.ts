// A disk of a host: ext4 in a file, on a loop device. It can lose its power: what was not synced is gone, as in the real case,
// since the file system is shut down without writing its log.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH; perl is on every Debian. */
const shutDown = 'sysopen(my $d, $ARGV[0], 0200000) or die "open: $!"; my $how = pack("L", 2); ioctl($d, 0x8004587d, $how) or die "ioctl: $!";';

export class LoopDisk {
  readonly #file: string;
  readonly #at: string;

  /** Mounts a new disk of `mebibytes` at `at`. */
  constructor(file: string, at: string, mebibytes: number) {
    this.#file = file;
    this.#at = at;
    mkdirSync(at, { recursive: true });
    execFileSync('truncate', ['-s', `${mebibytes}M`, file]);
    execFileSync('mkfs.ext4', ['-q', '-F', file]);
    this.mount();
  }

  mount(): void {
    execFileSync('mount', ['-o', 'loop', this.#file, this.#at]);
  }

  cutPower(): void {
    execFileSync('perl', ['-e', shutDown, this.#at]);
  }

  /** Resolves when the device is free: mounted again before that, the dead file system would come back. */
  async unmount(): Promise<void> {
    for (let time = 0; time < 300; time += 1) {
      spawnSync('umount', [this.#at]);
      if (execFileSync('losetup', ['-j', this.#file], { encoding: 'utf8' }) === '') return;
      await sleep(50);
    }
    throw new Error(`The disk at ${this.#at} stays in use.`);
  }
}
