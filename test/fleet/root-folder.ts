// A Debian to boot containers from, made once by debootstrap and kept (FAIRLEAD_FLEET_CACHE, or /var/cache/fairlead-fleet).
// Says what is missing where it cannot be made: the fleet tests fail there, they do not pass by being skipped.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const suite = 'bookworm';
const packages = 'systemd,systemd-sysv,dbus,procps,util-linux';

/** The folder of the root file system, which nobody writes to. Throws with a remedy. */
export function findRootFolder(): string {
  if (process.getuid?.() !== 0) throw new Error('The fleet tests boot containers with systemd-nspawn, which needs root. Run them as root.');
  const missing = ['systemd-nspawn', 'debootstrap', 'nsenter'].filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length > 0) throw new Error(`The fleet tests need ${missing.join(' and ')}. On Debian: apt-get install systemd-container debootstrap util-linux.`);
  const cache = process.env['FAIRLEAD_FLEET_CACHE'] ?? '/var/cache/fairlead-fleet';
  const root = join(cache, suite);
  if (existsSync(join(root, 'etc/debian_version'))) return root;
  const unfinished = `${root}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  execFileSync('debootstrap', ['--variant=minbase', `--include=${packages}`, suite, unfinished], { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(unfinished, root);
  return root;
}
